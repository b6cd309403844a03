/* SPDX-License-Identifier: MIT */
/* One flag of the site: whether any group may have members besides the connections of its room.
 * While it is down, an event of a room costs no question to Redis about the group's members. With
 * Django's layer there is no such flag, as Django adds members without raising it: there it is
 * NULL, which counts as raised. Main's thread only. */
#pragma once

#include "broker/redis/links.h"

struct redis_membership_flag;

/* reactor and links are borrowed for the flag's life. group_expiry_ms: how long a membership lasts.
 */
struct redis_membership_flag *redis_membership_flag_create(struct reactor *reactor,
	struct links *links, uint64_t group_expiry_ms) __attribute__((warn_unused_result));
/* Call it after links_destroy. NULL is fine. */
void redis_membership_flag_destroy(struct redis_membership_flag *flag);
/* Call it when all links are up: asks Redis for the flag, which counts as raised until then. */
void redis_membership_flag_up(struct redis_membership_flag *flag);
/* Call it before adding a member to a group on that host: then all brokers see the flag before the
 * member. Does nothing when flag is NULL. */
void redis_membership_flag_raise(struct redis_membership_flag *flag, struct link *link);
/* Call it when another broker has published that the flag is raised. */
void redis_membership_flag_hear(struct redis_membership_flag *flag);
/* True when flag is NULL. */
bool redis_membership_flag_is_raised(const struct redis_membership_flag *flag);
