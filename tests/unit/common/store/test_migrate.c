/* SPDX-License-Identifier: MIT */
/* A database of two steps is made, found again and upgraded, and whatever is no such database is
 * left as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/store/migrate.h"
#include "tests/support/folder.h"

#define APPLICATION_ID 0x54657374
#define NOBODY 65534

static const char *const good_sql[] = {
	"CREATE TABLE thing (name TEXT) STRICT; INSERT INTO thing (name) VALUES ('one');",
	"ALTER TABLE thing ADD COLUMN size INTEGER; UPDATE thing SET size = 7;",
};
static const char *const failing_sql[] = {
	"CREATE TABLE thing (name TEXT) STRICT; INSERT INTO thing (name) VALUES ('one');",
	"UPDATE thing SET name = 'two'; INSERT INTO nothing VALUES (1);",
};
static const struct migration_steps first = { good_sql, 1 };
static const struct migration_steps both = { good_sql, 2 };
static const struct migration_steps failing = { failing_sql, 2 };

static enum store_problem open_once(const struct folder *folder, enum database_mode mode,
	const struct migration_steps *steps, int *system_error_out)
{
	struct database database;
	enum store_problem problem = migrate_open(
		&database, folder_path(folder, "things.db"), mode, APPLICATION_ID, steps);

	if (system_error_out != NULL)
		*system_error_out = database.system_error;
	assert_true(problem == STORE_OK || database.error[0] != '\0');
	database_close(&database);
	return problem;
}

static enum store_problem open_to_write(
	const struct folder *folder, const struct migration_steps *steps)
{
	return open_once(folder, DATABASE_WRITE_DISK, steps, NULL);
}

static int64_t read_number(const char *path, const char *sql)
{
	struct database database;
	int64_t number;

	assert_int_equal(database_open(&database, path, DATABASE_READ), STORE_OK);
	assert_int_equal(database_read_number(&database, sql, &number), STORE_OK);
	database_close(&database);
	return number;
}

static void missing_database_is_made_for_a_writer_only(void **state)
{
	const struct folder *folder = *state;
	const char *path = folder_path(folder, "things.db");
	struct stat status;
	int error;

	assert_int_equal(open_once(folder, DATABASE_READ, &both, &error), STORE_DENIED);
	assert_int_equal(error, ENOENT);
	assert_int_equal(folder_count(folder), 0);
	assert_int_equal(open_to_write(folder, &both), STORE_OK);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(read_number(path, "PRAGMA user_version"), 2);
	assert_int_equal(read_number(path, "PRAGMA application_id"), APPLICATION_ID);
	assert_int_equal(read_number(path, "SELECT size FROM thing"), 7);
	assert_int_equal(open_once(folder, DATABASE_READ, &both, NULL), STORE_OK);
	/* The log and its index stay, so that a reader makes none. */
	assert_int_equal(folder_count(folder), 3);
}

static void reader_makes_no_file(void **state)
{
	const struct folder *folder = *state;

	assert_int_equal(open_to_write(folder, &both), STORE_OK);
	assert_int_equal(unlink(folder_path(folder, "things.db-wal")), 0);
	assert_int_equal(unlink(folder_path(folder, "things.db-shm")), 0);
	assert_int_equal(open_once(folder, DATABASE_READ, &both, NULL), STORE_OK);
	assert_int_equal(folder_count(folder), 1);
}

static void older_database_is_copied_and_upgraded(void **state)
{
	const struct folder *folder = *state;
	const char *copy = folder_path(folder, "things.db.v1");

	assert_int_equal(open_to_write(folder, &first), STORE_OK);
	assert_int_equal(open_once(folder, DATABASE_READ, &both, NULL), STORE_BUSY);
	assert_false(file_exists(copy));
	assert_int_equal(open_to_write(folder, &both), STORE_OK);
	assert_int_equal(
		read_number(folder_path(folder, "things.db"), "SELECT size FROM thing"), 7);
	assert_int_equal(read_number(copy, "PRAGMA user_version"), 1);
	assert_int_equal(read_number(copy, "SELECT count(*) FROM thing"), 1);
	assert_int_equal(open_to_write(folder, &both), STORE_OK);
	assert_false(file_exists(folder_path(folder, "things.db.v2")));
}

static void opening_says_what_was_there_before(void **state)
{
	const struct folder *folder = *state;
	const char *path = folder_path(folder, "things.db");
	static const struct {
		const struct migration_steps *steps;
		size_t old_version;
		const char *copy;
	} openings[] = { { &first, 0, NULL }, { &first, 1, NULL }, { &both, 1, "things.db.v1" },
		{ &both, 2, NULL }, { &first, 2, NULL } };

	for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
		struct database database;
		enum store_problem problem = migrate_open(
			&database, path, DATABASE_WRITE_DISK, APPLICATION_ID, openings[i].steps);

		assert_int_equal(problem, i < 4 ? STORE_OK : STORE_NEWER);
		assert_int_equal(database.old_version, openings[i].old_version);
		assert_true((database.old_copy == NULL) == (openings[i].copy == NULL));
		if (openings[i].copy != NULL)
			assert_string_equal(
				database.old_copy, folder_path(folder, openings[i].copy));
		database_close(&database);
	}
}

static void copy_of_an_upgrade_replaces_no_file(void **state)
{
	const struct folder *folder = *state;
	size_t len;
	char *data;

	assert_int_equal(open_to_write(folder, &first), STORE_OK);
	file_write(folder_path(folder, "things.db.v1"), "mine", 4);
	assert_int_equal(open_to_write(folder, &both), STORE_OK);
	data = file_read(folder_path(folder, "things.db.v1"), &len);
	assert_int_equal(len, 4);
	assert_memory_equal(data, "mine", 4);
	mem_free(data);
	assert_int_equal(
		read_number(folder_path(folder, "things.db.v1.1"), "PRAGMA user_version"), 1);
}

static void upgrade_that_fails_changes_nothing(void **state)
{
	const struct folder *folder = *state;
	const char *path = folder_path(folder, "things.db");

	assert_int_equal(open_to_write(folder, &failing), STORE_CORRUPT);
	assert_int_equal(folder_count(folder), 0);
	assert_int_equal(open_to_write(folder, &first), STORE_OK);
	assert_int_equal(open_to_write(folder, &failing), STORE_CORRUPT);
	assert_int_equal(read_number(path, "PRAGMA user_version"), 1);
	assert_int_equal(read_number(path, "SELECT count(*) FROM thing WHERE name = 'one'"), 1);
	assert_false(file_exists(folder_path(folder, "things.db.v1")));
	assert_int_equal(open_to_write(folder, &both), STORE_OK);
}

static void programs_that_start_at_once_agree(void **state)
{
	enum { PROGRAMS = 6 };
	const struct folder *folder = *state;

	for (int round = 0; round < 2; round++) {
		const struct migration_steps *steps = round == 0 ? &first : &both;

		for (int i = 0; i < PROGRAMS; i++)
			if (fork() == 0)
				_exit((int)open_to_write(folder, steps));
		for (int i = 0; i < PROGRAMS; i++) {
			int status;

			assert_true(wait(&status) > 0);
			assert_int_equal(status, 0);
		}
	}
	assert_int_equal(
		read_number(folder_path(folder, "things.db"), "SELECT count(*) FROM thing"), 1);
}

static void path_is_a_problem(
	const struct folder *folder, enum store_problem problem, const char *what)
{
	static const enum database_mode modes[] = { DATABASE_READ, DATABASE_WRITE_PROCESS,
		DATABASE_WRITE_DISK };
	const char *path = folder_path(folder, "things.db");
	size_t before_len, after_len;
	char *before = file_read(path, &before_len);

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		char *after;

		if (open_once(folder, modes[i], &both, NULL) != problem)
			fail_msg("%s is not %s", what, store_problem_code(problem));
		after = file_read(path, &after_len);
		assert_int_equal(after_len, before_len);
		assert_memory_equal(after, before, before_len);
		mem_free(after);
	}
	mem_free(before);
}

static void what_is_no_database_of_ours_is_left_as_it_is(void **state)
{
	static const char sql[] = "CREATE TABLE other (name TEXT)";
	const struct folder *folder = *state;
	const char *path = folder_path(folder, "things.db");
	char text[8192];
	sqlite3 *handle;

	file_write(path, "", 0);
	path_is_a_problem(folder, STORE_CORRUPT, "an empty file");
	file_write(path, "hello\n", 6);
	path_is_a_problem(folder, STORE_CORRUPT, "a short text");
	memset(text, 'x', sizeof(text));
	file_write(path, text, sizeof(text));
	path_is_a_problem(folder, STORE_CORRUPT, "a long text");
	memset(text, 0, sizeof(text));
	file_write(path, text, sizeof(text));
	path_is_a_problem(folder, STORE_CORRUPT, "zeros");
	assert_int_equal(unlink(path), 0);

	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	path_is_a_problem(folder, STORE_FOREIGN, "a database without an application_id");
	assert_int_equal(
		sqlite3_exec(handle, "PRAGMA application_id = 1", NULL, NULL, NULL), SQLITE_OK);
	path_is_a_problem(folder, STORE_FOREIGN, "a database of another application_id");
	/* 0x54657374 */
	assert_int_equal(
		sqlite3_exec(handle, "PRAGMA application_id = 1415934836", NULL, NULL, NULL),
		SQLITE_OK);
	path_is_a_problem(folder, STORE_CORRUPT, "a database without a version");
	assert_int_equal(
		sqlite3_exec(handle, "PRAGMA user_version = 3", NULL, NULL, NULL), SQLITE_OK);
	path_is_a_problem(folder, STORE_NEWER, "a database of a later version");
	sqlite3_close(handle);
	/* No log, no copy, nothing half made. */
	assert_int_equal(folder_count(folder), 1);
}

static void newer_version_that_is_in_the_log_is_found(void **state)
{
	const struct folder *folder = *state;
	const char *path = folder_path(folder, "things.db");
	struct database database;

	assert_int_equal(migrate_open(&database, path, DATABASE_WRITE_DISK, APPLICATION_ID, &both),
		STORE_OK);
	assert_int_equal(database_run(&database, "PRAGMA user_version = 3"), STORE_OK);
	path_is_a_problem(folder, STORE_NEWER, "a version in the log");
	database_close(&database);
}

static void log_without_its_database_is_told(void **state)
{
	const struct folder *folder = *state;
	const char *log = folder_path(folder, "things.db-wal");
	size_t len;

	file_write(log, "frames", 6);
	assert_int_equal(open_to_write(folder, &both), STORE_GONE);
	assert_int_equal(folder_count(folder), 1);
	mem_free(file_read(log, &len));
	assert_int_equal(len, 6);
	/* What a clean stop leaves is nothing to lose. */
	file_write(log, "", 0);
	assert_int_equal(open_to_write(folder, &both), STORE_OK);
}

static void paths_that_cannot_be_opened_are_denied(void **state)
{
	const struct folder *folder = *state;
	struct folder missing = *folder;
	int error;

	assert_int_equal(mkdir(folder_path(folder, "things.db"), 0700), 0);
	assert_int_equal(open_to_write(folder, &both), STORE_DENIED);
	assert_int_equal(open_once(folder, DATABASE_READ, &both, NULL), STORE_DENIED);
	assert_int_equal(rmdir(folder_path(folder, "things.db")), 0);

	strcat(missing.path, "/missing");
	assert_int_equal(open_once(&missing, DATABASE_WRITE_DISK, &both, &error), STORE_DENIED);
	assert_int_equal(error, ENOENT);
}

/* Root may do everything. */
static void become_nobody(const struct folder *folder)
{
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(folder->path, NOBODY, NOBODY), 0);
	assert_int_equal(seteuid(NOBODY), 0);
}

static void become_root_again(void)
{
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

static void folder_that_cannot_be_written_is_denied(void **state)
{
	const struct folder *folder = *state;
	int error;

	become_nobody(folder);
	assert_int_equal(chmod(folder->path, 0500), 0);
	assert_int_equal(open_once(folder, DATABASE_WRITE_DISK, &both, &error), STORE_DENIED);
	assert_int_equal(error, EACCES);
	assert_int_equal(chmod(folder->path, 0700), 0);
	become_root_again();
}

static void file_that_cannot_be_written_is_read_only(void **state)
{
	const struct folder *folder = *state;
	const char *path = folder_path(folder, "things.db");

	become_nobody(folder);
	assert_int_equal(open_to_write(folder, &both), STORE_OK);
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(open_to_write(folder, &both), STORE_READ_ONLY);
	assert_int_equal(open_once(folder, DATABASE_READ, &both, NULL), STORE_OK);
	assert_int_equal(chmod(folder->path, 0500), 0);
	assert_int_equal(open_once(folder, DATABASE_READ, &both, NULL), STORE_OK);
	assert_int_equal(chmod(folder->path, 0700), 0);
	assert_int_equal(chmod(path, 0), 0);
	assert_int_equal(open_once(folder, DATABASE_READ, &both, NULL), STORE_DENIED);
	become_root_again();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(missing_database_is_made_for_a_writer_only),
		FOLDER_TEST(reader_makes_no_file),
		FOLDER_TEST(older_database_is_copied_and_upgraded),
		FOLDER_TEST(opening_says_what_was_there_before),
		FOLDER_TEST(copy_of_an_upgrade_replaces_no_file),
		FOLDER_TEST(upgrade_that_fails_changes_nothing),
		FOLDER_TEST(programs_that_start_at_once_agree),
		FOLDER_TEST(what_is_no_database_of_ours_is_left_as_it_is),
		FOLDER_TEST(newer_version_that_is_in_the_log_is_found),
		FOLDER_TEST(log_without_its_database_is_told),
		FOLDER_TEST(paths_that_cannot_be_opened_are_denied),
		FOLDER_TEST(folder_that_cannot_be_written_is_denied),
		FOLDER_TEST(file_that_cannot_be_written_is_read_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
