/* SPDX-License-Identifier: MIT */
/* Going to the background, for hosts without a supervisor. The parent waits until the broker is
 * ready, so that its exit status tells. */
#pragma once

#include <stdbool.h>

#include "common/config.h"

/* Before any thread, nng or listening socket: forks when is_wanted; the parent does not come back
 * from here. pid_file may be NULL: then a daemon's is DIR/run/broker.pid. False after it has
 * logged why. */
bool daemon_begin(const struct config *config, bool is_wanted, const char *pid_file)
	__attribute__((warn_unused_result));
/* Everything is bound: writes the pid file and lets the parent go. */
bool daemon_ready(void) __attribute__((warn_unused_result));
/* Removes the pid file. */
void daemon_finish(void);
