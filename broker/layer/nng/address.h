/* SPDX-License-Identifier: MIT */
/* The addresses of a hub: [layer] listen is where it listens, [layer] hub is where its edges dial.
 * One URL names two sockets: ipc://PATH is PATH.req and PATH.pub, tcp://HOST:PORT is PORT and the
 * port after it. Opens no socket. */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/config.h"

enum address_socket {
	ADDRESS_ASKS, /* REQ and REP: edges ask, the hub answers */
	ADDRESS_STREAM, /* PUB and SUB: the hub publishes */
};

/* Checks that [layer] makes this broker either a hub or an edge, and that it has what that needs.
 * True also where backend is not nng. False with a sentence in problem_out. */
bool address_check(const struct config *config, struct buf *problem_out)
	__attribute__((warn_unused_result));
bool address_is_tcp(const char *url);
/* Writes the path of one of the two sockets of an ipc URL. The text is out's. */
const char *address_path(
	const struct config *config, const char *url, enum address_socket socket, struct buf *out);
/* Writes the URL of one of the two sockets, as nng takes it. The text is out's. */
const char *address_url(
	const struct config *config, const char *url, enum address_socket socket, struct buf *out);
