/* SPDX-License-Identifier: MIT */
/* A thread with a reactor of its own, for those who own a connection to a database and so may
 * wait for a disk. */
#pragma once

#include <pthread.h>

#include "broker/reactor/reactor.h"

struct worker {
	struct reactor reactor;
	pthread_t thread;
	bool has_thread;
};

/* Before anything is armed or posted. False after it has logged why. */
bool worker_init(struct worker *worker) __attribute__((warn_unused_result));
/* False after it has logged why. */
bool worker_start(struct worker *worker, const char *name) __attribute__((warn_unused_result));
/* Waits for the end of the turn that runs. Mail may be left. Harmless a second time. */
void worker_stop(struct worker *worker);
/* Stops it, and handles on this thread what mail is left. */
void worker_finish(struct worker *worker);
