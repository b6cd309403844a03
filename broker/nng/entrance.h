/* SPDX-License-Identifier: MIT */
/* Where an nng socket listens: a path below the state directory. In nng 1.5.2 (its issue 1518) a
 * listener stops accepting for good once a client has gone away before nng said hello to it: nng
 * takes that error for the listener's own. So every few seconds we connect as a stranger would (a
 * knock), and replace a listener that does not answer. Main thread; nothing blocks. */
#pragma once

#include <nng/nng.h>
#include <stdbool.h>

#include "broker/reactor/reactor.h"
#include "broker/stats.h"

#define ENTRANCE_KNOCK_EVERY_MS 2000
/* The time for an answer. After two without one, a second in all, the listener is replaced. */
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
/* Call it before the nng socket is closed, which ends the listener. Harmless when it is not
 * open. */
void entrance_close(struct entrance *entrance);
