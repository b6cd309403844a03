/* SPDX-License-Identifier: MIT */
/* How far each room was heard, also those that are not open here: who knows that can tell when
 * Redis has forgotten it. Of the rooms that were spoken in last, as what a Redis loses is what was
 * said last. Pure: no clock, no socket. */
#pragma once

#include "broker/layer/layer.h"

/* Beyond, the room in which nothing was said for longest is not known any more. */
#define REDIS_SEEN_ROOMS_MAX 10000

struct redis_seen;

struct redis_seen *redis_seen_create(void) __attribute__((warn_unused_result));
/* NULL is fine. */
void redis_seen_destroy(struct redis_seen *seen);
/* There was a message of that number, or the room's head. epoch is valid. */
void redis_seen_note(struct redis_seen *seen, struct str room, const char *epoch, uint64_t seq);
/* The highest of the epoch that was noted last; epoch "" when nothing is known. Borrowed until the
 * next note. */
struct layer_head redis_seen_find(const struct redis_seen *seen, struct str room);
