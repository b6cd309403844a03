/* SPDX-License-Identifier: MIT */
/* Who is logged in where. What ends here closes its sockets: common/store tells the broker. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/store/sessions.h"
#include "fcgi/manage/commands.h"
#include "fcgi/manage/options.h"
#include "fcgi/manage/record.h"
#include "fcgi/manage/site.h"

#define LISTED_MAX 1000000
#define MINUTE_MS INT64_C(60000)

/* Rows are kept until all are read: no other question can be asked meanwhile. */
struct rows {
	struct session_row *rows;
	uint32_t count;
	uint32_t capacity;
};

static bool keep_row(void *context, const struct session_row *row)
{
	struct rows *rows = context;

	rows->rows = mem_grow(rows->rows, &rows->capacity, rows->count, sizeof(*row));
	rows->rows[rows->count++] = *row;
	return true;
}

static void print_row(const struct session_row *row, const char *username)
{
	struct record record;

	record_begin(&record);
	record_add_text(&record, "username", username);
	record_add_time(&record, "created", row->created_ms);
	record_add_time(&record, "seen", row->seen_ms);
	record_add_foreign_text(&record, "address", row->address);
	record_add_foreign_text(&record, "agent", row->agent);
	record_print(&record);
}

/* One whose account is gone meanwhile is gone, too. */
static enum store_problem print_rows(struct accounts *accounts, const struct rows *rows)
{
	enum store_problem problem = STORE_OK;

	for (uint32_t i = 0; i < rows->count && problem == STORE_OK; i++) {
		struct account account;
		bool is_found;

		problem = accounts_find_id(accounts, rows->rows[i].account, &account, &is_found);
		if (problem == STORE_OK && is_found)
			print_row(&rows->rows[i], account.username);
	}
	return problem;
}

static int list(const struct config *config, struct accounts *accounts, const void *name)
{
	struct rows rows = { 0 };
	struct account account;
	enum store_problem problem;
	int status = EX_OK;

	if (name != NULL && !site_find_account(config, accounts, name, &account, &status))
		return status;
	problem = sessions_list(
		accounts, name == NULL ? NULL : account.user.id, LISTED_MAX, keep_row, &rows);
	if (problem == STORE_OK)
		problem = print_rows(accounts, &rows);
	mem_free(rows.rows);
	if (problem != STORE_OK)
		return site_complain_of_accounts(config, accounts, problem);
	return status;
}

int manage_session_list(const struct config *config, const char *name)
{
	return site_with_accounts(config, list, name);
}

/* Those that are too old anyway. */
static enum store_problem purge_over(
	const struct config *config, struct accounts *accounts, int64_t now_ms, size_t *count_out)
{
	int64_t lifetime_ms = config->sessions_lifetime_minutes * MINUTE_MS;
	int64_t idle_ms = config->sessions_idle_minutes * MINUTE_MS;

	return sessions_purge(accounts, lifetime_ms == 0 ? INT64_MIN : now_ms - lifetime_ms,
		idle_ms == 0 ? INT64_MIN : now_ms - idle_ms, now_ms, count_out);
}

static int purge(const struct config *config, struct accounts *accounts, const void *name)
{
	int64_t now_ms = clock_wall_ms();
	enum store_problem problem;
	struct account account;
	struct record record;
	size_t count = 0;
	int status;

	if (name != NULL && !site_find_account(config, accounts, name, &account, &status))
		return status;
	if (name != NULL)
		problem = sessions_remove_others(accounts, account.user.id, NULL, now_ms, &count);
	else if (manage_options.all != NULL)
		problem = sessions_purge(accounts, INT64_MAX, INT64_MAX, now_ms, &count);
	else
		problem = purge_over(config, accounts, now_ms, &count);
	if (problem != STORE_OK)
		return site_complain_of_accounts(config, accounts, problem);
	record_begin(&record);
	record_add_number(&record, "purged", (int64_t)count);
	record_print(&record);
	return EX_OK;
}

int manage_session_purge(const struct config *config, const char *unused)
{
	(void)unused;
	if (manage_options.all != NULL && manage_options.user != NULL)
		return site_complain(EX_USAGE, "--all and --user: one of them");
	return site_with_accounts(config, purge, manage_options.user);
}
