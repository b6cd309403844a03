/* SPDX-License-Identifier: MIT */
/* The numbering of one room: seq 1, 2, 3 … within an epoch, which names the run of numbers. */
#pragma once

#include "broker/layer/layer.h"
#include "broker/reactor/timer.h"

struct group {
	char epoch[EVENT_EPOCH_SIZE];
	bool has_members;
	uint64_t seq;
	int64_t time_ms; /* of the last message: times never go back within a room */
	struct timer idle_timer; /* runs while it has no members */
	void *layer; /* for the timer */
	char room[];
};

/* The epoch is random. The caller owns the group. */
struct group *group_create(struct str room, void *layer, void (*expire)(struct timer *timer))
	__attribute__((warn_unused_result));
/* The timer is disarmed. NULL is fine. */
void group_destroy(struct group *group);
/* Gives a message its seq, and every event its time. */
void group_number(struct group *group, struct event *event);
/* Gives an ephemeral event its time, in a room that has no numbering. */
void group_stamp(struct event *event);
