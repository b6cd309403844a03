/* SPDX-License-Identifier: MIT */
/* Who did what. */
#include <stdio.h>
#include <sysexits.h>

#include "fcgi/manage/commands.h"
#include "fcgi/manage/options.h"
#include "fcgi/manage/order.h"
#include "fcgi/manage/record.h"
#include "fcgi/manage/site.h"

static void add_text(struct record *record, const char *key, struct str text)
{
	char terminated[AUDIT_TEXT_SIZE];

	snprintf(terminated, sizeof(terminated), "%.*s", STR_ARG(text));
	record_add_foreign_text(record, key, terminated);
}

static bool print_row(void *context, const struct audit_row *row)
{
	struct record record;

	(void)context;
	record_begin(&record);
	record_add_number(&record, "id", row->id);
	record_add_time(&record, "time", row->time_ms);
	add_text(&record, "via", row->via);
	add_text(&record, "actor", row->actor_name);
	add_text(&record, "action", row->action);
	add_text(&record, "room", row->room);
	add_text(&record, "subject", row->subject);
	add_text(&record, "detail", row->detail);
	record_print(&record);
	return true;
}

static int list(const struct config *config, struct accounts *accounts, const void *query)
{
	enum store_problem problem = audit_list(accounts, query, print_row, NULL);

	return problem == STORE_OK ? EX_OK : site_complain_of_accounts(config, accounts, problem);
}

int manage_audit_list(const struct config *config, const char *unused)
{
	struct buf room = { 0 };
	struct list_query query;
	int status;

	(void)unused;
	if (order_read_query(manage_options.room, &room, &query, &status))
		status = site_with_accounts(config, list, &query);
	buf_finish(&room);
	return status;
}
