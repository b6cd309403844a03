/* SPDX-License-Identifier: MIT */
/* Threads beside the workers. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

/* All signals stay with the main thread. False after it has logged why. */
bool thread_start(pthread_t *thread, const char *name, void *(*run)(void *context), void *context)
	__attribute__((warn_unused_result));
