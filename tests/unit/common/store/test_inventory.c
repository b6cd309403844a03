/* SPDX-License-Identifier: MIT */
/* Both databases as an admin finds them: missing, of this version, of a later one, damaged, or
 * something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/store/inventory.h"
#include "tests/support/folder.h"

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *handle;

	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

/* One file, as a stopped program leaves it and SQLite's own tools would. */
static const char *make(const struct folder *folder, enum inventory_database which)
{
	const char *path = folder_path(folder, inventory_file(which));
	struct inventory_report report;

	assert_int_equal(inventory_migrate(which, path, &report), STORE_OK);
	inventory_finish(&report);
	run_sql(path, "PRAGMA journal_mode = DELETE");
	return path;
}

static enum store_problem inspect(
	enum inventory_database which, const char *path, struct inventory_report *report)
{
	enum store_problem problem = inventory_inspect(which, path, true, report);

	assert_true(problem == STORE_OK || report->error[0] != '\0');
	inventory_finish(&(struct inventory_report){ .copy = report->copy });
	return problem;
}

static void missing_database_is_made_by_migrating_only(void **state)
{
	const struct folder *folder = *state;

	for (enum inventory_database i = 0; i < INVENTORY_COUNT; i++) {
		const char *path = folder_path(folder, inventory_file(i));
		struct inventory_report report;

		assert_int_equal(inspect(i, path, &report), STORE_OK);
		assert_int_equal(report.version, 0);
		assert_false(file_exists(path));
		assert_int_equal(inventory_migrate(i, path, &report), STORE_OK);
		assert_int_equal(report.version, 0);
		assert_true(report.newest > 0);
		assert_null(report.copy);
		assert_int_equal(inspect(i, path, &report), STORE_OK);
		assert_int_equal(report.version, report.newest);
		assert_int_equal(inventory_migrate(i, path, &report), STORE_OK);
		assert_int_equal(report.version, report.newest);
		assert_null(report.copy);
	}
}

static void later_version_is_refused_and_left_as_it_is(void **state)
{
	const struct folder *folder = *state;

	for (enum inventory_database i = 0; i < INVENTORY_COUNT; i++) {
		const char *path = make(folder, i);
		struct inventory_report report;
		size_t len, len_after;
		char *before, *after;

		run_sql(path, "PRAGMA user_version = 99");
		before = file_read(path, &len);
		assert_int_equal(inspect(i, path, &report), STORE_NEWER);
		assert_int_equal(report.version, 99);
		assert_int_equal(inventory_migrate(i, path, &report), STORE_NEWER);
		assert_int_equal(report.version, 99);
		assert_null(report.copy);
		after = file_read(path, &len_after);
		assert_int_equal(len, len_after);
		assert_memory_equal(before, after, len);
		mem_free(before);
		mem_free(after);
		folder_empty(folder);
	}
}

static void database_of_the_other_kind_is_foreign(void **state)
{
	const struct folder *folder = *state;
	const char *path = make(folder, INVENTORY_HISTORY);
	struct inventory_report report;

	assert_int_equal(inspect(INVENTORY_ACCOUNTS, path, &report), STORE_FOREIGN);
	assert_int_equal(inventory_migrate(INVENTORY_ACCOUNTS, path, &report), STORE_FOREIGN);
}

static void damage_inside_is_found_by_a_thorough_look(void **state)
{
	const struct folder *folder = *state;
	const char *path = make(folder, INVENTORY_ACCOUNTS);
	struct inventory_report report;
	size_t len;
	char *data = file_read(path, &len);

	memset(data + len - 4096, 0x5a, 4096); /* the last page */
	file_write(path, data, len);
	assert_int_equal(inspect(INVENTORY_ACCOUNTS, path, &report), STORE_CORRUPT);
	mem_free(data);
}

static void row_that_refers_to_nobody_is_damage(void **state)
{
	const struct folder *folder = *state;
	const char *path = make(folder, INVENTORY_ACCOUNTS);
	struct inventory_report report;

	run_sql(path, "PRAGMA foreign_keys = OFF;"
		      "INSERT INTO taken_name (skeleton, account) VALUES ('ann', zeroblob(16))");
	assert_int_equal(inventory_inspect(INVENTORY_ACCOUNTS, path, false, &report), STORE_OK);
	assert_int_equal(inspect(INVENTORY_ACCOUNTS, path, &report), STORE_CORRUPT);
	assert_string_equal(report.error, "taken_name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(missing_database_is_made_by_migrating_only),
		FOLDER_TEST(later_version_is_refused_and_left_as_it_is),
		FOLDER_TEST(database_of_the_other_kind_is_foreign),
		FOLDER_TEST(damage_inside_is_found_by_a_thorough_look),
		FOLDER_TEST(row_that_refers_to_nobody_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
