/* SPDX-License-Identifier: MIT */
/* Rows and pages, and that asking the same thing a thousand times is not a thousand reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/history/reader.h"
#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "tests/support/history_stage.h"

static const struct page last_page = {
	.kind = PAGE_BEFORE, .room = STR("a"), .seq = 100, .limit = 2
};

static void rows_end_where_they_should(void **state)
{
	static const struct {
		uint64_t after, until;
		size_t bytes_max;
		const char *answer;
	} cases[] = {
		{ 0, 10, 1000, "a has 1-10 whole|" },
		{ 0, 10, 50, "a has 1-10 whole|" }, /* "hello" ten times */
		{ 0, 10, 49, "a has 2-10|" }, { 3, 10, 4, "a has none|" },
		{ 9, 10, 5, "a has 10-10 whole|" }, { 2, 5, 1000, "a has 3-5 whole|" },
		{ 10, 10, 1000, "a has none whole|" },
		{ 0, 11, 1000, "a has none|" }, /* there is no 11 */
	};
	struct history_stage stage;

	history_stage_start_with(&stage, state, 10);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(history_ask_rows(stage.history, STR_OF("a"), cases[i].after,
			cases[i].until, cases[i].bytes_max));
		assert_string_equal(history_stage_hear(&stage, 1), cases[i].answer);
	}
	assert_true(history_ask_rows(stage.history, STR_OF("b"), 0, 3, 1000));
	assert_string_equal(history_stage_hear(&stage, 1), "b has none|");
	history_stage_finish(&stage);
}

static void a_page_has_its_members(void **state)
{
	struct history_stage stage;
	const char *heard;

	history_stage_start_with(&stage, state, 3);
	assert_true(history_ask_page(stage.history, &last_page, 7));
	heard = history_stage_hear(&stage, 1);
	assert_true(str_starts_with(str_from(heard),
		STR_OF("page 7: \"messages\": [{\"seq\": 2, \"user\": \"ann\", ")));
	assert_true(str_ends_with(str_from(heard), STR_OF("], \"more\": true|")));
	history_stage_finish(&stage);
}

static bool has_arrived(struct history_stage *stage)
{
	(void)stage;
	return page_gate.arrived > 0;
}

static void the_same_page_is_read_once_for_all_who_wait(void **state)
{
	struct page other_page = last_page;
	struct history_stage stage;

	history_stage_start_with(&stage, state, 3);
	other_page.limit = 1;
	page_gate.is_closed = true;
	assert_true(history_ask_page(stage.history, &last_page, 0));
	history_stage_wait(&stage, has_arrived); /* it is being read: nobody joins it */
	for (unsigned i = 1; i <= 100; i++)
		assert_true(history_ask_page(stage.history, &last_page, i));
	assert_true(history_ask_page(stage.history, &other_page, 101));
	page_gate.is_closed = false;
	(void)history_stage_hear(&stage, 102);
	assert_int_equal(history_stage_stat(&stage, STAT_HISTORY_READS), 3);
	history_stage_finish(&stage);
}

static void the_same_rows_are_read_once_whoever_asks(void **state)
{
	struct history_stage stage;

	history_stage_start_with(&stage, state, 3);
	page_gate.is_closed = true;
	assert_true(history_ask_page(stage.history, &last_page, 0));
	for (unsigned i = 0; i < 100; i++)
		assert_true(history_ask_rows(stage.history, STR_OF("a"), 0, 3, 1000));
	assert_true(history_ask_rows(stage.history, STR_OF("a"), 1, 3, 1000));
	page_gate.is_closed = false;
	(void)history_stage_hear(&stage, 102);
	assert_int_equal(history_stage_stat(&stage, STAT_HISTORY_READS), 3);
	history_stage_finish(&stage);
}

static void too_many_questions_are_refused(void **state)
{
	struct history_stage stage;

	history_stage_start_with(&stage, state, 1);
	page_gate.is_closed = true;
	assert_true(history_ask_page(stage.history, &last_page, 0));
	for (unsigned i = 1; i < HISTORY_QUESTIONS; i++)
		assert_true(history_ask_rows(stage.history, STR_OF("a"), 0, i, 1000));
	assert_false(history_ask_rows(stage.history, STR_OF("b"), 0, 1, 1000));
	page_gate.is_closed = false;
	history_stage_stop(&stage);
	assert_int_equal(stage.heard_count, HISTORY_QUESTIONS);
	history_stage_finish(&stage);
}

static void what_is_acknowledged_is_in_the_page_asked_for_then(void **state)
{
	struct page page = { .kind = PAGE_AFTER, .room = STR("a"), .limit = 1 };
	struct history_stage stage;
	char expected[32];

	history_stage_start(&stage, state);
	for (unsigned i = 1; i <= 50; i++) {
		history_stage_say(&stage, "a", NULL);
		(void)history_stage_hear(&stage, 1);
		page.seq = i - 1;
		assert_true(history_ask_page(stage.history, &page, 0));
		snprintf(expected, sizeof(expected), "{\"seq\": %u,", i);
		assert_non_null(strstr(history_stage_hear(&stage, 1), expected));
	}
	history_stage_finish(&stage);
}

static uint64_t late_ms;

static bool is_late(struct history_stage *stage)
{
	(void)stage;
	return clock_monotonic_ms() >= late_ms;
}

static void a_read_that_takes_too_long_is_broken_off(void **state)
{
	const struct page page = {
		.kind = PAGE_BEFORE, .room = STR("a"), .seq = 2000, .limit = 500
	};
	struct history_stage stage;

	history_stage_start_with(&stage, state, 2000);
	page_gate.is_closed = true;
	assert_true(history_ask_page(stage.history, &page, 7));
	history_stage_wait(&stage, has_arrived);
	late_ms = clock_monotonic_ms() + READER_LIMIT_MS;
	history_stage_wait(&stage, is_late);
	page_gate.is_closed = false;
	assert_string_equal(history_stage_hear(&stage, 1), "page 7: busy|");
	assert_true(history_ask_page(stage.history, &page, 8));
	assert_true(str_starts_with(str_from(history_stage_hear(&stage, 1)), STR_OF("page 8: \"")));
	history_stage_finish(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(rows_end_where_they_should),
		FOLDER_TEST(a_page_has_its_members),
		FOLDER_TEST(the_same_page_is_read_once_for_all_who_wait),
		FOLDER_TEST(the_same_rows_are_read_once_whoever_asks),
		FOLDER_TEST(too_many_questions_are_refused),
		FOLDER_TEST(what_is_acknowledged_is_in_the_page_asked_for_then),
		FOLDER_TEST(a_read_that_takes_too_long_is_broken_off),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
