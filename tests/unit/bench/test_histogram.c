/* SPDX-License-Identifier: MIT */
/* Percentiles against what a sorted list would say, to the precision that is promised. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "tests/bench/histogram.h"

static int set_up(void **state)
{
	*state = mem_new(struct histogram);
	return 0;
}

static int tear_down(void **state)
{
	mem_free(*state);
	return 0;
}

static void histogram_without_values_says_zero(void **state)
{
	assert_int_equal(histogram_percentile(*state, 0.5), 0);
	assert_int_equal(histogram_percentile(*state, 1), 0);
}

static void histogram_keeps_small_values_exactly(void **state)
{
	for (uint64_t value = 1; value <= 100; value++)
		histogram_add(*state, value);
	assert_int_equal(histogram_percentile(*state, 0), 1);
	assert_int_equal(histogram_percentile(*state, 0.01), 1);
	assert_int_equal(histogram_percentile(*state, 0.5), 50);
	assert_int_equal(histogram_percentile(*state, 0.99), 99);
	assert_int_equal(histogram_percentile(*state, 1), 100);
}

static void histogram_tells_any_value_to_one_in_64(void **state)
{
	struct histogram *histogram = *state;

	for (uint64_t value = 1; value < UINT64_MAX / 3; value += 1 + value / 3) {
		uint64_t told;

		*histogram = (struct histogram){ 0 };
		histogram_add(histogram, value);
		histogram_add(histogram, UINT64_MAX); /* so that the greatest does not cut it */
		told = histogram_percentile(histogram, 0.5);
		assert_true(told >= value);
		assert_true(told - value <= value / HISTOGRAM_STEPS);
	}
}

static void histogram_never_says_more_than_the_greatest_value(void **state)
{
	struct histogram *histogram = *state;

	histogram_add(histogram, 1000001);
	assert_int_equal(histogram_percentile(histogram, 0.999), 1000001);
	histogram_add(histogram, UINT64_MAX);
	assert_true(histogram_percentile(histogram, 1) == UINT64_MAX);
}

static void histogram_finds_the_one_slow_value_in_a_thousand(void **state)
{
	for (int i = 0; i < 999; i++)
		histogram_add(*state, 10);
	histogram_add(*state, 50);
	assert_int_equal(histogram_percentile(*state, 0.999), 10);
	assert_int_equal(histogram_percentile(*state, 0.9995), 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			histogram_without_values_says_zero, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			histogram_keeps_small_values_exactly, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			histogram_tells_any_value_to_one_in_64, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			histogram_never_says_more_than_the_greatest_value, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			histogram_finds_the_one_slow_value_in_a_thousand, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
