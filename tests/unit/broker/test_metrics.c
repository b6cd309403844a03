/* SPDX-License-Identifier: MIT */
/* The text of small tables, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/metrics.h"

static struct stats_reading reading;

static int reset(void **state)
{
	(void)state;
	reading = (struct stats_reading){ 0 };
	return 0;
}

#define ASSERT_TEXT(rows, text)                                                        \
	do {                                                                           \
		struct buf out = { 0 };                                                \
		metrics_write(rows, sizeof(rows) / sizeof((rows)[0]), &reading, &out); \
		assert_string_equal(buf_text(&out), text);                             \
		buf_finish(&out);                                                      \
	} while (0)

static void rows_of_a_metric_share_a_head(void **state)
{
	static const struct stat_row rows[] = {
		{ STAT_COUNTER, STAT_MESSAGES, "", "messages_total", NULL, "What was said.", 0 },
		{ STAT_COUNTER, STAT_CLOSED_LOST, "", "closes_total", "cause=\"lost\"", "Ends.",
			0 },
		{ STAT_COUNTER, STAT_CLOSED_TOO_SLOW, "", "closes_total", "cause=\"slow\"", NULL,
			0 },
		{ STAT_GAUGE, STAT_ROOMS, "", "rooms", NULL, "Rooms.", 0 },
	};

	reading.values[STAT_MESSAGES] = UINT64_MAX;
	reading.values[STAT_CLOSED_LOST] = 2;
	ASSERT_TEXT(rows, "# HELP messages_total What was said.\n"
			  "# TYPE messages_total counter\n"
			  "messages_total 18446744073709551615\n"
			  "# HELP closes_total Ends.\n"
			  "# TYPE closes_total counter\n"
			  "closes_total{cause=\"lost\"} 2\n"
			  "closes_total{cause=\"slow\"} 0\n"
			  "# HELP rooms Rooms.\n"
			  "# TYPE rooms gauge\n"
			  "rooms 0\n");
	(void)state;
}

static void help_is_escaped(void **state)
{
	static const struct stat_row rows[] = {
		{ STAT_GAUGE, STAT_ROOMS, "", "rooms", NULL, "a\\b\n\"c\"", 0 },
	};

	ASSERT_TEXT(rows, "# HELP rooms a\\\\b\\n\"c\"\n# TYPE rooms gauge\nrooms 0\n");
	(void)state;
}

static void units_are_exact(void **state)
{
	static const struct {
		uint64_t value;
		const char *text;
	} cases[] = {
		{ 0, "m 0\n" },
		{ 1, "m 0.000001\n" },
		{ 10, "m 0.00001\n" },
		{ 1000000, "m 1\n" },
		{ 1500000, "m 1.5\n" },
		{ 1050000, "m 1.05\n" },
		{ 123456789, "m 123.456789\n" },
	};
	static const struct stat_row rows[] = {
		{ STAT_GAUGE, STAT_ROOMS, "", "m", NULL, NULL, 1000000 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		reading.values[STAT_ROOMS] = cases[i].value;
		ASSERT_TEXT(rows, cases[i].text);
	}
	(void)state;
}

static void assert_has(struct buf *out, const char *line)
{
	assert_non_null(strstr(buf_text(out), line));
}

static void buckets_are_cumulative_and_in_base_units(void **state)
{
	static const struct stat_row row = { STAT_HISTOGRAM, HISTOGRAM_TURN, "", "turn_seconds",
		NULL, "Turns.", 1000000 };
	struct histogram turns = { 0 };
	struct buf out = { 0 };

	histogram_add(&turns, 1);
	histogram_add(&turns, 2000);
	histogram_add(&turns, 2000);
	histogram_add(&turns, 90000000);
	histogram_sum(&turns, &reading.histograms[HISTOGRAM_TURN]);
	metrics_write(&row, 1, &reading, &out);
	assert_true(str_starts_with(
		buf_str(&out), STR_OF("# HELP turn_seconds Turns.\n# TYPE turn_seconds histogram\n"
				      "turn_seconds_bucket{le=\"0.000001\"} 1\n")));
	assert_has(&out, "\nturn_seconds_bucket{le=\"0.001\"} 1\n");
	assert_has(&out, "\nturn_seconds_bucket{le=\"0.002\"} 3\n");
	assert_has(&out, "\nturn_seconds_bucket{le=\"80\"} 3\n"
			 "turn_seconds_bucket{le=\"+Inf\"} 4\n"
			 "turn_seconds_sum 90.004001\n"
			 "turn_seconds_count 4\n");
	buf_finish(&out);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(rows_of_a_metric_share_a_head, reset),
		cmocka_unit_test_setup(help_is_escaped, reset),
		cmocka_unit_test_setup(units_are_exact, reset),
		cmocka_unit_test_setup(buckets_are_cumulative_and_in_base_units, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
