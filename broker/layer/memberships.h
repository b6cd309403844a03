/* SPDX-License-Identifier: MIT */
/* Which channels are members of which groups, besides the connections of a room, which are in its
 * group by being there. Pure: the time comes in, and does not go back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/list.h"
#include "common/base/str.h"

/* All of them together. */
#define MEMBERSHIPS_MAX 100000
/* Of one channel: whoever receives renews them all. */
#define MEMBERSHIPS_OF_CHANNEL_MAX 1000

struct memberships;

struct membership {
	/* private */
	struct list group_link; /* in its group, in the order of their adding */
	struct list channel_link;
	struct list age_link; /* by when it was renewed; alone when it does not expire */
	struct membership_group *group;
	/* Borrowed while it lasts. */
	const struct membership_channel *channel;
	uint64_t renewed_ms;
};

struct membership_channel {
	uint64_t connection; /* as memberships_add was told */
	struct str name;
	/* private */
	struct list memberships;
	size_t count;
	char data[];
};

struct memberships *memberships_create(uint64_t expiry_ms) __attribute__((warn_unused_result));
/* NULL is fine. */
void memberships_destroy(struct memberships *memberships);
/* Adding twice is once, and renews it. connection is the channel's id where it is a connection's,
 * which does not expire, else 0. False when there are too many. */
bool memberships_add(struct memberships *memberships, struct str group, struct str channel,
	uint64_t connection, uint64_t now_ms) __attribute__((warn_unused_result));
/* Harmless for what is no member. */
void memberships_discard(struct memberships *memberships, struct str group, struct str channel);
/* Out of all its groups. */
void memberships_discard_all(struct memberships *memberships, struct str channel);
/* All those of the channel last as if they had just been added. */
void memberships_renew(struct memberships *memberships, struct str channel, uint64_t now_ms);
void memberships_flush(struct memberships *memberships);
void memberships_expire(struct memberships *memberships, uint64_t now_ms);
/* When the first expires; UINT64_MAX when none does. */
uint64_t memberships_due_ms(const struct memberships *memberships);
size_t memberships_count(const struct memberships *memberships);
/* NULL when it is in no group. */
const struct membership_channel *memberships_find_channel(
	const struct memberships *memberships, struct str name);
/* Those of a channel: NULL asks for the first, and is the answer behind the last. */
const struct membership *memberships_next(
	const struct membership_channel *channel, const struct membership *previous);
/* All, in no order: start with *position = 0; NULL at the end. */
const struct membership *memberships_walk(const struct memberships *memberships, size_t *position);
struct str membership_group_name(const struct membership *membership);
/* Of struct membership by group_link; NULL when it has no members. */
const struct list *memberships_of(const struct memberships *memberships, struct str group);
