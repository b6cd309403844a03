/* SPDX-License-Identifier: MIT */
/* Who has a part in a room. */
#include <stdio.h>
#include <sysexits.h>

#include "common/base/log.h"
#include "fcgi/manage/commands.h"
#include "fcgi/manage/options.h"
#include "fcgi/manage/order.h"
#include "fcgi/manage/record.h"
#include "fcgi/manage/site.h"

static bool print_role(void *context, const struct role_row *row)
{
	struct record record;

	(void)context;
	record_begin(&record);
	record_add_text(&record, "room", row->room);
	record_add_text(&record, "name", row->user.name);
	record_add_text(&record, "role", role_word(row->role));
	record_add_time(&record, "given", row->given_ms);
	record_add_id(&record, "id", row->user.id, sizeof(row->user.id));
	record_print(&record);
	return true;
}

static int list(const struct config *config, struct accounts *accounts, const void *query)
{
	enum store_problem problem = roles_list(accounts, query, print_role, NULL);

	return problem == STORE_OK ? EX_OK : site_complain_of_accounts(config, accounts, problem);
}

int manage_role_list(const struct config *config, const char *text)
{
	struct buf room = { 0 };
	struct list_query query;
	int status;

	if (order_read_query(text, &room, &query, &status))
		status = site_with_accounts(config, list, &query);
	buf_finish(&room);
	return status;
}

static int change(const struct config *config, const char *name, enum role role)
{
	struct order order = {
		.verb = VERB_ROLE,
		.via = "shell",
		.name = str_from(name),
		.role = role,
	};
	struct buf room = { 0 };
	int status = EX_USAGE;

	if (manage_options.room == NULL)
		return site_complain(EX_USAGE, "--room is missing");
	if (order_read_room_option(&room, &status)) {
		order.room = buf_str(&room);
		status = order_give(config, &order);
	}
	buf_finish(&room);
	return status;
}

int manage_role_set(const struct config *config, const char *name)
{
	struct log_quoted quoted;
	enum role role;

	if (manage_options.role == NULL)
		return site_complain(EX_USAGE, "--role is missing: member, moderator or owner");
	if (!role_find(str_from(manage_options.role), &role) || role < ROLE_MEMBER ||
		role > ROLE_OWNER)
		return site_complain(EX_USAGE, "--role: %s is none of member, moderator and owner",
			log_quote(&quoted, str_from(manage_options.role)));
	return change(config, name, role);
}

int manage_role_remove(const struct config *config, const char *name)
{
	return change(config, name, ROLE_USER);
}
