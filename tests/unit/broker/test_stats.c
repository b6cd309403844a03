/* SPDX-License-Identifier: MIT */
/* Each counter has a name of its own, and sums are those of all threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/stats.h"

static void sums_are_those_of_all_threads(void **state)
{
	struct stats first = { 0 }, second = { 0 };
	uint64_t sums[STAT_COUNT] = { 0 };

	stat_add(&first, STAT_MESSAGES, 2);
	stat_add(&first, STAT_MESSAGES, 3);
	stat_add(&second, STAT_MESSAGES, 10);
	stat_add(&second, STAT_BYTES_OUT, UINT32_MAX);
	stat_add(&second, STAT_BYTES_OUT, UINT32_MAX);
	stats_sum(&first, sums);
	stats_sum(&second, sums);
	assert_int_equal(sums[STAT_MESSAGES], 15);
	assert_int_equal(sums[STAT_BYTES_OUT], 2 * (uint64_t)UINT32_MAX);
	assert_int_equal(sums[STAT_SENDS], 0);
	(void)state;
}

/* The reader refuses names that come twice, and one without a name would be no member. */
static void each_counter_has_a_name_of_its_own(void **state)
{
	uint64_t sums[STAT_COUNT];
	struct buf text = { 0 };
	struct json_writer writer = json_writer_to(&text);
	struct json *object, *value;
	const char *problem;
	struct str key;
	size_t position = 0;
	int64_t number;

	for (size_t i = 0; i < STAT_COUNT; i++)
		sums[i] = 100 + i;
	json_begin_object(&writer, NULL);
	stats_write(sums, &writer);
	json_end_object(&writer);
	object = json_parse(buf_str(&text), &problem);
	assert_non_null(object);
	for (int64_t i = 0; i < STAT_COUNT; i++) {
		assert_true(json_next(object, &position, &key, &value));
		assert_true(key.len > 0);
		assert_true(json_get_integer(value, &number));
		assert_int_equal(number, 100 + i);
	}
	assert_false(json_next(object, &position, &key, &value));
	assert_true(json_get_integer(json_find(object, "messages"), &number));
	assert_int_equal(number, 100 + STAT_MESSAGES);
	json_destroy(object);
	buf_finish(&text);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_those_of_all_threads),
		cmocka_unit_test(each_counter_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
