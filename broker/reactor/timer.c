/* SPDX-License-Identifier: MIT */
/* The wheel hashes deadlines by their tick into slots. A heap would order them, but nearly all of
 * ours are of handshakes and are disarmed long before anybody asks for the next one. */
#include "broker/reactor/timer.h"

#include <assert.h>

static uint64_t tick_of(uint64_t ms)
{
	return ms / TIMER_TICK_MS;
}

void timer_wheel_init(struct timer_wheel *wheel, uint64_t now_ms)
{
	for (size_t i = 0; i < TIMER_SLOTS; i++)
		list_init(&wheel->slots[i]);
	wheel->tick = tick_of(now_ms);
	wheel->armed = 0;
}

static void take_due(struct timer_wheel *wheel, uint64_t tick, uint64_t now_ms, struct list *due)
{
	list_each_safe (link, &wheel->slots[tick % TIMER_SLOTS]) {
		if (list_entry(link, struct timer, link)->due_ms > now_ms)
			continue;
		list_remove(link);
		list_append(due, link);
	}
}

void timer_wheel_run(struct timer_wheel *wheel, uint64_t now_ms)
{
	uint64_t last = tick_of(now_ms);
	struct list due;

	list_init(&due);
	if (last - wheel->tick > TIMER_SLOTS) /* the host slept: each slot once is enough */
		wheel->tick = last - TIMER_SLOTS;
	while (wheel->tick < last) {
		wheel->tick++;
		if (wheel->armed > 0)
			take_due(wheel, wheel->tick, now_ms, &due);
	}
	/* From a list of their own, and after the last slot: a handler may disarm or free any other
	 * timer, also one that is due now, and what it arms must not be met by this run. */
	while (!list_is_empty(&due)) {
		struct timer *timer = list_entry(due.next, struct timer, link);

		timer_disarm(wheel, timer);
		timer->fire(timer);
	}
}

int timer_wheel_timeout_ms(const struct timer_wheel *wheel, uint64_t now_ms)
{
	if (wheel->armed == 0)
		return -1;
	for (uint64_t tick = wheel->tick + 1; tick <= wheel->tick + TIMER_SLOTS; tick++) {
		uint64_t due_ms = tick * TIMER_TICK_MS;

		if (!list_is_empty(&wheel->slots[tick % TIMER_SLOTS]))
			return due_ms > now_ms ? (int)(due_ms - now_ms) : 0;
	}
	return TIMER_TICK_MS;
}

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
	list_init(&timer->link);
	timer->due_ms = 0;
	timer->fire = fire;
}

bool timer_is_armed(const struct timer *timer)
{
	return !list_is_empty(&timer->link);
}

void timer_arm(struct timer_wheel *wheel, struct timer *timer, uint64_t due_ms)
{
	/* Rounded up, so that the slot runs when the deadline has passed. */
	uint64_t tick = tick_of(due_ms + TIMER_TICK_MS - 1);

	if (tick <= wheel->tick)
		tick = wheel->tick + 1;
	timer_disarm(wheel, timer);
	timer->due_ms = due_ms;
	list_append(&wheel->slots[tick % TIMER_SLOTS], &timer->link);
	wheel->armed++;
}

void timer_disarm(struct timer_wheel *wheel, struct timer *timer)
{
	if (!timer_is_armed(timer))
		return;
	assert(wheel->armed > 0);
	list_remove(&timer->link);
	wheel->armed--;
}
