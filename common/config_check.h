/* SPDX-License-Identifier: MIT */
/* Checks of single values of the configuration. The table names one of these where a type is not
 * enough. */
#pragma once

#include "common/config.h"

/* "/", or segments of letters, digits and _ . - between slashes, with a slash at both ends. */
const char *config_check_mount(struct str value);
/* "", or http:// or https:// and a host. */
const char *config_check_base_url(struct str value);
/* "", or ws:// or wss:// and a host and a path, or a path. */
const char *config_check_socket_url(struct str value);
/* A host without a port, ".domain" or "*". */
const char *config_check_host(struct str value);
/* SCHEME://HOST[:PORT]. */
const char *config_check_origin(struct str value);
/* unix:PATH or HOST:PORT, or "proxy:" and one of them. */
const char *config_check_listen(struct str value);
/* SCHEME://…, as nng has it. */
const char *config_check_peer(struct str value);
/* "", ipc://PATH or tcp://HOST:PORT. */
const char *config_check_hub(struct str value);
/* "", here, hub or ipc://PATH. */
const char *config_check_accounts(struct str value);
/* An address or a block of them. */
const char *config_check_address_block(struct str value);
const char *config_check_path(struct str value);
/* Of keys in Redis: 1 to 40 visible ASCII characters. */
const char *config_check_prefix(struct str value);
/* The name of a header (RFC 9110 5.1), or nothing. */
const char *config_check_header(struct str value);
/* Checks keys of [site] that are valid alone, but not together: a sentence, or NULL. */
const char *config_check_site(const struct config *config);
/* The same for [accounts] broker = hub, which is for edges only. */
const char *config_check_hub_accounts(const struct config *config);
