/* SPDX-License-Identifier: MIT */
/* Long work beside a live writer: checkpoints and the copy. The copy is made page by page from
 * one snapshot, which a read transaction holds: a writer neither waits for it nor makes it begin
 * again, and a hurry ends it between two steps. */
#include <errno.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/store/database.h"

#define STEP_PAGES 1024
#define FOLD_WAIT_MS 200 /* for readers */

enum store_problem database_checkpoint(struct database *database, bool is_patient)
{
	return database_problem(database,
		sqlite3_wal_checkpoint_v2(database->handle, "main",
			is_patient ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL,
			NULL));
}

void database_fold_log(struct database *database)
{
	database->wait_ms = FOLD_WAIT_MS;
	sqlite3_wal_checkpoint_v2(database->handle, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

static enum store_problem pages_copy(struct database *database, sqlite3 *target)
{
	sqlite3_backup *backup = sqlite3_backup_init(target, "main", database->handle, "main");
	int result = SQLITE_OK;

	if (backup == NULL)
		return database_problem_of(database, target, sqlite3_extended_errcode(target));
	while (result == SQLITE_OK)
		result = database_is_hurried(database) ? SQLITE_INTERRUPT
						       : sqlite3_backup_step(backup, STEP_PAGES);
	sqlite3_backup_finish(backup);
	return database_problem_of(database, target, result);
}

static enum store_problem snapshot_copy(struct database *database, sqlite3 *target)
{
	int64_t tables;
	enum store_problem problem = database_run(database, "BEGIN");

	if (problem == STORE_OK)
		problem = database_read_number(
			database, "SELECT count(*) FROM sqlite_schema", &tables);
	if (problem == STORE_OK)
		problem = pages_copy(database, target);
	database_roll_back(database);
	return problem;
}

/* The pages say that there is a log; one file is easier to move. */
static enum store_problem target_settle(struct database *database, sqlite3 *target, const char *sql)
{
	int result = sqlite3_exec(target, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);

	if (result == SQLITE_OK && sql != NULL)
		result = sqlite3_exec(target, sql, NULL, NULL, NULL);
	return database_problem_of(database, target, result);
}

static enum store_problem staged_fill(
	struct database *database, const char *staged, const char *sql)
{
	sqlite3 *target = NULL;
	int result = sqlite3_open_v2(
		staged, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	enum store_problem problem = database_problem_of(database, target, result);

	if (problem == STORE_OK) {
		sqlite3_extended_result_codes(target, 1);
		problem = snapshot_copy(database, target);
	}
	if (problem == STORE_OK)
		problem = target_settle(database, target, sql);
	sqlite3_close(target);
	return problem;
}

enum store_problem database_copy(struct database *database, const char *path, const char *sql)
{
	enum store_problem problem;
	char *staged;

	if (file_identify(path).inode != 0)
		return database_system_problem(database, path, EEXIST);
	staged = file_stage(path);
	if (staged == NULL)
		return database_system_problem(database, path, errno);
	problem = staged_fill(database, staged, sql);
	if (problem == STORE_OK)
		problem = database_system_problem(database, path, file_publish(staged, path));
	else
		unlink(staged);
	mem_free(staged);
	return problem;
}
