/* SPDX-License-Identifier: MIT */
/* Members of Django's groups that do not expire as long as this broker says so: its rooms, and
 * connections that were added to other groups. Each is added again every half a minute at the
 * latest, so that what a flush, or a Redis that lost its memory, has taken comes back; a bounded
 * number in a tick, however many there are. */
#pragma once

#include <stdint.h>

#include "common/base/str.h"

struct reactor;
struct redis_keeper;

/* Adds the member, by way of its links. */
typedef void redis_keeper_add_fn(void *context, struct str group, struct str member);

struct redis_keeper *redis_keeper_create(struct reactor *reactor, uint64_t group_expiry_ms,
	redis_keeper_add_fn *add, void *context) __attribute__((warn_unused_result));
/* NULL is fine. */
void redis_keeper_destroy(struct redis_keeper *keeper);
/* From now on; its adding is the caller's. Twice is once. */
void redis_keeper_keep(struct redis_keeper *keeper, struct str group, struct str member);
/* Harmless for what is not kept. */
void redis_keeper_drop(struct redis_keeper *keeper, struct str group, struct str member);
/* All are to be added again now. */
void redis_keeper_renew_all(struct redis_keeper *keeper);
