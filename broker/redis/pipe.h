/* SPDX-License-Identifier: MIT */
/* One connection to Redis: commands out, replies in, each to who waits for it. Knows no addresses,
 * no deadlines and nothing of what is asked. */
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
	/* A reply is an error; before who waits for it is told. */
	void (*complain)(void *context, struct link_pipe *pipe, const struct link_reply *reply);
	/* A reply that nobody waits for. */
	void (*push)(void *context, struct link_pipe *pipe, const struct link_reply *reply);
	/* Something came, before any reply of it is handled. */
	void (*hear)(void *context, struct link_pipe *pipe);
	/* problem is the end of a sentence that begins with the host. The pipe is closed by the end
	 * of the turn; until then nothing more comes of it. */
	void (*fail)(void *context, const char *problem);
	/* Something is to be sent: pipe_flush is to be called at the end of this turn. */
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
	size_t sent; /* of output */
	struct link_handler *handlers; /* a ring: who waits, oldest first; owned */
	size_t capacity; /* of the ring, a power of two */
	size_t first, waiting;
	bool is_connected;
	bool has_failed; /* ops->fail was called */
};

/* All other members are zero. */
void pipe_init(
	struct link_pipe *pipe, struct reactor *reactor, const struct pipe_ops *ops, void *context);
/* Begins to connect. False with errno. */
bool pipe_open(struct link_pipe *pipe, const struct sockaddr *address, socklen_t size)
	__attribute__((warn_unused_result));
bool pipe_is_open(const struct link_pipe *pipe);
/* Handlers keep waiting for pipe_forsake. Harmless when it is not open. */
void pipe_close(struct link_pipe *pipe);
/* Gives all who wait their NULL; of a closed pipe. */
void pipe_forsake(struct link_pipe *pipe);
/* Frees what a closed pipe without handlers has. */
void pipe_finish(struct link_pipe *pipe);
/* False when too much waits. handler.take may be NULL: nobody is told. */
bool pipe_command(struct link_pipe *pipe, struct link_handler handler, size_t count,
	const struct str *words) __attribute__((warn_unused_result));
/* The same of what is answered by pushes. */
bool pipe_tell(struct link_pipe *pipe, size_t count, const struct str *words)
	__attribute__((warn_unused_result));
/* As much as the socket takes; the rest once it takes more. */
void pipe_flush(struct link_pipe *pipe);
