/* SPDX-License-Identifier: MIT */
/* Opening accounts.db. Who writes it moves its log into it now and then, within a commit: commits
 * are rare here, and nobody else would. */
#include "common/store/accounts.h"

#include <errno.h>

#include "common/base/mem.h"
#include "common/store/accounts_private.h"
#include "common/store/migrate.h"

#define CHECKPOINT_PRAGMA "PRAGMA wal_autocheckpoint = 1000" /* pages: 4 MB */

static enum store_problem accounts_start(
	struct accounts *accounts, const char *path, enum accounts_mode mode)
{
	enum store_problem problem = migrate_open(&accounts->database, path,
		mode == ACCOUNTS_READ ? DATABASE_GLANCE : DATABASE_WRITE_DISK,
		ACCOUNTS_APPLICATION_ID, &accounts_migrations);

	if (problem == STORE_OK && mode == ACCOUNTS_WRITE)
		problem = database_run(&accounts->database, CHECKPOINT_PRAGMA);
	return problem == STORE_OK ? accounts_prepare_core(accounts) : problem;
}

struct accounts *accounts_open(
	const char *path, enum accounts_mode mode, enum store_problem *problem_out)
{
	struct accounts *accounts = mem_new(struct accounts);
	int system_error;

	*problem_out = accounts_start(accounts, path, mode);
	if (*problem_out == STORE_OK)
		return accounts;
	system_error = accounts->database.system_error;
	accounts_close(accounts);
	errno = system_error;
	return NULL;
}

void accounts_close(struct accounts *accounts)
{
	if (accounts == NULL)
		return;
	accounts_finalize_statements(accounts);
	database_close(&accounts->database);
	mem_free(accounts);
}

void accounts_set_patience(struct accounts *accounts, int wait_ms)
{
	accounts->database.wait_ms = wait_ms;
}

void accounts_set_author(struct accounts *accounts, const struct audit_author *author)
{
	accounts->author = author;
}

enum store_problem accounts_check_file(const struct accounts *accounts)
{
	return database_check_file(&accounts->database);
}

bool accounts_follow(const struct accounts *accounts)
{
	return database_follows(&accounts->database);
}

const char *accounts_error_text(const struct accounts *accounts)
{
	return accounts->database.error;
}

enum store_problem accounts_read_version(struct accounts *accounts, int64_t *version_out)
{
	sqlite3_stmt *row;

	accounts->problem = STORE_OK;
	row = accounts_find(accounts, ACCOUNTS_READ_VERSION, NULL);
	*version_out = row == NULL ? 0 : sqlite3_column_int64(row, 0);
	accounts_leave(row);
	return accounts->problem;
}
