/* SPDX-License-Identifier: MIT */
/* Databases of two versions in the place of ours, of which one is older: it is migrated, and it is
 * said from where to where, unless a broker runs. stdout is caught in a temporary file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/state.h"
#include "common/store/accounts_private.h"
#include "common/store/archive_private.h"
#include "common/store/migrate.h"
#include "fcgi/manage/commands.h"
#include "fcgi/manage/options.h"
#include "tests/support/folder.h"

struct manage_options manage_options;

static const char *const sql[] = {
	"CREATE TABLE thing (name TEXT) STRICT;",
	"ALTER TABLE thing ADD COLUMN size INTEGER;",
};
const struct migration_steps accounts_migrations = { sql, 2 };
const struct migration_steps history_migrations = { sql, 2 };
static const struct migration_steps older = { sql, 1 };

static void make(const struct folder *folder, const char *name, uint32_t application_id,
	const struct migration_steps *steps)
{
	struct database database;

	assert_int_equal(migrate_open(&database, folder_path(folder, name), DATABASE_WRITE_DISK,
				 application_id, steps),
		STORE_OK);
	database_close(&database);
}

static int64_t version_of(const struct folder *folder, const char *name)
{
	struct database database;
	int64_t version;

	assert_int_equal(
		database_open(&database, folder_path(folder, name), DATABASE_READ), STORE_OK);
	assert_int_equal(
		database_read_number(&database, "PRAGMA user_version", &version), STORE_OK);
	database_close(&database);
	return version;
}

/* The exit status; *text_out is what is printed, good until the next call. */
static int migrate(const struct folder *folder, bool is_json, const char **text_out)
{
	static char text[2048];
	char path[sizeof(folder->path)], durability[] = "disk";
	struct config config = { .paths_state = path, .history_durability = durability };
	FILE *file = tmpfile();
	int saved = dup(STDOUT_FILENO), status;

	assert_non_null(file);
	memcpy(path, folder->path, sizeof(path));
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	manage_options.json = is_json ? "" : NULL;
	status = manage_migrate(&config, NULL);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	*text_out = text;
	return status;
}

static void older_databases_are_copied_and_it_is_said_where(void **state)
{
	const struct folder *folder = *state;
	char wanted[512];
	const char *text;

	make(folder, "accounts.db", ACCOUNTS_APPLICATION_ID, &older);
	make(folder, "history.db", ARCHIVE_APPLICATION_ID, &history_migrations);
	assert_int_equal(migrate(folder, false, &text), EX_OK);
	snprintf(wanted, sizeof(wanted),
		"accounts.db: from version 1 to version 2; the old one is %s/accounts.db.v1\n"
		"history.db: is of version 2\n",
		folder->path);
	assert_string_equal(text, wanted);
	assert_int_equal(version_of(folder, "accounts.db"), 2);
	assert_int_equal(version_of(folder, "accounts.db.v1"), 1);
	assert_false(file_exists(folder_path(folder, "history.db.v2")));
}

static void both_databases_may_be_older(void **state)
{
	const struct folder *folder = *state;
	const char *text;

	make(folder, "accounts.db", ACCOUNTS_APPLICATION_ID, &older);
	make(folder, "history.db", ARCHIVE_APPLICATION_ID, &older);
	assert_int_equal(migrate(folder, false, &text), EX_OK);
	assert_int_equal(version_of(folder, "accounts.db"), 2);
	assert_int_equal(version_of(folder, "history.db"), 2);
}

static void scripts_are_told_the_same(void **state)
{
	const struct folder *folder = *state;
	char wanted[512];
	const char *text;

	make(folder, "history.db", ARCHIVE_APPLICATION_ID, &older);
	assert_int_equal(migrate(folder, true, &text), EX_OK);
	snprintf(wanted, sizeof(wanted),
		"{\"database\": \"accounts.db\", \"from\": 0, \"to\": 2, \"backup\": null}\n"
		"{\"database\": \"history.db\", \"from\": 1, \"to\": 2, "
		"\"backup\": \"%s/history.db.v1\"}\n",
		folder->path);
	assert_string_equal(text, wanted);
}

static void broker_that_runs_keeps_an_older_database_as_it_is(void **state)
{
	const struct folder *folder = *state;
	char path[sizeof(folder->path)];
	struct config config = { .paths_state = path };
	struct buf problem = { 0 };
	const char *text;

	memcpy(path, folder->path, sizeof(path));
	make(folder, "accounts.db", ACCOUNTS_APPLICATION_ID, &accounts_migrations);
	make(folder, "history.db", ARCHIVE_APPLICATION_ID, &older);
	assert_true(state_prepare(&config, &problem));
	assert_true(state_lock(&config, "broker", &problem));
	assert_int_equal(migrate(folder, false, &text), EX_TEMPFAIL);
	assert_string_equal(text, "accounts.db: is of version 2\n");
	assert_int_equal(version_of(folder, "history.db"), 1);
	assert_false(file_exists(folder_path(folder, "history.db.v1")));
	buf_finish(&problem);
}

/* The folders that programs make are none of the test's own. */
static int site_remove(void **state)
{
	static const char *const names[] = { "run/broker.lock", "run", "log" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove(folder_path(*state, names[i]));
	return folder_remove(state);
}

#define SITE_TEST(test) cmocka_unit_test_setup_teardown(test, folder_make, site_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(older_databases_are_copied_and_it_is_said_where),
		SITE_TEST(both_databases_may_be_older),
		SITE_TEST(scripts_are_told_the_same),
		SITE_TEST(broker_that_runs_keeps_an_older_database_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
