/* SPDX-License-Identifier: MIT */
/* An nng socket in our event loop: what bus/ has in common, and where it opens, listens and
 * receives. */
#pragma once

#include <nng/nng.h>
#include <stdbool.h>

#include "broker/reactor/reactor.h"
#include "common/base/str.h"

/* nng's default is no limit: a header of nine bytes could claim four gigabytes. */
#define BUS_MESSAGE_BYTES_MAX (1024 * 1024)
/* The largest that pub0 and sub0 take; they drop the oldest when it is full. */
#define BUS_QUEUE_MESSAGES 8192

struct bus_socket {
	nng_socket socket; /* id 0: not open */
	struct reactor_io io;
	struct reactor *reactor;
	/* Takes message. */
	void (*receive)(struct bus_socket *socket, nng_msg *message);
};

/* Opens a socket with one of nng's open functions and watches it when receive is not NULL. False
 * after it has logged why. */
bool bus_socket_open(struct bus_socket *socket, struct reactor *reactor,
	int (*open)(nng_socket *socket),
	void (*receive)(struct bus_socket *socket, nng_msg *message))
	__attribute__((warn_unused_result));
/* Listens on a path below the state directory, mode 0660. */
bool bus_socket_listen(struct bus_socket *socket, const char *path)
	__attribute__((warn_unused_result));
/* Dials in the background, for ever again. */
bool bus_socket_dial(struct bus_socket *socket, const char *url)
	__attribute__((warn_unused_result));
/* Harmless when it is not open. */
void bus_socket_close(struct bus_socket *socket);
/* The body of a message, borrowed from it. */
struct str bus_message_text(nng_msg *message);
