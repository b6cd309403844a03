/* SPDX-License-Identifier: MIT */
/* Which database connection a request gets while the file comes, goes and changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "fcgi/history_file.h"
#include "tests/support/said.h"

#define THREADS 4
#define ROUNDS 50

static char folder[] = "/tmp/roomwire-test-XXXXXX";
static char path[64], other_path[64];

static int make_folder(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/history.db", folder);
	snprintf(other_path, sizeof(other_path), "%s/other.db", folder);
	return 0;
}

static void remove_database(const char *name)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char file[80];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(file, sizeof(file), "%s%s", name, ends[i]);
		remove(file);
	}
}

static int remove_databases(void **state)
{
	(void)state;
	remove_database(path);
	remove_database(other_path);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static void say(const char *file, const char *text)
{
	said_add(file, STR_OF("lobby"),
		&(struct said){ .user = STR_OF("ann"), .text = str_from(text) }, 1);
}

/* How many messages the room has by this connection. */
static uint64_t count(struct archive *archive)
{
	struct archive_room room;

	assert_int_equal(archive_find_room(archive, STR_OF("lobby"), &room), STORE_OK);
	return room.seq;
}

static struct archive *borrow(struct pool *history)
{
	enum store_problem problem = STORE_IO;
	struct archive *archive = history_borrow(history, &problem);

	assert_int_equal(problem, STORE_OK);
	return archive;
}

static void no_database_is_no_problem(void **state)
{
	struct pool *none = history_pool_create(NULL), *missing = history_pool_create(path);

	assert_null(borrow(none));
	assert_null(borrow(missing));
	pool_return(missing, NULL, STORE_OK);
	say(path, "hello");
	assert_null(borrow(none));
	pool_destroy(none);
	pool_destroy(missing);
	(void)state;
}

static void database_that_comes_later_is_found(void **state)
{
	struct pool *history = history_pool_create(path);
	struct archive *archive;

	assert_null(borrow(history));
	say(path, "hello");
	archive = borrow(history);
	assert_int_equal(count(archive), 1);
	pool_return(history, archive, STORE_OK);
	pool_destroy(history);
	(void)state;
}

static void connection_is_used_again_and_sees_what_is_new(void **state)
{
	struct pool *history = history_pool_create(path);
	struct archive *first, *second;

	say(path, "hello");
	first = borrow(history);
	second = borrow(history);
	assert_ptr_not_equal(first, second);
	pool_return(history, second, STORE_OK);
	say(path, "again");
	assert_ptr_equal(borrow(history), second);
	assert_int_equal(count(first), 2);
	assert_int_equal(count(second), 2);
	pool_return(history, first, STORE_OK);
	pool_return(history, second, STORE_OK);
	pool_destroy(history);
	(void)state;
}

static void file_that_was_replaced_is_opened_anew(void **state)
{
	struct pool *history = history_pool_create(path);
	struct archive *archive;

	say(path, "hello");
	pool_return(history, borrow(history), STORE_OK);
	say(other_path, "one");
	say(other_path, "two");
	remove_database(path);
	assert_null(borrow(history));
	assert_int_equal(rename(other_path, path), 0);
	archive = borrow(history);
	assert_int_equal(count(archive), 2);
	pool_return(history, archive, STORE_OK);
	pool_destroy(history);
	(void)state;
}

static void file_that_is_no_database_is_a_problem_until_it_is_gone(void **state)
{
	struct pool *history = history_pool_create(path);
	enum store_problem problem = STORE_OK;
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		fputs("This is no database.", file);
	fclose(file);
	assert_null(history_borrow(history, &problem));
	assert_int_not_equal(problem, STORE_OK);
	remove_database(path);
	assert_null(borrow(history));
	say(path, "hello");
	pool_return(history, borrow(history), STORE_OK);
	pool_destroy(history);
	(void)state;
}

static void *read_often(void *context)
{
	struct pool *history = context;

	for (int i = 0; i < ROUNDS; i++) {
		enum store_problem problem;
		struct archive *archive = history_borrow(history, &problem);
		struct archive_room room = { 0 };

		if (archive == NULL ||
			archive_find_room(archive, STR_OF("lobby"), &room) != STORE_OK ||
			room.seq == 0)
			return history;
		pool_return(history, archive, STORE_OK);
	}
	return NULL;
}

static void threads_read_side_by_side(void **state)
{
	struct pool *history = history_pool_create(path);
	pthread_t threads[THREADS];
	void *failed;

	say(path, "hello");
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_often, history), 0);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	pool_destroy(history);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(no_database_is_no_problem, remove_databases),
		cmocka_unit_test_teardown(database_that_comes_later_is_found, remove_databases),
		cmocka_unit_test_teardown(
			connection_is_used_again_and_sees_what_is_new, remove_databases),
		cmocka_unit_test_teardown(file_that_was_replaced_is_opened_anew, remove_databases),
		cmocka_unit_test_teardown(
			file_that_is_no_database_is_a_problem_until_it_is_gone, remove_databases),
		cmocka_unit_test_teardown(threads_read_side_by_side, remove_databases),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
