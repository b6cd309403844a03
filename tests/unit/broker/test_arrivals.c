/* SPDX-License-Identifier: MIT */
/* How well it is known when a connection came, however many have come since. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/arrivals.h"

#define YEAR_MS (UINT64_C(365) * 24 * 60 * 60 * 1000)

static void assert_came(const struct arrivals *arrivals, uint32_t serial, uint64_t time_ms)
{
	uint64_t found_ms;

	assert_true(arrivals_find(arrivals, serial, &found_ms));
	assert_int_equal(found_ms, time_ms);
}

static void those_of_one_second_came_at_its_beginning(void **state)
{
	struct arrivals arrivals = { 0 };
	uint64_t time_ms;

	assert_false(arrivals_find(&arrivals, 1, &time_ms));
	arrivals_note(&arrivals, 5, 10000);
	arrivals_note(&arrivals, 6, 10999);
	arrivals_note(&arrivals, 7, 11000);
	assert_int_equal(arrivals.count, 2);
	assert_false(arrivals_find(&arrivals, 4, &time_ms));
	assert_came(&arrivals, 5, 10000);
	assert_came(&arrivals, 6, 10000);
	assert_came(&arrivals, 7, 11000);
	arrivals_finish(&arrivals);
	(void)state;
}

static void serials_that_begin_anew_forget_those_before(void **state)
{
	struct arrivals arrivals = { 0 };
	uint64_t time_ms;

	arrivals_note(&arrivals, INT32_MAX, 10000);
	arrivals_note(&arrivals, 1, 10001);
	assert_came(&arrivals, 1, 10001);
	assert_int_equal(arrivals.count, 1);
	assert_false(arrivals_find(&arrivals, INT32_MAX, &time_ms));
	arrivals_finish(&arrivals);
	(void)state;
}

/* One each step: the list is bounded, and none is off by more than a part of its age. */
static void note_steadily(uint64_t step_ms, uint64_t end_ms, uint64_t precision)
{
	struct arrivals arrivals = { 0 };
	uint32_t serial = 0;
	uint64_t now_ms;

	for (now_ms = 0; now_ms < end_ms; now_ms += step_ms) {
		arrivals_note(&arrivals, ++serial, now_ms);
		assert_true(arrivals.count <= 4096);
	}
	assert_true(arrivals.count >= 1000);
	for (uint32_t i = 1; i <= serial; i++) {
		uint64_t came_ms = (i - 1) * step_ms, found_ms;

		assert_true(arrivals_find(&arrivals, i, &found_ms));
		assert_true(found_ms <= came_ms);
		assert_true(came_ms - found_ms <= (now_ms - came_ms) / precision + 1000);
	}
	arrivals_finish(&arrivals);
}

static void old_ones_are_known_less_well_and_the_list_is_bounded(void **state)
{
	note_steadily(60000, YEAR_MS, 256);
	note_steadily(1000, YEAR_MS / 3, 128);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_of_one_second_came_at_its_beginning),
		cmocka_unit_test(serials_that_begin_anew_forget_those_before),
		cmocka_unit_test(old_ones_are_known_less_well_and_the_list_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
