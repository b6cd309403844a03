/* SPDX-License-Identifier: MIT */
/* Deadlines of one thread in a hashed timing wheel: arming and disarming are two pointer writes
 * however many there are. Pure: the time comes in as an argument, so that tests need no clock. A
 * timer fires up to TIMER_TICK_MS late, never early. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/list.h"

#define TIMER_TICK_MS 32
#define TIMER_SLOTS 1024 /* a round is 32 s; later deadlines stay for more rounds */

struct timer {
	struct list link; /* in a slot of the wheel; alone when not armed */
	uint64_t due_ms;
	/* The timer is disarmed by then and may be armed again or freed. */
	void (*fire)(struct timer *timer);
};

struct timer_wheel {
	struct list slots[TIMER_SLOTS];
	uint64_t tick; /* the last one that ran */
	size_t armed;
};

void timer_wheel_init(struct timer_wheel *wheel, uint64_t now_ms);
/* Fires what is due; what those arm anew fires in a later run. */
void timer_wheel_run(struct timer_wheel *wheel, uint64_t now_ms);
/* Milliseconds until a run can find something due, or -1 when nothing is armed: epoll_wait's
 * timeout. */
int timer_wheel_timeout_ms(const struct timer_wheel *wheel, uint64_t now_ms);

void timer_init(struct timer *timer, void (*fire)(struct timer *timer));
bool timer_is_armed(const struct timer *timer);
/* Arms it, or moves its deadline. */
void timer_arm(struct timer_wheel *wheel, struct timer *timer, uint64_t due_ms);
/* Harmless when it is not armed. */
void timer_disarm(struct timer_wheel *wheel, struct timer *timer);
