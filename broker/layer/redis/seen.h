/* SPDX-License-Identifier: MIT */
/* Remembers the last message that this broker has seen of each room, open here or not. If Redis has
 * an older one, it has lost messages. It remembers the rooms with the newest messages, because a
 * Redis that loses messages loses the newest ones. Pure: no clock, no socket. */
#pragma once

#include "broker/layer/layer.h"

/* Beyond this, the room whose last message is the oldest is forgotten. */
#define REDIS_SEEN_ROOMS_MAX 10000

struct redis_seen;

struct redis_seen *redis_seen_create(void) __attribute__((warn_unused_result));
/* NULL is fine. */
void redis_seen_destroy(struct redis_seen *seen);
/* Call it for each message and each head of a room. epoch must be valid. */
void redis_seen_note(struct redis_seen *seen, struct str room, const char *epoch, uint64_t seq);
/* The highest sequence number of the epoch that was noted last; epoch "" for an unknown room. Valid
 * until the next redis_seen_note. */
struct layer_head redis_seen_find(const struct redis_seen *seen, struct str room);
