/* SPDX-License-Identifier: MIT */
/* Whether anybody in the site may have added a channel to a group. Where nobody has, and Django
 * does not either, Redis need not be asked for the members of a room's group each time something is
 * said there. Main's thread only. */
#pragma once

#include "broker/redis/links.h"

struct redis_added;

/* links is borrowed for its life, the reactor too. group_expiry_ms: of a membership. */
struct redis_added *redis_added_create(struct reactor *reactor, struct links *links,
	uint64_t group_expiry_ms) __attribute__((warn_unused_result));
/* Behind the links. NULL is fine. */
void redis_added_destroy(struct redis_added *added);
/* All links are. */
void redis_added_up(struct redis_added *added);
/* A channel is about to be added to a group on that host: all brokers know it before it is. Of
 * NULL, nothing. */
void redis_added_note(struct redis_added *added, struct link *link);
/* What is published there says so. */
void redis_added_hear(struct redis_added *added);
/* True of NULL: Django may have. */
bool redis_added_any(const struct redis_added *added);
