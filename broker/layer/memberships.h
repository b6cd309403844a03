/* SPDX-License-Identifier: MIT */
/* Which channels are members of which groups. A room's connections are in its group without being
 * here. Pure: the caller passes the time, which never goes back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/list.h"
#include "common/base/str.h"

/* All memberships together. */
#define MEMBERSHIPS_MAX 100000
/* The memberships of one channel, because receiving renews them all. */
#define MEMBERSHIPS_OF_CHANNEL_MAX 1000

struct memberships;

struct membership {
	/* private */
	struct list group_link; /* in its group, in the order of their adding */
	struct list channel_link;
	struct list age_link; /* by renewed_ms; alone when it does not expire */
	struct membership_group *group;
	/* Borrowed as long as the membership lasts. */
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
/* Adding twice is once, and renews the membership. connection is the id of a connection's channel,
 * whose membership does not expire; else 0. False when there are too many. */
bool memberships_add(struct memberships *memberships, struct str group, struct str channel,
	uint64_t connection, uint64_t now_ms) __attribute__((warn_unused_result));
/* Harmless for a channel that is no member. */
void memberships_discard(struct memberships *memberships, struct str group, struct str channel);
/* Takes a channel out of all its groups. */
void memberships_discard_all(struct memberships *memberships, struct str channel);
/* Renews all memberships of a channel, as if they had just been added. */
void memberships_renew(struct memberships *memberships, struct str channel, uint64_t now_ms);
void memberships_flush(struct memberships *memberships);
void memberships_expire(struct memberships *memberships, uint64_t now_ms);
/* When the first membership expires; UINT64_MAX when none does. */
uint64_t memberships_due_ms(const struct memberships *memberships);
size_t memberships_count(const struct memberships *memberships);
/* NULL when it is in no group. */
const struct membership_channel *memberships_find_channel(
	const struct memberships *memberships, struct str name);
/* Walks a channel's memberships: previous NULL asks for the first; NULL at the end. */
const struct membership *memberships_next(
	const struct membership_channel *channel, const struct membership *previous);
/* Walks all memberships, in no order: start with *position = 0; NULL at the end. */
const struct membership *memberships_walk(const struct memberships *memberships, size_t *position);
struct str membership_group_name(const struct membership *membership);
/* The members of a group, struct membership by group_link; NULL when it has none. */
const struct list *memberships_of(const struct memberships *memberships, struct str group);
