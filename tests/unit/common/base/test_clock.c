/* SPDX-License-Identifier: MIT */
/* Times as texts, for known instants; and which of the host's clocks are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "common/base/clock.h"

static void iso_time_is_utc_with_milliseconds(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} table[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 951782400007, "2000-02-29T00:00:00.007Z" },
		{ 1795232100123, "2026-11-21T03:35:00.123Z" },
		{ -1, "1970-01-01T00:00:00.000Z" },
		{ INT64_MAX, "9999-12-31T23:59:59.999Z" },
	};
	char text[CLOCK_ISO_SIZE];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		clock_format_iso(table[i].ms, text);
		assert_string_equal(text, table[i].text);
	}
	(void)state;
}

static void iso_time_is_read_back(void **state)
{
	static const int64_t times[] = { 0, 7, 951782400007, 1795232100123, 253402300799999 };
	char text[CLOCK_ISO_SIZE];
	int64_t ms = -1;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		clock_format_iso(times[i], text);
		assert_true(clock_read_iso(str_from(text), &ms));
		assert_int_equal(ms, times[i]);
	}
	(void)state;
}

static void text_that_is_no_iso_time_is_not_read(void **state)
{
	static const struct str texts[] = { STR(""), STR("2026-11-21T03:35:00.123"),
		STR("2026-11-21T03:35:00.123z"), STR("2026-11-21 03:35:00.123Z"),
		STR("2026-11-21T03:35:00.12xZ"), STR("2026-02-30T03:35:00.123Z"),
		STR("2026-11-21T24:35:00.123Z"), STR("2026-11-21T03:35:00.123Z0"),
		STR("2026-11-2\0T03:35:00.123Z"), STR("2026-1-021T03:35:00.123Z") };
	int64_t ms;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(clock_read_iso(texts[i], &ms));
	(void)state;
}

static void local_time_follows_the_zone(void **state)
{
	char text[CLOCK_LOCAL_SIZE];

	setenv("TZ", "EET-2", 1);
	tzset();
	clock_format_local(1795232100123, text);
	assert_string_equal(text, "2026-11-21 05:35:00");
	(void)state;
}

static void clocks_go_forward(void **state)
{
	uint64_t before = clock_monotonic_ms();

	assert_true(clock_monotonic_ms() >= before);
	assert_true(clock_wall_ms() / 1000 >= (int64_t)time(NULL) - 1);
	(void)state;
}

static void microseconds_are_of_the_same_clock(void **state)
{
	uint64_t before_ms = clock_monotonic_ms();
	uint64_t now_us = clock_monotonic_us();
	uint64_t after_ms = clock_monotonic_ms();

	assert_in_range(now_us / 1000, before_ms, after_ms);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iso_time_is_utc_with_milliseconds),
		cmocka_unit_test(iso_time_is_read_back),
		cmocka_unit_test(text_that_is_no_iso_time_is_not_read),
		cmocka_unit_test(local_time_follows_the_zone),
		cmocka_unit_test(clocks_go_forward),
		cmocka_unit_test(microseconds_are_of_the_same_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
