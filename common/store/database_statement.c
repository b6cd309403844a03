/* SPDX-License-Identifier: MIT */
/* Statements, and the table of what SQLite's results mean. The table is in the order of its rows:
 * an extended code comes before the class that it belongs to. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/store/database.h"

static const struct {
	int result;
	enum store_problem problem;
} problems[] = {
	{ SQLITE_READONLY_DBMOVED, STORE_GONE },
	{ SQLITE_IOERR_VNODE, STORE_GONE },
	{ SQLITE_IOERR_CORRUPTFS, STORE_CORRUPT },
	{ SQLITE_IOERR_DATA, STORE_CORRUPT },
	{ SQLITE_OK, STORE_OK },
	{ SQLITE_ROW, STORE_OK },
	{ SQLITE_DONE, STORE_OK },
	{ SQLITE_BUSY, STORE_BUSY },
	{ SQLITE_LOCKED, STORE_BUSY },
	{ SQLITE_PROTOCOL, STORE_BUSY },
	{ SQLITE_INTERRUPT, STORE_BUSY },
	{ SQLITE_FULL, STORE_FULL },
	{ SQLITE_READONLY, STORE_READ_ONLY },
	{ SQLITE_CANTOPEN, STORE_DENIED },
	{ SQLITE_PERM, STORE_DENIED },
	{ SQLITE_AUTH, STORE_DENIED },
	{ SQLITE_CORRUPT, STORE_CORRUPT },
	{ SQLITE_NOTADB, STORE_CORRUPT },
	/* Our SQL is constant: a table that it names is missing. */
	{ SQLITE_ERROR, STORE_CORRUPT },
	{ SQLITE_SCHEMA, STORE_CORRUPT },
	{ SQLITE_CONSTRAINT, STORE_REFUSED },
	{ SQLITE_TOOBIG, STORE_REFUSED },
	{ SQLITE_MISMATCH, STORE_REFUSED },
};

static enum store_problem problem_find(int result)
{
	int class = result & 0xff;

	for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++)
		if (problems[i].result == result || problems[i].result == class)
			return problems[i].problem;
	return STORE_IO;
}

/* The words of both, where the system was the cause. */
static void database_keep_error(struct database *database, const char *text, int system_error)
{
	const char *reason = system_error == 0 ? NULL : strerrordesc_np(system_error);

	database->system_error = system_error;
	snprintf(database->error, sizeof(database->error), "%s%s%s", text,
		reason == NULL ? "" : ": ", reason == NULL ? "" : reason);
}

/* system_error is 0, or the system's where that was the cause. */
static enum store_problem database_judge(
	struct database *database, sqlite3 *handle, int result, int system_error)
{
	enum store_problem problem = problem_find(result);
	int class = result & 0xff;
	bool is_systems = class == SQLITE_IOERR || class == SQLITE_CANTOPEN;
	enum store_problem cause = file_problem(is_systems ? system_error : 0);

	if (problem == STORE_OK)
		return STORE_OK;
	assert(class != SQLITE_MISUSE);
	if (class == SQLITE_NOMEM || result == SQLITE_IOERR_NOMEM)
		mem_abort();
	database_keep_error(database,
		sqlite3_extended_errcode(handle) == result ? sqlite3_errmsg(handle)
							   : sqlite3_errstr(result),
		is_systems ? system_error : 0);
	/* What the system says is nearer to the cause. */
	if (is_systems && cause != STORE_OK && cause != STORE_IO)
		return cause;
	return problem;
}

enum store_problem database_problem_of(struct database *database, sqlite3 *handle, int result)
{
	return database_judge(database, handle, result, sqlite3_system_errno(handle));
}

enum store_problem database_problem(struct database *database, int result)
{
	return database_problem_of(database, database->handle, result);
}

enum store_problem database_system_problem(
	struct database *database, const char *path, int system_error)
{
	if (system_error != 0)
		database_keep_error(database, path, system_error);
	return file_problem(system_error);
}

enum store_problem database_refuse(
	struct database *database, enum store_problem problem, const char *text)
{
	database_keep_error(database, text, 0);
	return problem;
}

enum store_problem database_prepare(
	struct database *database, const char *sql, sqlite3_stmt **statement_out)
{
	return database_problem(database, sqlite3_prepare_v3(database->handle, sql, -1,
						  SQLITE_PREPARE_PERSISTENT, statement_out, NULL));
}

enum store_problem database_step(
	struct database *database, sqlite3_stmt *statement, bool *is_row_out)
{
	enum store_problem problem;
	int result;

	errno = 0; /* SQLite notes the system's error of a statement, but not that of a commit */
	result = sqlite3_step(statement);
	*is_row_out = result == SQLITE_ROW;
	if (result == SQLITE_ROW)
		return STORE_OK;
	problem = database_judge(database, database->handle, result, errno);
	sqlite3_reset(statement);
	return problem;
}

enum store_problem database_finish_step(struct database *database, sqlite3_stmt *statement)
{
	bool is_row;
	enum store_problem problem = database_step(database, statement, &is_row);

	if (is_row)
		sqlite3_reset(statement);
	return problem;
}

enum store_problem database_run(struct database *database, const char *sql)
{
	return database_problem(database, sqlite3_exec(database->handle, sql, NULL, NULL, NULL));
}

enum store_problem database_read_number(
	struct database *database, const char *sql, int64_t *number_out)
{
	sqlite3_stmt *statement;
	bool is_row = false;
	enum store_problem problem = database_prepare(database, sql, &statement);

	*number_out = 0;
	if (problem == STORE_OK)
		problem = database_step(database, statement, &is_row);
	if (is_row)
		*number_out = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return problem;
}

int64_t database_clamp(uint64_t number)
{
	return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

int database_bind_text(sqlite3_stmt *statement, int index, struct str text)
{
	return sqlite3_bind_text64(statement, index, text.len == 0 ? "" : text.data, text.len,
		SQLITE_STATIC, SQLITE_UTF8);
}

struct str database_column_text(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return str_range(text == NULL ? "" : text, (size_t)sqlite3_column_bytes(statement, column));
}

void database_roll_back(struct database *database)
{
	/* Some failures have ended the transaction already. Its own outcome changes nothing. */
	if (sqlite3_get_autocommit(database->handle) == 0)
		sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
}
