/* SPDX-License-Identifier: MIT */
/* What the files of the switchboard share. */
#pragma once

#include "broker/layer/switchboard.h"

struct refs;

struct switchboard {
	struct layer_setting setting;
	struct inboxes *inboxes; /* owned, as memberships */
	struct memberships *memberships;
	struct refs *refs; /* owned; NULL before the first */
	struct list errands;
	struct timer timer; /* armed while anything here can expire */
};

static inline uint64_t switchboard_now_ms(const struct switchboard *switchboard)
{
	return switchboard->setting.reactor->now_ms;
}

/* Drops what has expired. */
void switchboard_expire(struct switchboard *switchboard);
/* Arms the timer for what expires first. */
void switchboard_arm(struct switchboard *switchboard);
