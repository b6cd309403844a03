/* SPDX-License-Identifier: MIT */
/* An nng socket in our event loop: what bus/ has in common, and where it opens, listens and
 * receives. */
#pragma once

#include <nng/nng.h>
#include <stdbool.h>

#include "broker/bus/entrance.h"
#include "broker/reactor/reactor.h"
#include "common/base/str.h"

/* The largest event from outside, as a request or as a line. Longer than a chat's messages may be,
 * because programs send other things too. */
#define BUS_EVENT_BYTES_MAX (128 * 1024)

struct bus_socket;

/* What the sockets differ in. */
struct bus_protocol {
	int (*open)(nng_socket *socket); /* one of nng's */
	/* nng's default is no limit: a header of nine bytes could claim four gigabytes. Who sends
	 * more is disconnected. */
	size_t message_bytes_max;
	/* Messages that nng keeps; 0 for a protocol without such a queue. */
	int send_queue;
	int receive_queue;
	/* Takes message; NULL for a socket that only sends. */
	void (*receive)(struct bus_socket *socket, nng_msg *message);
};

struct bus_socket {
	nng_socket socket; /* id 0: not open */
	struct reactor_io io;
	struct reactor *reactor;
	const struct bus_protocol *protocol;
	struct entrance entrance; /* of a socket that listens */
};

/* Opens a socket and watches it. False after it has logged why. */
bool bus_socket_open(struct bus_socket *socket, struct reactor *reactor,
	const struct bus_protocol *protocol) __attribute__((warn_unused_result));
/* Listens on a path below the state directory (entrance.h). */
bool bus_socket_listen(struct bus_socket *socket, struct stats *stats, const char *path)
	__attribute__((warn_unused_result));
/* Dials in the background, for ever again. */
bool bus_socket_dial(struct bus_socket *socket, const char *url)
	__attribute__((warn_unused_result));
/* Receives nothing until it is resumed; senders wait when nng's queue is full. */
void bus_socket_pause(struct bus_socket *socket);
/* Harmless when it is not paused. */
void bus_socket_resume(struct bus_socket *socket);
/* Blocks while nng writes what it was given, at most max_ms: closing drops what it has not written.
 */
void bus_socket_linger(const struct bus_socket *socket, unsigned max_ms);
/* Harmless when it is not open. */
void bus_socket_close(struct bus_socket *socket);
/* The body of a message, borrowed from it. */
struct str bus_message_text(nng_msg *message);
