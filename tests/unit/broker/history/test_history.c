/* SPDX-License-Identifier: MIT */
/* Messages from the main thread to the database and back: order, bounds, duplicates, ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/crypto.h"
#include "tests/support/history_stage.h"

static void numbers_are_each_rooms_own_and_outcomes_in_order(void **state)
{
	struct history_stage stage;

	history_stage_start(&stage, state);
	history_stage_say(&stage, "a", NULL);
	history_stage_say(&stage, "b", NULL);
	history_stage_say(&stage, "a", NULL);
	history_stage_say(&stage, "a", NULL);
	history_stage_say(&stage, "b", NULL);
	assert_string_equal(history_stage_hear(&stage, 5), "a 1|b 1|a 2|a 3|b 2|");
	history_stage_say(&stage, "b", NULL);
	assert_string_equal(history_stage_hear(&stage, 1), "b 3|");
	history_stage_finish(&stage);
}

static void what_comes_in_one_turn_is_committed_together(void **state)
{
	struct history_stage stage;

	history_stage_start(&stage, state);
	for (unsigned i = 0; i < 300; i++)
		history_stage_say(&stage, "a", NULL);
	(void)history_stage_hear(&stage, 300);
	assert_int_equal(history_stage_stat(&stage, STAT_HISTORY_COMMITS), 1);
	assert_int_equal(history_stage_stat(&stage, STAT_HISTORY_MESSAGES), 300);
	assert_int_equal(counter_read(&stage.stats.histograms[HISTOGRAM_COMMIT_MESSAGES].sum), 300);
	assert_true(counter_read(&stage.stats.histograms[HISTOGRAM_COMMIT].sum) > 0);
	for (unsigned i = 0; i < 1200; i++)
		history_stage_say(&stage, "a", NULL);
	(void)history_stage_hear(&stage, 1200);
	assert_int_equal(history_stage_stat(&stage, STAT_HISTORY_COMMITS), 4); /* 512, 512, 176 */
	history_stage_finish(&stage);
}

static void a_head_keeps_its_place_among_the_messages(void **state)
{
	struct history_stage stage;

	history_stage_start(&stage, state);
	history_ask_head(stage.history, STR_OF("a"));
	history_stage_say(&stage, "a", NULL);
	history_ask_head(stage.history, STR_OF("a"));
	history_stage_say(&stage, "a", NULL);
	history_ask_head(stage.history, STR_OF("b"));
	assert_string_equal(
		history_stage_hear(&stage, 5), "a opens at 0|a 1|a opens at 1|a 2|b opens at 0|");
	history_stage_finish(&stage);
}

static void numbers_go_on_after_a_restart(void **state)
{
	struct history_stage stage;
	char epoch[ARCHIVE_EPOCH_SIZE];

	history_stage_start(&stage, state);
	snprintf(epoch, sizeof(epoch), "%s", history_epoch(stage.history));
	history_stage_say(&stage, "a", NULL);
	history_stage_say(&stage, "a", NULL);
	(void)history_stage_hear(&stage, 2);
	history_stage_stop(&stage);
	history_stage_restart(&stage);
	assert_string_equal(history_epoch(stage.history), epoch);
	history_ask_head(stage.history, STR_OF("a"));
	history_stage_say(&stage, "a", NULL);
	assert_string_equal(history_stage_hear(&stage, 2), "a opens at 2|a 3|");
	history_stage_finish(&stage);
}

static void a_ref_that_is_sent_again_is_kept_once(void **state)
{
	struct history_stage stage;

	history_stage_start(&stage, state);
	history_stage_say(&stage, "a", "x");
	history_stage_say(&stage, "a", "x"); /* in the same batch */
	history_stage_say(&stage, "b", "x"); /* another room */
	assert_string_equal(history_stage_hear(&stage, 3), "a 1|a repeats 1|b 1|");
	history_stage_say(&stage, "a", "y");
	history_stage_say(&stage, "a", "x");
	assert_string_equal(history_stage_hear(&stage, 2), "a 2|a repeats 1|");
	history_stage_stop(&stage);
	history_stage_restart(&stage);
	history_stage_say(&stage, "a", NULL);
	history_stage_say(&stage, "a", "x");
	history_stage_say(&stage, "a", "y");
	history_stage_say(&stage, "a", "z");
	assert_string_equal(history_stage_hear(&stage, 4), "a 3|a repeats 1|a repeats 2|a 4|");
	assert_int_equal(history_stage_stat(&stage, STAT_HISTORY_REPEATED), 4);
	history_stage_finish(&stage);
}

static void a_clock_that_is_set_makes_no_duplicates(void **state)
{
	struct history_stage stage;

	history_stage_start(&stage, state);
	history_stage_say(&stage, "a", "x");
	(void)history_stage_hear(&stage, 1);
	history_stage_clock_ms = INT64_C(366) * 86400 * 1000;
	history_stage_say(&stage, "a", "x");
	assert_string_equal(history_stage_hear(&stage, 1), "a repeats 1|");
	history_stage_finish(&stage);
}

static void beyond_its_bound_the_queue_is_busy(void **state)
{
	struct history_stage stage;

	history_stage_start(&stage, state);
	for (size_t i = 0; i < HISTORY_QUEUE_MESSAGES; i++)
		history_stage_say(&stage, "a", NULL);
	assert_false(history_stage_submit(&stage, "a", NULL));
	assert_int_equal(history_stage_stat(&stage, STAT_HISTORY_WAITING), HISTORY_QUEUE_MESSAGES);
	assert_int_equal(history_stage_stat(&stage, STAT_HISTORY_BUSY), 1);
	assert_false(history_is_idle(stage.history));
	history_stage_stop(&stage); /* each of them is settled all the same */
	assert_int_equal(stage.heard_count, HISTORY_QUEUE_MESSAGES);
	assert_int_equal(history_stage_stat(&stage, STAT_HISTORY_WAITING), 0);
	history_stage_finish(&stage);
}

static void large_messages_fill_the_queue_too(void **state)
{
	struct history_stage stage;
	char *text;
	struct history_entry entry = { .room = STR("a") };
	size_t taken = 0;

	history_stage_start(&stage, state);
	text = test_calloc(1, 1 << 20);
	memset(text, 'x', 1 << 20);
	entry.text = str_range(text, 1 << 20);
	entry.author[0] = (uint64_t)(uintptr_t)&stage;
	while (taken < 1000 && history_submit(stage.history, &entry))
		taken++;
	assert_int_equal(taken, HISTORY_QUEUE_BYTES / (1 << 20));
	test_free(text);
	history_stage_finish(&stage);
}

static void a_hurry_takes_nothing_new_and_settles_the_rest(void **state)
{
	struct history_stage stage;

	history_stage_start(&stage, state);
	history_stage_say(&stage, "a", NULL);
	history_hurry(stage.history);
	assert_false(history_stage_submit(&stage, "a", NULL));
	assert_string_equal(history_stage_hear(&stage, 1), "a 1|");
	assert_true(history_is_idle(stage.history));
	history_stage_finish(&stage);
}

static void the_end_answers_everybody(void **state)
{
	const struct page page = { .kind = PAGE_BEFORE, .room = STR("a"), .seq = 10, .limit = 10 };
	struct history_stage stage;

	history_stage_start(&stage, state);
	for (unsigned i = 0; i < 100; i++) {
		history_stage_say(&stage, "a", NULL);
		history_ask_head(stage.history, STR_OF("a"));
		assert_true(history_ask_page(stage.history, &page, i));
		assert_true(history_ask_rows(stage.history, STR_OF("a"), i, i + 1, 1000));
	}
	assert_true(history_back_up(stage.history, folder_path(stage.folder, "copy"), 1));
	history_stage_stop(&stage);
	assert_int_equal(stage.heard_count, 401);
	history_stage_finish(&stage);
}

static void a_database_that_cannot_be_opened_is_an_exit_status(void **state)
{
	struct history_stage stage;
	const struct history_sink sink = { 0 };
	int exit_status = 0;

	history_stage_start(&stage, state);
	history_stage_stop(&stage);
	file_write(history_stage_path(&stage), "not a database at all", 21);
	assert_null(
		history_create(&stage.config, &stage.reactor, &stage.stats, &sink, &exit_status));
	assert_int_equal(exit_status, store_problem_exit_status(STORE_CORRUPT));
	history_stage_finish(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(numbers_are_each_rooms_own_and_outcomes_in_order),
		FOLDER_TEST(what_comes_in_one_turn_is_committed_together),
		FOLDER_TEST(a_head_keeps_its_place_among_the_messages),
		FOLDER_TEST(numbers_go_on_after_a_restart),
		FOLDER_TEST(a_ref_that_is_sent_again_is_kept_once),
		FOLDER_TEST(a_clock_that_is_set_makes_no_duplicates),
		FOLDER_TEST(beyond_its_bound_the_queue_is_busy),
		FOLDER_TEST(large_messages_fill_the_queue_too),
		FOLDER_TEST(a_hurry_takes_nothing_new_and_settles_the_rest),
		FOLDER_TEST(the_end_answers_everybody),
		FOLDER_TEST(a_database_that_cannot_be_opened_is_an_exit_status),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
