/* SPDX-License-Identifier: MIT */
/* Rooms and their rules. */
#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>

#include "common/base/log.h"
#include "fcgi/manage/commands.h"
#include "fcgi/manage/number.h"
#include "fcgi/manage/options.h"
#include "fcgi/manage/order.h"
#include "fcgi/manage/record.h"
#include "fcgi/manage/site.h"

static bool print_room(void *context, const struct room_row *room)
{
	struct record record;

	(void)context;
	record_begin(&record);
	record_add_text(&record, "room", room->name);
	record_add_foreign_text(&record, "topic", room->topic);
	record_add_flag(&record, "members_only", room->rules.is_members_only);
	record_add_flag(&record, "locked", room->rules.is_locked);
	record_add_flag(&record, "hidden", room->rules.is_hidden);
	record_add_number(&record, "slow_seconds", room->rules.slow_seconds);
	record_add_time(&record, "created", room->created_ms);
	record_print(&record);
	return true;
}

static int list(const struct config *config, struct accounts *accounts, const void *query)
{
	enum store_problem problem = rooms_list(accounts, query, print_room, NULL);

	return problem == STORE_OK ? EX_OK : site_complain_of_accounts(config, accounts, problem);
}

int manage_room_list(const struct config *config, const char *unused)
{
	struct buf room = { 0 };
	struct list_query query;
	int status;

	(void)unused;
	if (order_read_query(NULL, &room, &query, &status))
		status = site_with_accounts(config, list, &query);
	buf_finish(&room);
	return status;
}

static int show(const struct config *config, struct accounts *accounts, const void *name)
{
	static const uint8_t nobody[USER_ID_SIZE];
	struct subject subject = { .user = nobody, .is_guest = true };
	struct standing standing;
	struct log_quoted quoted;
	struct room_row room;
	enum store_problem problem = moderation_find_standing(
		accounts, str_from(name), &subject, 0, &standing, &room);

	if (problem != STORE_OK)
		return site_complain_of_accounts(config, accounts, problem);
	if (room.created_ms == 0)
		return site_complain(EX_DATAERR, "%s: nobody owns this room, and it has no rules",
			log_quote(&quoted, str_from(name)));
	print_room(NULL, &room);
	return EX_OK;
}

int manage_room_show(const struct config *config, const char *text)
{
	struct buf room = { 0 };
	int status;

	if (order_read_room(text, &room, &status))
		status = site_with_accounts(config, show, buf_text(&room));
	buf_finish(&room);
	return status;
}

/* The rest of the order is what the command line says. */
static int change(const struct config *config, const char *text, struct order order)
{
	struct buf room = { 0 };
	int status;

	if (order_read_room(text, &room, &status)) {
		order.room = buf_str(&room);
		order.via = "shell";
		order.is_on = manage_options.off == NULL;
		status = order_give(config, &order);
	}
	buf_finish(&room);
	return status;
}

int manage_room_topic(const struct config *config, const char *text)
{
	if (manage_options.text == NULL)
		return site_complain(EX_USAGE, "--text is missing; \"\" for no topic");
	return change(config, text,
		(struct order){ .verb = VERB_TOPIC, .text = str_from(manage_options.text) });
}

int manage_room_lock(const struct config *config, const char *text)
{
	return change(config, text, (struct order){ .verb = VERB_LOCK });
}

int manage_room_slow(const struct config *config, const char *text)
{
	struct order order = { .verb = VERB_SLOW };
	int status;

	if ((manage_options.seconds == NULL) == (manage_options.off == NULL))
		return site_complain(EX_USAGE, "--seconds or --off: one of them");
	if (!number_read(
		    "--seconds", manage_options.seconds, SLOW_SECONDS_MAX, &order.seconds, &status))
		return status;
	return change(config, text, order);
}

int manage_room_members_only(const struct config *config, const char *text)
{
	return change(config, text, (struct order){ .verb = VERB_MEMBERS_ONLY });
}

int manage_room_hide(const struct config *config, const char *text)
{
	return change(config, text, (struct order){ .verb = VERB_HIDE });
}
