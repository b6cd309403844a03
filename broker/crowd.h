/* SPDX-License-Identifier: MIT */
/* Who of those that wait has to go when too many do: the oldest of the client that has the most.
 * One client that opens thousands and finishes none pushes out its own, and nobody else's. Pure;
 * all operations take constant time. Main thread. */
#pragma once

#include <stddef.h>

#include "common/base/list.h"
#include "common/base/str.h"

struct crowd;
struct crowd_group;

/* Embedded in whoever waits; all zero while it does not. */
struct crowd_member {
	struct list link;
	struct crowd_group *group;
};

/* members_max: more are never in it at the same time. */
struct crowd *crowd_create(size_t members_max) __attribute__((warn_unused_result));
/* Empty by then. NULL is fine. */
void crowd_destroy(struct crowd *crowd);
/* client is an address in text, as quota_take has it. */
void crowd_add(struct crowd *crowd, struct crowd_member *member, struct str client);
/* Harmless when it is not in it. */
void crowd_remove(struct crowd *crowd, struct crowd_member *member);
size_t crowd_count(const struct crowd *crowd);
/* The oldest of the largest group, of equal ones of that which has been so large for longest; NULL
 * when there is nobody. It stays in. */
struct crowd_member *crowd_choose(const struct crowd *crowd);
