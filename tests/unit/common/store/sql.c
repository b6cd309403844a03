/* SPDX-License-Identifier: MIT */
#include "tests/unit/common/store/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static sqlite3 *open_database(const struct folder *folder, const char *name)
{
	sqlite3 *database;

	assert_int_equal(sqlite3_open(folder_path(folder, name), &database), SQLITE_OK);
	return database;
}

static void run(sqlite3 *database, const char *sql)
{
	if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(database));
}

void sql_run(const struct folder *folder, const char *name, const char *sql)
{
	sqlite3 *database = open_database(folder, name);

	run(database, sql);
	sqlite3_close(database);
}

int64_t sql_ask(const struct folder *folder, const char *name, const char *sql)
{
	sqlite3 *database = open_database(folder, name);
	sqlite3_stmt *statement;
	int64_t number;

	assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
	if (sqlite3_step(statement) != SQLITE_ROW)
		fail_msg("%s: %s", sql, sqlite3_errmsg(database));
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(database);
	return number;
}

sqlite3 *sql_lock(const struct folder *folder, const char *name)
{
	sqlite3 *database = open_database(folder, name);

	run(database, "BEGIN IMMEDIATE");
	return database;
}

void sql_unlock(sqlite3 *lock)
{
	run(lock, "ROLLBACK");
	sqlite3_close(lock);
}
