/* SPDX-License-Identifier: MIT */
/* A value lies in the first bucket whose bound it does not exceed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/histogram.h"

static size_t bucket_of(uint64_t value)
{
	struct histogram histogram = { 0 };
	struct histogram_reading reading = { 0 };
	size_t bucket = 0;

	histogram_add(&histogram, value);
	histogram_sum(&histogram, &reading);
	assert_int_equal(histogram_count(&reading), 1);
	assert_int_equal(reading.sum, value);
	while (reading.counts[bucket] == 0)
		bucket++;
	return bucket;
}

static void bounds_ascend_and_at_most_double(void **state)
{
	assert_int_equal(histogram_bounds[0], 1);
	for (size_t i = 1; i < HISTOGRAM_BOUND_COUNT; i++) {
		assert_true(histogram_bounds[i] > histogram_bounds[i - 1]);
		assert_true(histogram_bounds[i] <= 2 * histogram_bounds[i - 1]);
	}
	assert_int_equal(histogram_bounds[HISTOGRAM_BOUND_COUNT - 1], 80000000);
	(void)state;
}

static void a_bound_belongs_to_the_bucket_below_it(void **state)
{
	assert_int_equal(bucket_of(0), 0);
	for (size_t i = 0; i < HISTOGRAM_BOUND_COUNT; i++) {
		assert_int_equal(bucket_of(histogram_bounds[i]), i);
		assert_int_equal(bucket_of(histogram_bounds[i] + 1), i + 1);
	}
	assert_int_equal(bucket_of(UINT64_MAX), HISTOGRAM_BOUND_COUNT);
	(void)state;
}

static void readings_of_several_are_added(void **state)
{
	struct histogram first = { 0 }, second = { 0 };
	struct histogram_reading reading = { 0 };

	histogram_add(&first, 1);
	histogram_add(&first, 3);
	histogram_add(&second, 3);
	histogram_sum(&first, &reading);
	histogram_sum(&second, &reading);
	assert_int_equal(reading.counts[0], 1);
	assert_int_equal(reading.counts[2], 2);
	assert_int_equal(reading.sum, 7);
	assert_int_equal(histogram_count(&reading), 3);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_ascend_and_at_most_double),
		cmocka_unit_test(a_bound_belongs_to_the_bucket_below_it),
		cmocka_unit_test(readings_of_several_are_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
