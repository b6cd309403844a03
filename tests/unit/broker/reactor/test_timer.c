/* SPDX-License-Identifier: MIT */
/* The wheel with a clock that is a number: deadlines are kept, never early and at most a tick late,
 * whatever the steps in which time comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/reactor/timer.h"

#define START_MS 1003 /* in the middle of a tick */

struct probe {
	struct timer timer;
	struct timer_wheel *wheel;
	struct timer *other; /* what its handler arms or disarms */
	unsigned fired;
};

static void count_fire(struct timer *timer)
{
	list_entry(timer, struct probe, timer)->fired++;
}

static void probe_init(struct probe *probe, void (*fire)(struct timer *timer))
{
	*probe = (struct probe){ .fired = 0 };
	timer_init(&probe->timer, fire);
}

static void timer_fires_once_and_never_early(void **state)
{
	static const uint64_t delays_ms[] = { 0, 1, 28, 29, 30, 31, 32, 33, 999, 32767, 32768,
		32769, 65536, 100000, 3600000 };

	for (size_t i = 0; i < sizeof(delays_ms) / sizeof(delays_ms[0]); i++) {
		uint64_t due_ms = START_MS + delays_ms[i];
		struct timer_wheel wheel;
		struct probe probe;

		timer_wheel_init(&wheel, START_MS);
		probe_init(&probe, count_fire);
		timer_arm(&wheel, &probe.timer, due_ms);
		for (uint64_t now_ms = START_MS; now_ms < due_ms; now_ms += 7)
			timer_wheel_run(&wheel, now_ms);
		timer_wheel_run(&wheel, delays_ms[i] == 0 ? START_MS : due_ms - 1);
		assert_int_equal(probe.fired, 0);
		assert_true(timer_is_armed(&probe.timer));
		timer_wheel_run(&wheel, due_ms + TIMER_TICK_MS);
		assert_int_equal(probe.fired, 1);
		assert_false(timer_is_armed(&probe.timer));
		timer_wheel_run(&wheel, due_ms + 10 * (uint64_t)TIMER_TICK_MS * TIMER_SLOTS);
		assert_int_equal(probe.fired, 1);
	}
	(void)state;
}

static void timer_moves_when_it_is_armed_again(void **state)
{
	struct timer_wheel wheel;
	struct probe probe;

	timer_wheel_init(&wheel, START_MS);
	probe_init(&probe, count_fire);
	timer_arm(&wheel, &probe.timer, START_MS + 100);
	timer_arm(&wheel, &probe.timer, START_MS + 1000);
	assert_int_equal(wheel.armed, 1);
	timer_wheel_run(&wheel, START_MS + 999);
	assert_int_equal(probe.fired, 0);
	timer_wheel_run(&wheel, START_MS + 1000 + TIMER_TICK_MS);
	assert_int_equal(probe.fired, 1);
	(void)state;
}

static void disarmed_timer_does_not_fire(void **state)
{
	struct timer_wheel wheel;
	struct probe probe;

	timer_wheel_init(&wheel, START_MS);
	probe_init(&probe, count_fire);
	timer_arm(&wheel, &probe.timer, START_MS + 100);
	timer_disarm(&wheel, &probe.timer);
	timer_disarm(&wheel, &probe.timer);
	assert_int_equal(wheel.armed, 0);
	timer_wheel_run(&wheel, START_MS + 1000);
	assert_int_equal(probe.fired, 0);
	(void)state;
}

static void fire_and_arm_again(struct timer *timer)
{
	struct probe *probe = list_entry(timer, struct probe, timer);

	probe->fired++;
	timer_arm(probe->wheel, timer, START_MS);
}

static void timer_armed_by_its_own_handler_waits_for_the_next_run(void **state)
{
	struct timer_wheel wheel;
	struct probe probe;

	timer_wheel_init(&wheel, START_MS);
	probe_init(&probe, fire_and_arm_again);
	probe.wheel = &wheel;
	timer_arm(&wheel, &probe.timer, START_MS + 1);
	for (unsigned run = 1; run <= 3; run++) {
		timer_wheel_run(&wheel, START_MS + run * 1000);
		assert_int_equal(probe.fired, run);
	}
	timer_disarm(&wheel, &probe.timer);
	(void)state;
}

static void fire_and_disarm_other(struct timer *timer)
{
	struct probe *probe = list_entry(timer, struct probe, timer);

	probe->fired++;
	timer_disarm(probe->wheel, probe->other);
}

static void handler_may_disarm_another_that_is_due(void **state)
{
	static const uint64_t apart_ms[] = { 0, 500 };

	for (size_t i = 0; i < sizeof(apart_ms) / sizeof(apart_ms[0]); i++) {
		struct timer_wheel wheel;
		struct probe first, second;

		timer_wheel_init(&wheel, START_MS);
		probe_init(&first, fire_and_disarm_other);
		probe_init(&second, count_fire);
		first.wheel = &wheel;
		first.other = &second.timer;
		timer_arm(&wheel, &first.timer, START_MS + 100);
		timer_arm(&wheel, &second.timer, START_MS + 100 + apart_ms[i]);
		timer_wheel_run(&wheel, START_MS + 2000);
		assert_int_equal(first.fired, 1);
		assert_int_equal(second.fired, 0);
		assert_int_equal(wheel.armed, 0);
	}
	(void)state;
}

static void timers_fire_once_after_the_host_slept(void **state)
{
	struct timer_wheel wheel;
	struct probe probes[100];

	timer_wheel_init(&wheel, START_MS);
	for (size_t i = 0; i < 100; i++) {
		probe_init(&probes[i], count_fire);
		timer_arm(&wheel, &probes[i].timer, START_MS + i * 1000);
	}
	timer_wheel_run(&wheel, START_MS + 36000000);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(probes[i].fired, 1);
	(void)state;
}

static void timeout_is_endless_while_nothing_is_armed(void **state)
{
	struct timer_wheel wheel;

	timer_wheel_init(&wheel, START_MS);
	assert_int_equal(timer_wheel_timeout_ms(&wheel, START_MS), -1);
	assert_int_equal(timer_wheel_timeout_ms(&wheel, START_MS + 100000), -1);
	(void)state;
}

static void sleeping_for_the_timeout_misses_no_deadline(void **state)
{
	static const uint64_t delays_ms[] = { 1, 31, 32, 33, 1000, 32768, 50000 };

	for (size_t i = 0; i < sizeof(delays_ms) / sizeof(delays_ms[0]); i++) {
		uint64_t now_ms = START_MS;
		struct timer_wheel wheel;
		struct probe probe;

		timer_wheel_init(&wheel, START_MS);
		probe_init(&probe, count_fire);
		timer_arm(&wheel, &probe.timer, START_MS + delays_ms[i]);
		for (unsigned sleeps = 0; probe.fired == 0; sleeps++) {
			assert_true(sleeps < 4);
			now_ms += (uint64_t)timer_wheel_timeout_ms(&wheel, now_ms);
			timer_wheel_run(&wheel, now_ms);
		}
		assert_in_range(
			now_ms, START_MS + delays_ms[i], START_MS + delays_ms[i] + TIMER_TICK_MS);
	}
	(void)state;
}

static void timeout_is_nothing_when_a_deadline_has_passed(void **state)
{
	struct timer_wheel wheel;
	struct probe probe;

	timer_wheel_init(&wheel, START_MS);
	probe_init(&probe, count_fire);
	timer_arm(&wheel, &probe.timer, START_MS + 10);
	assert_int_equal(timer_wheel_timeout_ms(&wheel, START_MS + 1000), 0);
	timer_disarm(&wheel, &probe.timer);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timer_fires_once_and_never_early),
		cmocka_unit_test(timer_moves_when_it_is_armed_again),
		cmocka_unit_test(disarmed_timer_does_not_fire),
		cmocka_unit_test(timer_armed_by_its_own_handler_waits_for_the_next_run),
		cmocka_unit_test(handler_may_disarm_another_that_is_due),
		cmocka_unit_test(timers_fire_once_after_the_host_slept),
		cmocka_unit_test(timeout_is_endless_while_nothing_is_armed),
		cmocka_unit_test(sleeping_for_the_timeout_misses_no_deadline),
		cmocka_unit_test(timeout_is_nothing_when_a_deadline_has_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
