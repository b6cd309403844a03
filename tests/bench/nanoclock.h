/* SPDX-License-Identifier: MIT */
/* Monotonic time in nanoseconds: the broker's clock counts milliseconds, which is what a delivery
 * takes at its worst. */
#pragma once

#include <stdint.h>
#include <time.h>

#define NANOSECONDS UINT64_C(1000000000) /* of a second */

static inline uint64_t nanoclock_of(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * NANOSECONDS + (uint64_t)time.tv_nsec;
}

static inline uint64_t nanoclock_now(void)
{
	return nanoclock_of(CLOCK_MONOTONIC);
}
