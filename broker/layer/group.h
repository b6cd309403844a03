/* SPDX-License-Identifier: MIT */
/* The numbering of one room: seq 1, 2, 3 … within an epoch that says which run of numbers it is. */
#pragma once

#include "broker/layer/layer.h"
#include "broker/reactor/timer.h"

struct group {
	char epoch[EVENT_EPOCH_SIZE];
	bool has_members;
	uint64_t seq;
	int64_t time_ms; /* of the last message: times never go back within a room */
	struct timer idle_timer; /* runs while it has none */
	void *layer; /* for the timer */
	char room[];
};

/* With a random epoch. */
struct group *group_create(struct str room, void *layer, void (*expire)(struct timer *timer))
	__attribute__((warn_unused_result));
/* The timer is disarmed. NULL is fine. */
void group_destroy(struct group *group);
/* Gives a message its number, and every event its time. */
void group_number(struct group *group, struct event *event);
/* An ephemeral event for a room that has no numbering: its time only. */
void group_stamp(struct event *event);
