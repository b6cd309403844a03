/* SPDX-License-Identifier: MIT */
/* Where an nng socket listens: a path below the state directory. nng 1.5.2 (its issue 1518) lets
 * nobody in any more once a client has gone away before nng said hello to it, because it takes that
 * error for the end of its own listener. So every few seconds somebody knocks at the entrance as a
 * stranger would, and when nobody opens, the listener is replaced. Main thread; nothing waits. */
#pragma once

#include <nng/nng.h>
#include <stdbool.h>

#include "broker/reactor/reactor.h"
#include "broker/stats.h"

#define ENTRANCE_KNOCK_EVERY_MS 2000
/* For an answer; a second without one and the listener is replaced. */
#define ENTRANCE_ANSWER_MS 500
#define ENTRANCE_MISSES_MAX 2

struct entrance {
	struct reactor *reactor;
	struct stats *stats;
	nng_socket socket; /* borrowed */
	nng_listener listener;
	char *path; /* owned; NULL when it is not open */
	struct reactor_io knock_io; /* fd -1 while nobody knocks */
	struct timer timer;
	unsigned misses;
};

/* Listens, mode 0660. False after it has logged why. stats is that of the main thread. */
bool entrance_open(struct entrance *entrance, struct reactor *reactor, struct stats *stats,
	nng_socket socket, const char *path) __attribute__((warn_unused_result));
/* Before the nng socket is closed, which ends the listener. Harmless when it is not open. */
void entrance_close(struct entrance *entrance);
