/* SPDX-License-Identifier: MIT */
/* One connection to Redis: sends commands and gives each reply to the handler that waits for it.
 * Knows no host names, no deadlines and no meaning of commands. Main's thread only. */
#pragma once

#include <sys/socket.h>

#include "broker/reactor/reactor.h"
#include "broker/redis/link.h"
#include "common/base/buf.h"

#define PIPE_COMMANDS_MAX 65536
#define PIPE_OUTPUT_BYTES_MAX (16 * 1024 * 1024)

struct link_pipe;
struct resp_reader;

struct pipe_ops {
	/* A reply is an error. Called before its handler. */
	void (*complain)(void *context, struct link_pipe *pipe, const struct link_reply *reply);
	/* A reply without a handler. */
	void (*push)(void *context, struct link_pipe *pipe, const struct link_reply *reply);
	/* Bytes have arrived. Called before the replies in them are handled. */
	void (*hear)(void *context, struct link_pipe *pipe);
	/* problem completes a sentence that begins with the host's name. The owner must close the
	 * pipe by the end of the turn; until then no other callback runs. */
	void (*fail)(void *context, const char *problem);
	/* Output waits: the owner must call pipe_flush at the end of this turn. */
	void (*wake)(void *context);
};

/* Embedded in its owner. */
struct link_pipe {
	const struct pipe_ops *ops;
	void *context; /* of ops */
	struct reactor *reactor;
	struct reactor_io io; /* fd -1: not open */
	struct resp_reader *reader; /* owned; NULL: not open */
	struct buf output;
	size_t sent; /* bytes of output */
	struct link_handler *handlers; /* a ring, oldest first; owned */
	size_t capacity; /* of the ring, a power of two */
	size_t first, waiting;
	bool is_connected;
	bool has_failed; /* ops->fail was called */
};

/* All members must be zero before. Borrows reactor, ops and context. */
void pipe_init(
	struct link_pipe *pipe, struct reactor *reactor, const struct pipe_ops *ops, void *context);
/* Begins to connect. On failure returns false and sets errno. */
bool pipe_open(struct link_pipe *pipe, const struct sockaddr *address, socklen_t size)
	__attribute__((warn_unused_result));
bool pipe_is_open(const struct link_pipe *pipe);
/* Keeps the handlers for pipe_forsake. Does nothing when the pipe is not open. */
void pipe_close(struct link_pipe *pipe);
/* Gives NULL to all handlers that wait. Call it on a closed pipe only. */
void pipe_forsake(struct link_pipe *pipe);
/* Frees the pipe's memory. Call it on a closed pipe without handlers only. */
void pipe_finish(struct link_pipe *pipe);
/* False when the queue is full. handler.take may be NULL: the reply is dropped. */
bool pipe_command(struct link_pipe *pipe, struct link_handler handler, size_t count,
	const struct str *words) __attribute__((warn_unused_result));
/* The same for a command that Redis answers by pushes only, as SUBSCRIBE. */
bool pipe_tell(struct link_pipe *pipe, size_t count, const struct str *words)
	__attribute__((warn_unused_result));
/* Sends as much as the socket takes. The rest follows when the socket is writable again. */
void pipe_flush(struct link_pipe *pipe);
