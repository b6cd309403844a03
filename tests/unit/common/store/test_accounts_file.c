/* SPDX-License-Identifier: MIT */
/* accounts.db as a file: made, refused, busy, damaged, and its log that does not grow for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/store/archive.h"
#include "tests/unit/common/store/people.h"
#include "tests/unit/common/store/sql.h"

#define DATABASE "accounts.db"

static enum store_problem open_problem(const struct folder *folder, enum accounts_mode mode)
{
	enum store_problem problem;
	struct accounts *accounts = accounts_open(folder_path(folder, DATABASE), mode, &problem);

	assert_int_equal(accounts == NULL, problem != STORE_OK);
	accounts_close(accounts);
	return problem;
}

static void a_reader_makes_nothing(void **state)
{
	assert_int_equal(open_problem(*state, ACCOUNTS_READ), STORE_DENIED);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(folder_count(*state), 0);
}

static void a_writer_makes_it_for_its_own_user_only(void **state)
{
	struct stat status;

	assert_int_equal(open_problem(*state, ACCOUNTS_WRITE), STORE_OK);
	assert_int_equal(stat(folder_path(*state, DATABASE), &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(open_problem(*state, ACCOUNTS_READ), STORE_OK);
}

/* Refused, in both modes, and the same to the byte. */
static void assert_refused(const struct folder *folder, enum store_problem problem)
{
	const char *path = folder_path(folder, DATABASE);
	size_t before_len, after_len;
	char *before = file_read(path, &before_len);
	char *after;

	assert_int_equal(open_problem(folder, ACCOUNTS_WRITE), problem);
	assert_int_equal(open_problem(folder, ACCOUNTS_READ), problem);
	after = file_read(path, &after_len);
	assert_int_equal(before_len, after_len);
	assert_memory_equal(before, after, before_len);
	mem_free(before);
	mem_free(after);
}

static void a_history_is_no_accounts(void **state)
{
	enum store_problem problem;

	archive_close(archive_open(folder_path(*state, DATABASE), ARCHIVE_WRITE_PROCESS, &problem));
	assert_int_equal(problem, STORE_OK);
	assert_refused(*state, STORE_FOREIGN);
}

static void what_is_no_database_is_left_alone(void **state)
{
	file_write(folder_path(*state, DATABASE), "anna:secret\n", 12);
	assert_refused(*state, STORE_CORRUPT);
}

static void what_a_later_version_made_is_left_alone(void **state)
{
	accounts_close(people_open(*state, ACCOUNTS_WRITE));
	sql_run(*state, DATABASE, "PRAGMA user_version = 99");
	assert_refused(*state, STORE_NEWER);
}

static void what_lacks_a_table_is_damaged(void **state)
{
	static const char *const tables[] = { "account", "former_account", "taken_name", "session",
		"revocation", "room", "room_role", "sanction", "room_change" };
	char sql[64];

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		accounts_close(people_open(*state, ACCOUNTS_WRITE));
		snprintf(sql, sizeof(sql), "DROP TABLE %s", tables[i]);
		sql_run(*state, DATABASE, sql);
		assert_int_equal(open_problem(*state, ACCOUNTS_READ), STORE_CORRUPT);
		assert_int_equal(open_problem(*state, ACCOUNTS_WRITE), STORE_CORRUPT);
		folder_empty(*state);
	}
}

static void values_that_cannot_be_ours_are_damage(void **state)
{
	static const char *const changes[] = {
		"UPDATE account SET id = x'01'",
		"UPDATE account SET username = printf('%.200c', 'a')",
		"UPDATE account SET display_name = printf('%.129c', 'a')",
		"UPDATE account SET display_name = CAST(x'ff' AS TEXT)",
		"UPDATE account SET password = printf('%.128c', 'a')",
	};
	char sql[256];

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
		struct account found;
		bool is_found;

		people_join(accounts, "anna");
		snprintf(sql, sizeof(sql),
			"PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; %s",
			changes[i]);
		sql_run(*state, DATABASE, sql);
		assert_int_equal(
			accounts_find_username(accounts, STR_OF("anna"), &found, &is_found),
			STORE_CORRUPT);
		assert_string_not_equal(accounts_error_text(accounts), "");
		accounts_close(accounts);
		folder_empty(*state);
	}
}

static void who_reads_changes_nothing(void **state)
{
	struct accounts *accounts;
	struct account anna = people_person("anna");
	enum account_result result;

	accounts_close(people_open(*state, ACCOUNTS_WRITE));
	accounts = people_open(*state, ACCOUNTS_READ);
	assert_int_equal(accounts_add(accounts, &anna, NULL, &result), STORE_READ_ONLY);
	assert_false(people_has(accounts, &anna));
	accounts_close(accounts);
}

static void who_writes_waits_for_another_and_who_reads_does_not(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct account anna = people_join(accounts, "anna");
	struct account bob = people_person("bob");
	sqlite3 *lock = sql_lock(*state, DATABASE);
	enum account_result result;

	accounts_set_patience(accounts, 0);
	assert_int_equal(accounts_add(accounts, &bob, NULL, &result), STORE_BUSY);
	assert_true(people_has(accounts, &anna));
	assert_false(people_has(accounts, &bob));
	sql_unlock(lock);
	assert_int_equal(people_add(accounts, &bob), ACCOUNT_DONE);
	accounts_close(accounts);
}

static void what_was_replaced_is_gone(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);

	assert_int_equal(accounts_check_file(accounts), STORE_OK);
	assert_int_equal(unlink(folder_path(*state, DATABASE)), 0);
	assert_int_equal(accounts_check_file(accounts), STORE_GONE);
	accounts_close(accounts);
}

#define BATCH 2000
#define BATCHES 60
#define LOG_BYTES_MAX (8 * 1024 * 1024)
#define FILL                                                                         \
	"WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number " \
	"WHERE i < 2000) INSERT INTO session (key_hash, account, created, seen, "    \
	"address, agent) SELECT CAST(printf('%032d', i) AS BLOB), id, 0, 0, '', '' " \
	"FROM number, account"

static void the_log_does_not_grow_for_ever(void **state)
{
	static uint8_t key_hashes[BATCH][SESSION_HASH_SIZE];
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct stat status;
	char name[40];

	people_join(accounts, "anna");
	sql_run(*state, DATABASE, FILL);
	for (int i = 0; i < BATCH; i++) {
		snprintf(name, sizeof(name), "%032d", i + 1);
		memcpy(key_hashes[i], name, SESSION_HASH_SIZE);
	}
	for (int i = 1; i <= BATCHES; i++)
		assert_int_equal(sessions_touch(accounts, key_hashes, BATCH, i), STORE_OK);
	assert_int_equal(sql_ask(*state, DATABASE, "SELECT min(seen) FROM session"), BATCHES);
	assert_int_equal(stat(folder_path(*state, DATABASE "-wal"), &status), 0);
	assert_in_range(status.st_size, 1, LOG_BYTES_MAX);
	accounts_close(accounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(a_reader_makes_nothing),
		FOLDER_TEST(a_writer_makes_it_for_its_own_user_only),
		FOLDER_TEST(a_history_is_no_accounts),
		FOLDER_TEST(what_is_no_database_is_left_alone),
		FOLDER_TEST(what_a_later_version_made_is_left_alone),
		FOLDER_TEST(what_lacks_a_table_is_damaged),
		FOLDER_TEST(values_that_cannot_be_ours_are_damage),
		FOLDER_TEST(who_reads_changes_nothing),
		FOLDER_TEST(who_writes_waits_for_another_and_who_reads_does_not),
		FOLDER_TEST(what_was_replaced_is_gone),
		FOLDER_TEST(the_log_does_not_grow_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
