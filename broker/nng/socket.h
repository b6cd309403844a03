/* SPDX-License-Identifier: MIT */
/* An nng socket that our event loop watches: opens, listens or dials, and receives. What bus/ and
 * layer/nng/ have in common. Main thread. */
#pragma once

#include <nng/nng.h>
#include <stdbool.h>

#include "broker/nng/entrance.h"
#include "broker/reactor/reactor.h"
#include "common/base/str.h"

struct watched_socket;

/* What the sockets differ in. */
struct watched_protocol {
	int (*open)(nng_socket *socket); /* one of nng's */
	/* nng's default is no limit: a header of nine bytes could claim four gigabytes. A sender of
	 * more is disconnected. */
	size_t message_bytes_max;
	/* The messages that nng keeps; 0 for a protocol without such a queue. */
	int send_queue;
	int receive_queue;
	/* Takes message; NULL for a socket that only sends. */
	void (*receive)(struct watched_socket *socket, nng_msg *message);
};

struct watched_socket {
	nng_socket socket; /* id 0: not open */
	struct reactor_io io;
	struct reactor *reactor;
	const struct watched_protocol *protocol;
	struct entrance entrance; /* of a socket that listens */
};

/* Opens a socket and watches it. False after it has logged why. */
bool watched_socket_open(struct watched_socket *socket, struct reactor *reactor,
	const struct watched_protocol *protocol) __attribute__((warn_unused_result));
/* Listens on a path below the state directory (entrance.h). */
bool watched_socket_listen(struct watched_socket *socket, struct stats *stats, const char *path)
	__attribute__((warn_unused_result));
/* Dials in the background, and again whenever the connection is lost. */
bool watched_socket_dial(struct watched_socket *socket, const char *url)
	__attribute__((warn_unused_result));
/* Receives nothing until watched_socket_resume. Senders wait when nng's queue is full. */
void watched_socket_pause(struct watched_socket *socket);
/* Harmless when it is not paused. */
void watched_socket_resume(struct watched_socket *socket);
/* Blocks while nng writes what it was given, for max_ms at most, because closing drops what is not
 * written. */
void watched_socket_linger(const struct watched_socket *socket, unsigned max_ms);
/* Harmless when it is not open. */
void watched_socket_close(struct watched_socket *socket);
/* The body of a message, borrowed from it. */
struct str message_text(nng_msg *message);
