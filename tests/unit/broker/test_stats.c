/* SPDX-License-Identifier: MIT */
/* The table is whole: each number has one row, and sums are those of all threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/stats.h"
#include "broker/ws/close.h"

static void sums_are_those_of_all_threads(void **state)
{
	struct stats first = { 0 }, second = { 0 };
	struct stats_reading sums = { 0 };

	stat_add(&first, STAT_MESSAGES, 2);
	stat_add(&first, STAT_MESSAGES, 3);
	stat_add(&second, STAT_MESSAGES, 10);
	stat_add(&second, STAT_BYTES_OUT, UINT32_MAX);
	stat_add(&second, STAT_BYTES_OUT, UINT32_MAX);
	stat_observe(&first, HISTOGRAM_MESSAGE, 5);
	stat_observe(&second, HISTOGRAM_MESSAGE, 6);
	stats_note_turn(&second, 7);
	stats_sum(&first, &sums);
	stats_sum(&second, &sums);
	assert_int_equal(sums.values[STAT_MESSAGES], 15);
	assert_int_equal(sums.values[STAT_BYTES_OUT], 2 * (uint64_t)UINT32_MAX);
	assert_int_equal(sums.values[STAT_SENDS], 0);
	assert_int_equal(histogram_count(&sums.histograms[HISTOGRAM_MESSAGE]), 2);
	assert_int_equal(sums.histograms[HISTOGRAM_MESSAGE].sum, 11);
	assert_int_equal(sums.histograms[HISTOGRAM_TURN].sum, 7);
	(void)state;
}

/* One thread may have added what another has taken away. */
static void gauges_of_threads_sum_to_what_is_there(void **state)
{
	struct stats first = { 0 }, second = { 0 };
	struct stats_reading sums = { 0 };

	stat_subtract(&first, STAT_LOG_BYTES, 10);
	stat_add(&second, STAT_LOG_BYTES, 12);
	stats_sum(&first, &sums);
	stats_sum(&second, &sums);
	assert_int_equal(sums.values[STAT_LOG_BYTES], 2);
	(void)state;
}

static void each_number_has_one_row(void **state)
{
	size_t values[STAT_COUNT] = { 0 };
	size_t histograms[HISTOGRAM_COUNT] = { 0 };

	for (size_t i = 0; i < stat_row_count; i++) {
		if (stat_rows[i].type == STAT_HISTOGRAM)
			histograms[stat_rows[i].id]++;
		else
			values[stat_rows[i].id]++;
	}
	for (size_t i = 0; i < STAT_COUNT; i++)
		assert_int_equal(values[i], 1);
	for (size_t i = 0; i < HISTOGRAM_COUNT; i++)
		assert_int_equal(histograms[i], 1);
	(void)state;
}

/* A metric's rows follow each other, and the first one has the sentence. */
static void each_metric_is_explained_once(void **state)
{
	assert_non_null(stat_rows[0].help);
	for (size_t i = 1; i < stat_row_count; i++) {
		if (stat_rows[i].help == NULL) {
			assert_string_equal(stat_rows[i].metric, stat_rows[i - 1].metric);
			assert_non_null(stat_rows[i].labels);
			continue;
		}
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(stat_rows[i].metric, stat_rows[j].metric);
	}
	(void)state;
}

/* The reader refuses names that come twice. */
static void each_number_has_a_name_of_its_own(void **state)
{
	static struct stats_reading reading;
	struct buf text = { 0 };
	struct json_writer writer = json_writer_to(&text);
	struct json *object;
	const char *problem;
	int64_t number;

	for (size_t i = 0; i < STAT_COUNT; i++)
		reading.values[i] = 100 + i;
	reading.histograms[HISTOGRAM_TURN].counts[3] = 4;
	reading.histograms[HISTOGRAM_TURN].sum = 20;
	json_begin_object(&writer, NULL);
	stats_write(&reading, &writer);
	json_end_object(&writer);
	object = json_parse(buf_str(&text), &problem);
	assert_non_null(object);
	for (size_t i = 0; i < stat_row_count; i++) {
		if (stat_rows[i].type == STAT_HISTOGRAM || stat_rows[i].name == NULL)
			continue;
		assert_true(json_get_integer(json_find(object, stat_rows[i].name), &number));
		assert_int_equal(number, 100 + stat_rows[i].id);
	}
	assert_true(json_get_integer(json_find(object, "turn_microseconds_count"), &number));
	assert_int_equal(number, 4);
	assert_true(json_get_integer(json_find(object, "turn_microseconds_sum"), &number));
	assert_int_equal(number, 20);
	json_destroy(object);
	buf_finish(&text);
	(void)state;
}

static const struct stat_row *row_of(enum stat_id stat)
{
	for (size_t i = 0; i < stat_row_count; i++) {
		if (stat_rows[i].type != STAT_HISTOGRAM && stat_rows[i].id == stat)
			return &stat_rows[i];
	}
	return NULL;
}

/* The label of a close is its code, whoever sent it first. */
static void closes_count_under_their_code(void **state)
{
	for (uint16_t code = CLOSE_NORMAL; code < 5000; code++) {
		char label[32];
		const struct stat_row *ours = row_of(stats_close(code, false));
		const struct stat_row *clients = row_of(stats_close(code, true));

		snprintf(label, sizeof(label), "code=\"%d\",", code);
		assert_true(strstr(ours->labels, label) == ours->labels ||
			    strstr(ours->labels, "code=\"other\"") == ours->labels);
		assert_true(strstr(clients->labels, label) == clients->labels ||
			    strstr(clients->labels, "code=\"other\"") == clients->labels);
		assert_non_null(strstr(clients->labels, "cause=\"client\""));
		assert_null(strstr(ours->labels, "cause=\"client\""));
	}
	assert_int_equal(stats_close(CLOSE_TRY_AGAIN_LATER, false), STAT_CLOSED_TOO_SLOW);
	assert_int_equal(stats_close(CLOSE_NORMAL, true), STAT_CLOSED_BY_CLIENT);
	assert_int_equal(stats_close(4999, true), STAT_CLOSED_BY_CLIENT_OTHERWISE);
	assert_int_equal(stats_close(4999, false), STAT_CLOSED_OTHERWISE);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_those_of_all_threads),
		cmocka_unit_test(gauges_of_threads_sum_to_what_is_there),
		cmocka_unit_test(each_number_has_one_row),
		cmocka_unit_test(each_metric_is_explained_once),
		cmocka_unit_test(each_number_has_a_name_of_its_own),
		cmocka_unit_test(closes_count_under_their_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
