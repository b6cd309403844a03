/* SPDX-License-Identifier: MIT */
/* One connection beside another: who waits for whom, for how long, and whether the file is still
 * the one that was opened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/store/migrate.h"
#include "tests/support/folder.h"

#define APPLICATION_ID 0x54657374
#define LONG_MS 30000

static const char *const sql[] = {
	"CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
};
static const struct migration_steps steps = { sql, 1 };

static void open_named(const struct folder *folder, const char *name, struct database *database,
	enum database_mode mode)
{
	assert_int_equal(
		migrate_open(database, folder_path(folder, name), mode, APPLICATION_ID, &steps),
		STORE_OK);
}

static void open_things(
	const struct folder *folder, struct database *database, enum database_mode mode)
{
	open_named(folder, "things.db", database, mode);
}

static int64_t count_things(struct database *database)
{
	int64_t count;

	assert_int_equal(
		database_read_number(database, "SELECT count(*) FROM thing", &count), STORE_OK);
	return count;
}

static void run(struct database *database, const char *text)
{
	assert_int_equal(database_run(database, text), STORE_OK);
}

static void settings_are_those_of_the_mode(void **state)
{
	static const struct {
		enum database_mode mode;
		const char *sql;
		int64_t value;
	} cases[] = {
		{ DATABASE_WRITE_DISK, "PRAGMA synchronous", 2 },
		{ DATABASE_WRITE_PROCESS, "PRAGMA synchronous", 1 },
		{ DATABASE_WRITE_DISK, "PRAGMA wal_autocheckpoint", 0 },
		{ DATABASE_WRITE_DISK, "PRAGMA foreign_keys", 1 },
		{ DATABASE_WRITE_DISK, "PRAGMA trusted_schema", 0 },
		{ DATABASE_WRITE_DISK, "PRAGMA cell_size_check", 1 },
		{ DATABASE_READ, "PRAGMA trusted_schema", 0 },
		{ DATABASE_READ, "PRAGMA cell_size_check", 1 },
		{ DATABASE_READ, "PRAGMA mmap_size", 0 },
	};
	const struct folder *folder = *state;
	struct database database;
	int64_t value;

	open_things(folder, &database, DATABASE_WRITE_DISK);
	database_close(&database);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		open_things(folder, &database, cases[i].mode);
		assert_int_equal(database_read_number(&database, cases[i].sql, &value), STORE_OK);
		if (value != cases[i].value)
			fail_msg("%s: %jd", cases[i].sql, (intmax_t)value);
		database_close(&database);
	}
}

static void results_are_told_by_what_somebody_does_about_them(void **state)
{
	static const struct {
		int result;
		enum store_problem problem;
	} cases[] = {
		{ SQLITE_OK, STORE_OK },
		{ SQLITE_DONE, STORE_OK },
		{ SQLITE_ROW, STORE_OK },
		{ SQLITE_BUSY, STORE_BUSY },
		{ SQLITE_BUSY_RECOVERY, STORE_BUSY },
		{ SQLITE_BUSY_SNAPSHOT, STORE_BUSY },
		{ SQLITE_LOCKED, STORE_BUSY },
		{ SQLITE_PROTOCOL, STORE_BUSY },
		{ SQLITE_INTERRUPT, STORE_BUSY },
		{ SQLITE_FULL, STORE_FULL },
		{ SQLITE_READONLY, STORE_READ_ONLY },
		{ SQLITE_READONLY_CANTLOCK, STORE_READ_ONLY },
		{ SQLITE_READONLY_DBMOVED, STORE_GONE },
		{ SQLITE_CANTOPEN, STORE_DENIED },
		{ SQLITE_CANTOPEN_ISDIR, STORE_DENIED },
		{ SQLITE_PERM, STORE_DENIED },
		{ SQLITE_IOERR, STORE_IO },
		{ SQLITE_IOERR_READ, STORE_IO },
		{ SQLITE_IOERR_FSYNC, STORE_IO },
		{ SQLITE_IOERR_DATA, STORE_CORRUPT },
		{ SQLITE_IOERR_CORRUPTFS, STORE_CORRUPT },
		{ SQLITE_CORRUPT, STORE_CORRUPT },
		{ SQLITE_CORRUPT_VTAB, STORE_CORRUPT },
		{ SQLITE_CORRUPT_INDEX, STORE_CORRUPT },
		{ SQLITE_NOTADB, STORE_CORRUPT },
		{ SQLITE_CONSTRAINT_UNIQUE, STORE_REFUSED },
		{ SQLITE_CONSTRAINT_FOREIGNKEY, STORE_REFUSED },
		{ SQLITE_CONSTRAINT_CHECK, STORE_REFUSED },
		{ SQLITE_CONSTRAINT_DATATYPE, STORE_REFUSED },
		{ SQLITE_TOOBIG, STORE_REFUSED },
		{ SQLITE_NOLFS, STORE_IO },
	};
	const struct folder *folder = *state;
	struct database database;

	open_things(folder, &database, DATABASE_WRITE_PROCESS);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (database_problem(&database, cases[i].result) != cases[i].problem)
			fail_msg("%s", sqlite3_errstr(cases[i].result));
	assert_int_equal(database_system_problem(&database, "/a", ENOSPC), STORE_FULL);
	assert_string_equal(database.error, "/a: No space left on device");
	assert_int_equal(database_system_problem(&database, "/a", EDQUOT), STORE_FULL);
	assert_int_equal(database_system_problem(&database, "/a", EROFS), STORE_READ_ONLY);
	assert_int_equal(database_system_problem(&database, "/a", EIO), STORE_IO);
	assert_int_equal(database_system_problem(&database, "/a", 0), STORE_OK);
	database_close(&database);
}

static void failure_leaves_its_words(void **state)
{
	const struct folder *folder = *state;
	struct database database;

	open_things(folder, &database, DATABASE_WRITE_PROCESS);
	run(&database, "BEGIN IMMEDIATE; INSERT INTO thing (name) VALUES ('one')");
	assert_int_equal(
		database_run(&database, "INSERT INTO thing (name) VALUES ('one')"), STORE_REFUSED);
	assert_string_equal(database.error, "UNIQUE constraint failed: thing.name");
	database_roll_back(&database);
	assert_string_equal(database.error, "UNIQUE constraint failed: thing.name");
	database_roll_back(&database);
	assert_int_equal(count_things(&database), 0);
	database_close(&database);
}

/* A second writer, in a thread of its own. */
struct rival {
	struct database *database;
	_Atomic bool is_hurried;
	_Atomic bool has_begun;
	enum store_problem problem;
	uint64_t took_ms;
};

static void *rival_write(void *context)
{
	struct rival *rival = context;
	uint64_t start_ms = clock_monotonic_ms();

	rival->has_begun = true;
	rival->problem = database_run(rival->database, "INSERT INTO thing (name) VALUES ('rival')");
	rival->took_ms = clock_monotonic_ms() - start_ms;
	return NULL;
}

/* Not a wait for the outcome: whatever happens meanwhile, the test's claim holds. */
static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static void writer_waits_until_another_has_finished(void **state)
{
	const struct folder *folder = *state;
	struct database holder, waiting;
	struct rival rival = { .database = &waiting };
	pthread_t thread;

	open_things(folder, &holder, DATABASE_WRITE_PROCESS);
	open_things(folder, &waiting, DATABASE_WRITE_PROCESS);
	waiting.wait_ms = LONG_MS;
	run(&holder, "BEGIN IMMEDIATE; INSERT INTO thing (name) VALUES ('holder')");
	assert_int_equal(pthread_create(&thread, NULL, rival_write, &rival), 0);
	while (!rival.has_begun)
		pause_ms(1);
	pause_ms(30);
	run(&holder, "COMMIT");
	pthread_join(thread, NULL);
	assert_int_equal(rival.problem, STORE_OK);
	assert_int_equal(count_things(&holder), 2);
	database_close(&waiting);
	database_close(&holder);
}

static void wait_ends_with_the_patience(void **state)
{
	static const int waits_ms[] = { 0, 1, 60 };
	const struct folder *folder = *state;
	struct database holder, waiting;

	open_things(folder, &holder, DATABASE_WRITE_PROCESS);
	open_things(folder, &waiting, DATABASE_WRITE_PROCESS);
	run(&holder, "BEGIN IMMEDIATE");
	for (size_t i = 0; i < sizeof(waits_ms) / sizeof(waits_ms[0]); i++) {
		struct rival rival = { .database = &waiting };

		waiting.wait_ms = waits_ms[i];
		rival_write(&rival);
		assert_int_equal(rival.problem, STORE_BUSY);
		assert_true(rival.took_ms >= (uint64_t)waits_ms[i]);
		assert_true(rival.took_ms < LONG_MS);
		/* Reading goes on. */
		assert_int_equal(count_things(&waiting), 0);
	}
	database_close(&holder);
	run(&waiting, "INSERT INTO thing (name) VALUES ('later')");
	database_close(&waiting);
}

static void hurry_ends_a_wait_at_once(void **state)
{
	const struct folder *folder = *state;
	struct database holder, waiting;
	struct rival rival = { .database = &waiting };
	pthread_t thread;

	open_things(folder, &holder, DATABASE_WRITE_PROCESS);
	open_things(folder, &waiting, DATABASE_WRITE_PROCESS);
	waiting.wait_ms = LONG_MS;
	waiting.is_hurried = &rival.is_hurried;
	run(&holder, "BEGIN IMMEDIATE");
	assert_int_equal(pthread_create(&thread, NULL, rival_write, &rival), 0);
	while (!rival.has_begun)
		pause_ms(1);
	pause_ms(20);
	rival.is_hurried = true;
	pthread_join(thread, NULL);
	assert_int_equal(rival.problem, STORE_BUSY);
	assert_true(rival.took_ms < LONG_MS / 2);
	/* Without a wait it changes nothing. */
	database_close(&holder);
	run(&waiting, "INSERT INTO thing (name) VALUES ('later')");
	database_close(&waiting);
}

static void patient_checkpoint_waits_for_readers_and_others_pass_them(void **state)
{
	const struct folder *folder = *state;
	struct database writer, reader;
	_Atomic bool is_hurried = true;

	open_things(folder, &writer, DATABASE_WRITE_PROCESS);
	open_things(folder, &reader, DATABASE_READ);
	run(&writer, "INSERT INTO thing (name) VALUES ('one')");
	run(&reader, "BEGIN");
	assert_int_equal(count_things(&reader), 1);
	run(&writer, "INSERT INTO thing (name) VALUES ('two')");
	assert_int_equal(database_checkpoint(&writer, false), STORE_OK);
	writer.wait_ms = 20;
	assert_int_equal(database_checkpoint(&writer, true), STORE_BUSY);
	writer.wait_ms = LONG_MS;
	writer.is_hurried = &is_hurried;
	assert_int_equal(database_checkpoint(&writer, true), STORE_BUSY);
	assert_int_equal(count_things(&reader), 1);
	database_roll_back(&reader);
	assert_int_equal(database_checkpoint(&writer, true), STORE_OK);
	assert_int_equal(count_things(&reader), 2);
	database_close(&reader);
	database_close(&writer);
}

static void files_that_are_deleted_or_replaced_are_noticed(void **state)
{
	const struct folder *folder = *state;
	const char *path = folder_path(folder, "things.db");
	const char *aside = folder_path(folder, "aside");
	static const char *const names[] = { "things.db", "things.db-wal" };
	struct database writer, reader;

	open_things(folder, &writer, DATABASE_WRITE_PROCESS);
	open_things(folder, &reader, DATABASE_READ);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path = folder_path(folder, names[i]);
		assert_int_equal(database_check_file(&writer), STORE_OK);
		assert_int_equal(database_check_file(&reader), STORE_OK);
		assert_int_equal(rename(path, aside), 0);
		assert_int_equal(database_check_file(&writer), STORE_GONE);
		assert_int_equal(database_check_file(&reader), STORE_GONE);
		file_write(path, "", 0);
		assert_int_equal(database_check_file(&writer), STORE_GONE);
		assert_int_equal(rename(aside, path), 0);
		assert_int_equal(database_check_file(&writer), STORE_OK);
	}
	database_close(&reader);
	database_close(&writer);
}

static void reader_without_a_log_learns_of_a_writer(void **state)
{
	/* A path that means something else in a URI. */
	static const char *const names[] = { "things.db", "100%25?mode=rw&cache=shared#1.db" };
	const struct folder *folder = *state;
	struct database writer, reader;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char log[64], index[64];

		snprintf(log, sizeof(log), "%s-wal", names[i]);
		snprintf(index, sizeof(index), "%s-shm", names[i]);
		open_named(folder, names[i], &writer, DATABASE_WRITE_PROCESS);
		run(&writer, "INSERT INTO thing (name) VALUES ('one')");
		database_close(&writer);
		assert_int_equal(unlink(folder_path(folder, log)), 0);
		assert_int_equal(unlink(folder_path(folder, index)), 0);
		open_named(folder, names[i], &reader, DATABASE_READ);
		assert_int_equal(count_things(&reader), 1);
		assert_false(file_exists(folder_path(folder, log)));
		assert_int_equal(database_check_file(&reader), STORE_OK);
		open_named(folder, names[i], &writer, DATABASE_WRITE_PROCESS);
		assert_int_equal(database_check_file(&reader), STORE_GONE);
		database_close(&reader);
		database_close(&writer);
	}
}

static void writer_that_comes_while_a_reader_opens_is_noticed(void **state)
{
	const struct folder *folder = *state;
	struct database writer, reader;

	open_things(folder, &writer, DATABASE_WRITE_PROCESS);
	database_close(&writer);
	assert_int_equal(unlink(folder_path(folder, "things.db-wal")), 0);
	assert_int_equal(
		database_open(&reader, folder_path(folder, "things.db"), DATABASE_READ), STORE_OK);
	open_things(folder, &writer, DATABASE_WRITE_PROCESS);
	assert_int_equal(database_start(&reader), STORE_OK);
	assert_int_equal(database_remember_files(&reader), STORE_OK);
	assert_int_equal(database_check_file(&reader), STORE_GONE);
	database_close(&reader);
	database_close(&writer);
}

/* Another program, without our settings: the last one of a log takes it away. */
static int stranger_visits(const char *path)
{
	sqlite3 *handle;
	bool has_read = sqlite3_open(path, &handle) == SQLITE_OK &&
			sqlite3_exec(handle, "SELECT count(*) FROM thing", NULL, NULL, NULL) ==
				SQLITE_OK;

	sqlite3_close(handle);
	return has_read ? 0 : 1;
}

static void opening_again_keeps_the_locks_of_this_process(void **state)
{
	const struct folder *folder = *state;
	const char *path = folder_path(folder, "things.db");
	struct database first, second;
	int status;

	open_things(folder, &first, DATABASE_WRITE_PROCESS);
	open_things(folder, &second, DATABASE_WRITE_PROCESS);
	database_close(&second);
	open_things(folder, &second, DATABASE_READ);
	database_close(&second);
	run(&first, "INSERT INTO thing (name) VALUES ('one')");
	if (fork() == 0)
		_exit(stranger_visits(path));
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	assert_int_equal(database_check_file(&first), STORE_OK);
	database_close(&first);
}

static void value_that_is_too_long_is_refused(void **state)
{
	const struct folder *folder = *state;
	struct database database;

	open_things(folder, &database, DATABASE_WRITE_PROCESS);
	run(&database, "BEGIN IMMEDIATE; INSERT INTO thing (name) VALUES ('one')");
	assert_int_equal(
		database_run(&database, "INSERT INTO thing (name) VALUES (hex(zeroblob(9000000)))"),
		STORE_REFUSED);
	run(&database, "COMMIT");
	assert_int_equal(count_things(&database), 1);
	database_close(&database);
}

static void copy_is_one_file_and_replaces_none(void **state)
{
	const struct folder *folder = *state;
	const char *path = folder_path(folder, "copy.db");
	_Atomic bool is_hurried = true;
	struct database database, copy;

	open_things(folder, &database, DATABASE_WRITE_PROCESS);
	run(&database, "INSERT INTO thing (name) VALUES ('one')");
	database.is_hurried = &is_hurried;
	assert_int_equal(database_copy(&database, path, NULL), STORE_BUSY);
	assert_int_equal(folder_count(folder), 3);
	database.is_hurried = NULL;
	assert_int_equal(
		database_copy(&database, path, "UPDATE thing SET name = 'copied'"), STORE_OK);
	assert_int_equal(folder_count(folder), 4);
	assert_int_equal(database_copy(&database, path, NULL), STORE_DENIED);
	assert_int_equal(database.system_error, EEXIST);
	assert_int_equal(database_copy(&database, "/nonexistent/copy.db", NULL), STORE_DENIED);
	assert_int_equal(database.system_error, ENOENT);
	assert_int_equal(database_copy(&database, path, "nonsense"), STORE_DENIED);
	assert_int_equal(folder_count(folder), 4);
	run(&database, "INSERT INTO thing (name) VALUES ('copied')");

	assert_int_equal(database_open(&copy, path, DATABASE_READ), STORE_OK);
	assert_int_equal(count_things(&copy), 1);
	database_close(&copy);
	assert_int_equal(folder_count(folder), 4);
	database_close(&database);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(settings_are_those_of_the_mode),
		FOLDER_TEST(results_are_told_by_what_somebody_does_about_them),
		FOLDER_TEST(failure_leaves_its_words),
		FOLDER_TEST(writer_waits_until_another_has_finished),
		FOLDER_TEST(wait_ends_with_the_patience),
		FOLDER_TEST(hurry_ends_a_wait_at_once),
		FOLDER_TEST(patient_checkpoint_waits_for_readers_and_others_pass_them),
		FOLDER_TEST(files_that_are_deleted_or_replaced_are_noticed),
		FOLDER_TEST(reader_without_a_log_learns_of_a_writer),
		FOLDER_TEST(writer_that_comes_while_a_reader_opens_is_noticed),
		FOLDER_TEST(opening_again_keeps_the_locks_of_this_process),
		FOLDER_TEST(value_that_is_too_long_is_refused),
		FOLDER_TEST(copy_is_one_file_and_replaces_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
