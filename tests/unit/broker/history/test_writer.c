/* SPDX-License-Identifier: MIT */
/* Trouble with the database is told and ends by itself, and what is done behind the commits waits
 * for a pause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "tests/support/history_stage.h"

static bool has_no_problem(struct history_stage *stage)
{
	return history_problem(stage->history) == STORE_OK;
}

static bool has_probed_twice(struct history_stage *stage)
{
	(void)stage;
	return probe_failure.calls >= 2;
}

static bool has_indexed(struct history_stage *stage)
{
	(void)stage;
	return index_failure.calls > 0;
}

static void a_full_disk_is_told_and_heals_without_traffic(void **state)
{
	struct history_stage stage;

	history_stage_start(&stage, state);
	fail_calls(&index_failure, 0, 1000, STORE_BUSY); /* so that there is always some left */
	history_stage_say(&stage, "a", "x");
	assert_string_equal(history_stage_hear(&stage, 1), "a 1|");
	fail_calls(&commit_failure, 0, 1000, STORE_FULL);
	fail_calls(&probe_failure, 0, 1000, STORE_FULL);
	history_stage_say(&stage, "a", "y");
	assert_string_equal(history_stage_hear(&stage, 1), "a storage|");
	assert_int_equal(history_problem(stage.history), STORE_FULL);
	index_failure.calls = 0;
	history_stage_wait(&stage, has_probed_twice);
	assert_int_equal(history_problem(stage.history), STORE_FULL);
	assert_int_equal(index_failure.calls, 0); /* no upkeep meanwhile */
	fail_calls(&commit_failure, 0, 0, STORE_OK);
	fail_calls(&probe_failure, 0, 0, STORE_OK);
	history_stage_wait(&stage, has_no_problem);
	history_stage_say(&stage, "a", "y");
	assert_string_equal(history_stage_hear(&stage, 1), "a 2|");
	assert_int_equal(history_stage_stat(&stage, STAT_HISTORY_STORAGE_ERRORS), 1);
	history_stage_finish(&stage);
}

static void a_message_that_is_committed_ends_the_problem(void **state)
{
	struct history_stage stage;

	history_stage_start(&stage, state);
	fail_calls(&probe_failure, 0, 1000, STORE_IO);
	fail_calls(&commit_failure, 0, 2, STORE_IO);
	history_stage_say(&stage, "a", NULL);
	assert_string_equal(history_stage_hear(&stage, 1), "a storage|");
	assert_int_equal(history_problem(stage.history), STORE_IO);
	history_stage_say(&stage, "a", NULL);
	assert_string_equal(history_stage_hear(&stage, 1), "a 1|");
	history_stage_wait(&stage, has_no_problem);
	history_stage_finish(&stage);
}

static void what_is_only_read_ends_no_problem(void **state)
{
	struct history_stage stage;

	history_stage_start(&stage, state);
	history_stage_say(&stage, "a", "x");
	assert_string_equal(history_stage_hear(&stage, 1), "a 1|");
	fail_calls(&commit_failure, 0, 1000, STORE_FULL);
	fail_calls(&probe_failure, 0, 1000, STORE_FULL);
	history_stage_say(&stage, "a", "y");
	history_ask_head(stage.history, STR_OF("b"));
	assert_string_equal(history_stage_hear(&stage, 2), "a storage|b opens at 0|");
	assert_int_equal(history_problem(stage.history), STORE_FULL);
	history_ask_head(stage.history, STR_OF("a"));
	history_stage_say(&stage, "a", "x");
	assert_string_equal(history_stage_hear(&stage, 2), "a opens at 1|a repeats 1|");
	assert_int_equal(history_problem(stage.history), STORE_FULL);
	history_stage_finish(&stage);
}

static void a_deleted_database_is_noticed_and_welcome_back(void **state)
{
	struct history_stage stage;
	char path[128], aside[128];

	history_stage_start(&stage, state);
	snprintf(path, sizeof(path), "%s", history_stage_path(&stage));
	snprintf(aside, sizeof(aside), "%s", folder_path(stage.folder, "aside"));
	history_stage_say(&stage, "a", NULL);
	assert_string_equal(history_stage_hear(&stage, 1), "a 1|");
	assert_int_equal(rename(path, aside), 0);
	history_stage_say(&stage, "a", NULL);
	assert_string_equal(history_stage_hear(&stage, 1), "a storage|");
	assert_int_equal(history_problem(stage.history), STORE_GONE);
	assert_true(history_ask_rows(stage.history, STR_OF("a"), 0, 1, 1000));
	assert_string_equal(history_stage_hear(&stage, 1), "a fails: gone|");
	assert_int_equal(rename(aside, path), 0);
	history_stage_wait(&stage, has_no_problem);
	history_stage_say(&stage, "a", NULL);
	assert_string_equal(history_stage_hear(&stage, 1), "a 2|");
	assert_true(history_ask_rows(stage.history, STR_OF("a"), 0, 2, 1000));
	assert_string_equal(history_stage_hear(&stage, 1), "a has 1-2 whole|");
	history_stage_finish(&stage);
}

static struct archive *lock(const struct history_stage *stage)
{
	enum store_problem problem;
	struct archive *other = archive_open(
		history_stage_path(stage), ARCHIVE_WRITE_PROCESS, &problem);

	assert_non_null(other);
	assert_int_equal(archive_begin(other), STORE_OK);
	return other;
}

static void who_waits_for_another_process_is_told_in_time(void **state)
{
	struct history_stage stage;
	struct archive *other;
	uint64_t begin_ms;

	history_stage_start(&stage, state);
	other = lock(&stage);
	begin_ms = clock_monotonic_ms();
	history_stage_say(&stage, "a", NULL);
	assert_string_equal(history_stage_hear(&stage, 1), "a busy|");
	assert_in_range(clock_monotonic_ms() - begin_ms, 3000, 9000);
	assert_int_equal(history_problem(stage.history), STORE_BUSY);
	archive_roll_back(other);
	archive_close(other);
	history_stage_wait(&stage, has_no_problem);
	history_stage_say(&stage, "a", NULL);
	assert_string_equal(history_stage_hear(&stage, 1), "a 1|");
	history_stage_finish(&stage);
}

static void heads_wait_for_no_other_process(void **state)
{
	struct history_stage stage;
	struct archive *other;

	history_stage_start(&stage, state);
	history_stage_say(&stage, "a", NULL);
	assert_string_equal(history_stage_hear(&stage, 1), "a 1|");
	other = lock(&stage);
	history_stage_say(&stage, "a", NULL);
	history_ask_head(stage.history, STR_OF("a"));
	assert_string_equal(history_stage_hear(&stage, 1), "a opens at 1|");
	archive_roll_back(other);
	archive_close(other);
	assert_string_equal(history_stage_hear(&stage, 1), "a 2|");
	history_stage_finish(&stage);
}

static void a_hurry_ends_the_wait_for_another_process(void **state)
{
	struct history_stage stage;
	struct archive *other;
	uint64_t begin_ms = clock_monotonic_ms();

	history_stage_start(&stage, state);
	other = lock(&stage);
	history_stage_say(&stage, "a", NULL);
	history_hurry(stage.history);
	assert_string_equal(history_stage_hear(&stage, 1), "a busy|");
	assert_true(clock_monotonic_ms() - begin_ms < 3000);
	assert_int_equal(history_problem(stage.history), STORE_OK);
	archive_roll_back(other);
	archive_close(other);
	history_stage_finish(&stage);
}

static void the_index_follows_when_nothing_waits(void **state)
{
	struct history_stage stage;

	history_stage_start(&stage, state);
	history_stage_say(&stage, "a", NULL);
	(void)history_stage_hear(&stage, 1);
	index_failure.calls = 0;
	history_stage_wait(&stage, has_indexed);
	assert_true(history_wal_bytes(stage.history) > 0);
	history_stage_finish(&stage);
}

static void an_index_that_fails_costs_no_message(void **state)
{
	struct history_stage stage;

	history_stage_start(&stage, state);
	fail_calls(&index_failure, 0, 1000, STORE_CORRUPT);
	history_stage_say(&stage, "a", NULL);
	(void)history_stage_hear(&stage, 1);
	history_stage_wait(&stage, has_indexed);
	history_stage_say(&stage, "a", NULL);
	assert_string_equal(history_stage_hear(&stage, 1), "a 2|");
	assert_int_equal(history_problem(stage.history), STORE_OK);
	assert_int_equal(index_failure.calls, 1);
	history_stage_finish(&stage);
}

static bool has_three_left(struct history_stage *stage)
{
	enum store_problem problem;
	struct archive *archive = archive_open(history_stage_path(stage), ARCHIVE_READ, &problem);
	struct archive_room room = { 0 };

	if (archive != NULL)
		assert_int_equal(archive_find_room(archive, STR_OF("a"), &room), STORE_OK);
	archive_close(archive);
	return room.first_seq == 18;
}

static void the_oldest_go_when_nothing_waits(void **state)
{
	struct history_stage stage;

	history_stage_start_with(&stage, state, 20);
	history_stage_stop(&stage);
	stage.config.history_keep_messages = 3;
	history_stage_restart(&stage);
	history_stage_wait(&stage, has_three_left);
	assert_true(history_ask_rows(stage.history, STR_OF("a"), 10, 20, 1000));
	assert_string_equal(history_stage_hear(&stage, 1), "a has 18-20|");
	history_stage_say(&stage, "a", NULL);
	assert_string_equal(history_stage_hear(&stage, 1), "a 21|");
	history_stage_finish(&stage);
}

static void an_index_that_fails_keeps_nothing_from_going(void **state)
{
	struct history_stage stage;

	history_stage_start_with(&stage, state, 20);
	history_stage_stop(&stage);
	stage.config.history_keep_messages = 3;
	fail_calls(&index_failure, 0, 1000, STORE_CORRUPT);
	history_stage_restart(&stage);
	history_stage_wait(&stage, has_three_left);
	assert_true(index_failure.calls > 0);
	history_stage_finish(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(a_full_disk_is_told_and_heals_without_traffic),
		FOLDER_TEST(a_message_that_is_committed_ends_the_problem),
		FOLDER_TEST(what_is_only_read_ends_no_problem),
		FOLDER_TEST(a_deleted_database_is_noticed_and_welcome_back),
		FOLDER_TEST(who_waits_for_another_process_is_told_in_time),
		FOLDER_TEST(heads_wait_for_no_other_process),
		FOLDER_TEST(a_hurry_ends_the_wait_for_another_process),
		FOLDER_TEST(the_index_follows_when_nothing_waits),
		FOLDER_TEST(an_index_that_fails_costs_no_message),
		FOLDER_TEST(the_oldest_go_when_nothing_waits),
		FOLDER_TEST(an_index_that_fails_keeps_nothing_from_going),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
