/* SPDX-License-Identifier: MIT */
/* Watches the connections (pipes) of an nng socket: nng's threads report them, and the main thread
 * is told by mail. Bounds their number: a pipe beyond the bound is closed before nng reads a byte
 * from it. To close a pipe later, use broker/layer/nng/wire_sever.h. */
#pragma once

#include <nng/nng.h>

#include "broker/layer/nng/callers.h"
#include "broker/reactor/reactor.h"

enum wire_pipe_change {
	WIRE_PIPE_CAME,
	WIRE_PIPE_REFUSED, /* there are too many: it is closed */
	WIRE_PIPE_GONE, /* also follows WIRE_PIPE_REFUSED */
};

struct wire_pipes {
	struct reactor *reactor;
	unsigned count_max;
	/* Called on the main thread. */
	void (*take)(struct wire_pipes *pipes, enum wire_pipe_change change, uint32_t pipe,
		const struct caller_address *address);
	struct wire_pipes_watch *watch; /* private */
};

/* The address of the other side. Any thread. */
struct caller_address wire_pipes_address(nng_pipe pipe);
/* Call it before the socket listens or dials, with the members above set. Borrows pipes until
 * wire_pipes_end. False when nng refuses. */
bool wire_pipes_begin(struct wire_pipes *pipes, nng_socket socket)
	__attribute__((warn_unused_result));
/* Call it after the socket is closed. take is not called any more, also not for mail that is still
 * on its way. Harmless before wire_pipes_begin. */
void wire_pipes_end(struct wire_pipes *pipes);
