/* SPDX-License-Identifier: MIT */
/* How often each of many may do something: so often a second on average, and so often at once. In
 * memory, of this process. One thread at a time. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/str.h"

struct throttle;

/* per_second 0: as often as they like. Beyond ids_max of them those who are not known wait. The
 * caller owns it. */
struct throttle *throttle_create(int64_t per_second, int64_t burst, size_t ids_max)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void throttle_destroy(struct throttle *throttle);
/* Takes count times at once, of which no more than a burst are counted. 0, or how long to wait
 * until it may: then nothing was taken. */
int64_t throttle_take(struct throttle *throttle, struct str id, int64_t count, uint64_t now_ms)
	__attribute__((warn_unused_result));
