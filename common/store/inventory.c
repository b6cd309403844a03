/* SPDX-License-Identifier: MIT */
#include "common/store/inventory.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "common/base/mem.h"
#include "common/store/accounts_private.h"
#include "common/store/archive_private.h"
#include "common/store/migrate.h"

static const struct {
	const char *file;
	uint32_t application_id;
	const struct migration_steps *steps;
} databases[INVENTORY_COUNT] = {
	[INVENTORY_ACCOUNTS] = { "accounts.db", ACCOUNTS_APPLICATION_ID, &accounts_migrations },
	[INVENTORY_HISTORY] = { "history.db", ARCHIVE_APPLICATION_ID, &history_migrations },
};

const char *inventory_file(enum inventory_database which)
{
	assert(which < INVENTORY_COUNT);
	return databases[which].file;
}

/* Takes what is known of it over, and closes it. */
static void take_leave(struct database *database, struct inventory_report *report)
{
	report->system_error = database->system_error;
	snprintf(report->error, sizeof(report->error), "%s", database->error);
	report->copy = database->old_copy;
	database->old_copy = NULL;
	database_close(database);
}

static enum store_problem read_version(
	struct database *database, enum inventory_database which, struct inventory_report *report)
{
	int64_t version = 0;
	enum store_problem problem = database_check_header(
		database, databases[which].application_id);

	if (problem == STORE_OK)
		problem = database_read_number(database, "PRAGMA user_version", &version);
	if (problem != STORE_OK)
		return problem;
	if (version < 1)
		return database_refuse(database, STORE_CORRUPT, "no version");
	report->version = (size_t)version;
	if (report->version > report->newest)
		return database_refuse(database, STORE_NEWER, "of a later version");
	return STORE_OK;
}

/* A pragma that answers with what is wrong, or with this text or no row when nothing is. */
static enum store_problem run_check(struct database *database, const char *sql, const char *good)
{
	sqlite3_stmt *statement;
	bool is_row = false;
	enum store_problem problem = database_prepare(database, sql, &statement);

	if (problem != STORE_OK)
		return problem;
	problem = database_step(database, statement, &is_row);
	if (is_row && !str_is(database_column_text(statement, 0), good)) {
		struct buf found = { 0 };

		buf_append_str(&found, database_column_text(statement, 0));
		problem = database_refuse(database, STORE_CORRUPT, buf_text(&found));
		buf_finish(&found);
	}
	sqlite3_finalize(statement);
	return problem;
}

static enum store_problem check_pages(struct database *database)
{
	enum store_problem problem = run_check(database, "PRAGMA integrity_check(1)", "ok");

	return problem == STORE_OK ? run_check(database, "PRAGMA foreign_key_check", "") : problem;
}

enum store_problem inventory_inspect(enum inventory_database which, const char *path,
	bool is_thorough, struct inventory_report *report)
{
	struct database database;
	enum store_problem problem = database_open(&database, path, DATABASE_READ);

	*report = (struct inventory_report){ .newest = databases[which].steps->count };
	if (problem == STORE_DENIED && database.system_error == ENOENT)
		return STORE_OK;
	if (problem == STORE_OK)
		problem = read_version(&database, which, report);
	if (problem == STORE_OK)
		problem = database_start(&database);
	if (problem == STORE_OK && is_thorough)
		problem = check_pages(&database);
	take_leave(&database, report);
	return problem;
}

enum store_problem inventory_migrate(
	enum inventory_database which, const char *path, struct inventory_report *report)
{
	struct database database;
	enum store_problem problem = migrate_open(&database, path, DATABASE_WRITE_DISK,
		databases[which].application_id, databases[which].steps);

	*report = (struct inventory_report){ .version = database.old_version,
		.newest = databases[which].steps->count };
	take_leave(&database, report);
	return problem;
}

void inventory_finish(struct inventory_report *report)
{
	mem_free(report->copy);
	*report = (struct inventory_report){ 0 };
}
