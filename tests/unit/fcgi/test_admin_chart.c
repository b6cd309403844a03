/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fcgi/views/admin/chart.h"

static void assert_line(const double *values, size_t count, const char *expected)
{
	struct buf line = { 0 };

	chart_write_line(values, count, &line);
	assert_string_equal(buf_text(&line), expected);
	buf_finish(&line);
}

static void line_goes_from_edge_to_edge_and_the_highest_is_near_the_top(void **state)
{
	assert_line((const double[]){ 0, 5, 10 }, 3, "M0.0 58.0L120.0 30.0L240.0 2.0");
	(void)state;
}

static void nothing_but_zeros_lies_on_the_ground(void **state)
{
	assert_line((const double[]){ 0, 0 }, 2, "M0.0 58.0L240.0 58.0");
	(void)state;
}

static void one_value_is_no_line(void **state)
{
	assert_line((const double[]){ 7 }, 1, "");
	assert_line(NULL, 0, "");
	(void)state;
}

static void ground_is_closed_below_the_line(void **state)
{
	struct buf ground = { 0 };

	chart_write_ground((const double[]){ 1, 1 }, 2, &ground);
	assert_string_equal(buf_text(&ground), "M0 60L0.0 2.0L240.0 2.0L240 60Z");
	buf_finish(&ground);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_goes_from_edge_to_edge_and_the_highest_is_near_the_top),
		cmocka_unit_test(nothing_but_zeros_lies_on_the_ground),
		cmocka_unit_test(one_value_is_no_line),
		cmocka_unit_test(ground_is_closed_below_the_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
