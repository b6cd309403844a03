/* SPDX-License-Identifier: MIT */
/* Who may call us by which name: the Host and Origin rules that both programs share. Pure:
 * strings in, a verdict out. */
#pragma once

#include <stdbool.h>

#include "common/base/str.h"
#include "common/config.h"

/* Host, with or without a port, against allowed_hosts: exact, ".example.org" for a domain and all
 * below it, "*" for all, as Django's ALLOWED_HOSTS; case is ignored, a final dot too. A malformed
 * Host is never allowed. */
bool origin_host_is_allowed(const struct config *config, struct str host);
/* Origin (RFC 6454 7) against the request's own scheme and Host, base_url and allowed_origins:
 * scheme, host and port are equal, default ports filled in. "null" and malformed ones are not
 * allowed. No Origin at all is the caller's case. */
bool origin_is_allowed(
	const struct config *config, struct str origin, struct str scheme, struct str host);
/* The client behind trusted proxies: the rightmost entry of X-Forwarded-For that is not itself a
 * trusted proxy, if peer is one; else peer. peer is "unix", or an address in text. Borrows from
 * its arguments. */
struct str origin_client_address(
	const struct config *config, struct str peer, struct str forwarded_for);
/* Whether headers that a proxy sets are believed from peer: "unix", loopback, or [broker]
 * trusted_proxies (addresses or CIDR blocks). */
bool origin_peer_is_trusted(const struct config *config, struct str peer);
