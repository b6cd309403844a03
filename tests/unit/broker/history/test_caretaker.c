/* SPDX-License-Identifier: MIT */
/* The write-ahead log does not grow for ever, and a copy can be had while it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "common/base/crypto.h"
#include "common/base/mem.h"
#include "tests/support/history_stage.h"

#define MIB (1024 * 1024)
/* A log of that size is far too short for a checkpoint otherwise. */
#define FILE_BYTES_MAX (512 * 1024)

static void say_much(struct history_stage *stage, unsigned count)
{
	struct history_entry entry = { .room = STR("a"), .author = { (uint64_t)(uintptr_t)stage } };
	char *text = mem_alloc(MIB);

	memset(text, 'x', MIB);
	entry.text = str_range(text, MIB);
	for (unsigned i = 0; i < count; i++)
		assert_true(history_submit(stage->history, &entry));
	mem_free(text);
}

/* However messages and checkpoints fall together: at last one waits for its moment. */
static bool is_log_shorter(struct history_stage *stage)
{
	static uint64_t longest;
	uint64_t bytes = history_wal_bytes(stage->history);

	if (bytes > longest)
		longest = bytes;
	if (history_is_idle(stage->history))
		say_much(stage, 8);
	return bytes < longest;
}

static void the_log_begins_anew_when_it_has_grown(void **state)
{
	struct history_stage stage;

	history_stage_start(&stage, state);
	fail_calls(&index_failure, 0, 1000, STORE_BUSY); /* nothing but messages writes */
	history_stage_wait(&stage, is_log_shorter);
	history_stage_finish(&stage);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static bool is_full(struct history_stage *stage)
{
	if (history_is_idle(stage->history))
		history_stage_say(stage, "a", NULL);
	return history_stage_stat(stage, STAT_HISTORY_STORAGE_ERRORS) > 0;
}

static bool is_said_again(struct history_stage *stage)
{
	static uint64_t before;

	if (before == 0)
		before = history_stage_stat(stage, STAT_HISTORY_MESSAGES);
	(void)is_full(stage);
	return history_stage_stat(stage, STAT_HISTORY_MESSAGES) > before + 10;
}

static void a_log_that_fills_the_disk_begins_anew(void **state)
{
	struct history_stage stage;

	history_stage_start(&stage, state);
	fail_calls(&index_failure, 0, 1000, STORE_BUSY);
	limit_files(FILE_BYTES_MAX);
	history_stage_wait(&stage, is_full);
	assert_int_not_equal(history_problem(stage.history), STORE_OK);
	history_stage_wait(&stage, is_said_again);
	limit_files(RLIM_INFINITY);
	history_stage_finish(&stage);
}

static void a_backup_is_another_database(void **state)
{
	struct history_stage stage;
	struct archive_room room;
	enum store_problem problem;
	struct archive *copy;
	const char *path;

	history_stage_start_with(&stage, state, 5);
	path = folder_path(stage.folder, "copy.db");
	assert_true(history_back_up(stage.history, path, 3));
	assert_string_equal(history_stage_hear(&stage, 1), "backup 3: ok|");
	copy = archive_open(path, ARCHIVE_READ, &problem);
	assert_non_null(copy);
	assert_string_not_equal(archive_epoch(copy), history_epoch(stage.history));
	assert_int_equal(archive_find_room(copy, STR_OF("a"), &room), STORE_OK);
	assert_int_equal(room.seq, 5);
	archive_close(copy);
	assert_true(history_back_up(stage.history, path, 4)); /* it is there already */
	assert_string_equal(history_stage_hear(&stage, 1), "backup 4: denied|");
	history_stage_finish(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(the_log_begins_anew_when_it_has_grown),
		FOLDER_TEST(a_log_that_fills_the_disk_begins_anew),
		FOLDER_TEST(a_backup_is_another_database),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
