/* SPDX-License-Identifier: MIT */
/* Keeps members of groups from expiring: this broker's rooms, and its connections that were added
 * to other groups. It adds each member again at least every half a minute, so that members come
 * back after a flush, or after Redis has lost its data. The number of members added in a tick is
 * bounded. Main's thread only. */
#pragma once

#include <stdint.h>

#include "common/base/str.h"

struct reactor;
struct redis_keeper;

/* Adds the member to the group in Redis. */
typedef void redis_keeper_add_fn(void *context, struct str group, struct str member);

struct redis_keeper *redis_keeper_create(struct reactor *reactor, uint64_t group_expiry_ms,
	redis_keeper_add_fn *add, void *context) __attribute__((warn_unused_result));
/* NULL is fine. */
void redis_keeper_destroy(struct redis_keeper *keeper);
/* Keeps the member from now on. The caller adds it the first time. A second call does nothing. */
void redis_keeper_keep(struct redis_keeper *keeper, struct str group, struct str member);
/* Does nothing when the member is not kept. */
void redis_keeper_drop(struct redis_keeper *keeper, struct str group, struct str member);
/* Adds all members again, as soon as the bound allows. */
void redis_keeper_renew_all(struct redis_keeper *keeper);
