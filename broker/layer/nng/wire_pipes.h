/* SPDX-License-Identifier: MIT */
/* The connections of an nng socket, as nng's own threads tell of them, brought to the main thread;
 * their bound, which holds before a byte of theirs is read; and their end. nng_pipe_close is no way
 * to end one that is heard: nng 1.5.2 then waits for ever, with all other ends, when it happens
 * between the head of a message and its body, and a stranger can see to that. What cannot go wrong
 * there is the end of the connection itself, as if the other side had gone. */
#pragma once

#include <nng/nng.h>

#include "broker/layer/nng/callers.h"
#include "broker/reactor/reactor.h"

enum wire_pipe_change {
	WIRE_PIPE_CAME,
	WIRE_PIPE_REFUSED, /* there were too many: it is closed */
	WIRE_PIPE_GONE, /* also behind a refusal */
};

struct wire_pipes {
	struct reactor *reactor;
	unsigned count_max;
	/* On the main thread. */
	void (*take)(struct wire_pipes *pipes, enum wire_pipe_change change, uint32_t pipe,
		const struct caller_address *address);
	struct wire_pipes_watch *watch; /* private */
};

/* Of its other side. */
struct caller_address wire_pipes_address(nng_pipe pipe);
/* Ends the tcp connections with these peers, in one look at all descriptors of the process. */
void wire_pipes_sever(const struct caller_address *peers, size_t count);
/* Before the socket listens or dials. Where the members above are set; borrowed until the end.
 * False: nng has refused. */
bool wire_pipes_begin(struct wire_pipes *pipes, nng_socket socket)
	__attribute__((warn_unused_result));
/* The socket is closed. Nothing is told any more, not even what is on its way. Harmless before the
 * beginning. */
void wire_pipes_end(struct wire_pipes *pipes);
