/* SPDX-License-Identifier: MIT */
#include "fcgi/manage/order.h"

#include <stdio.h>
#include <sysexits.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/room_name.h"
#include "fcgi/manage/number.h"
#include "fcgi/manage/options.h"
#include "fcgi/manage/record.h"
#include "fcgi/manage/site.h"

#define LISTED_MAX 100000

static const int exit_statuses[] = {
	[MODERATION_DONE] = EX_OK,
	[MODERATION_FORBIDDEN] = EX_NOPERM,
	[MODERATION_ABOVE] = EX_NOPERM,
	[MODERATION_NOBODY] = EX_NOUSER,
	[MODERATION_BAD_ORDER] = EX_DATAERR,
	[MODERATION_FULL] = EX_CANTCREAT,
};

/* What is said of whom or what an order is about. */
static const struct {
	const char *done;
	const char *undone; /* of a switch that is off */
} sentences[VERB_COUNT] = {
	[VERB_TOPIC] = { "has another topic now", NULL },
	[VERB_LOCK] = { "is locked now", "is not locked any more" },
	[VERB_SLOW] = { "has another pace now", NULL },
	[VERB_MEMBERS_ONLY] = { "is for members only now", "is for everybody now" },
	[VERB_HIDE] = { "is hidden now", "is in the index again" },
	[VERB_MUTE] = { "is muted now", NULL },
	[VERB_UNMUTE] = { "is not muted any more", NULL },
	[VERB_KICK] = { "is sent away", NULL },
	[VERB_BAN] = { "is banned now", NULL },
	[VERB_UNBAN] = { "is not banned any more", NULL },
	[VERB_ROLE] = { "has another role now", NULL },
};

bool order_read_room(const char *text, struct buf *room, int *status_out)
{
	struct log_quoted quoted;
	enum name_problem problem = room_name_normalize(str_from(text), room);

	if (problem != NAME_OK)
		*status_out = site_complain(EX_DATAERR, "%s: %s",
			log_quote(&quoted, str_from(text)), name_problem_sentence(problem));
	return problem == NAME_OK;
}

bool order_read_room_option(struct buf *room, int *status_out)
{
	buf_clear(room);
	return manage_options.room == NULL ||
	       order_read_room(manage_options.room, room, status_out);
}

static void add_text(struct record *record, const char *key, struct str text)
{
	struct buf terminated = { 0 };

	buf_append_str(&terminated, text);
	record_add_foreign_text(record, key, buf_text(&terminated));
	buf_finish(&terminated);
}

static void add_value(struct record *record, const struct order *order)
{
	switch (verb_row(order->verb)->value) {
	case VERB_VALUE_SWITCH:
		record_add_flag(record, "on", order->is_on);
		break;
	case VERB_VALUE_SECONDS:
		record_add_number(record, "seconds", order->seconds);
		break;
	case VERB_VALUE_ROLE:
		record_add_text(record, "role", role_word(order->role));
		break;
	case VERB_VALUE_NONE:
	case VERB_VALUE_TEXT:
		break;
	}
	if (verb_row(order->verb)->value == VERB_VALUE_TEXT || order->text.len > 0)
		add_text(record, "text", order->text);
}

static void print_order(const struct order *order)
{
	struct record record;

	record_begin(&record);
	record_add_text(&record, "action", verb_row(order->verb)->word);
	add_text(&record, "room", order->room);
	if (order->name.len > 0)
		add_text(&record, "user", order->name);
	if (order->address.len > 0)
		add_text(&record, "address", order->address);
	if (order->sanction > 0)
		record_add_number(&record, "id", order->sanction);
	add_value(&record, order);
	record_print(&record);
}

/* In words: the first of these that the order has. */
static void write_object(const struct order *order, struct buf *out)
{
	if (order->name.len > 0)
		buf_append_str(out, order->name);
	else if (order->address.len > 0)
		buf_append_str(out, order->address);
	else if (order->sanction > 0)
		buf_append_number(out, order->sanction);
	else
		buf_append_str(out, order->room);
}

static int tell(const struct order *order, enum moderation_result result)
{
	bool is_undone = verb_row(order->verb)->value == VERB_VALUE_SWITCH && !order->is_on;
	struct log_quoted quoted;
	struct buf object = { 0 };

	write_object(order, &object);
	if (result != MODERATION_DONE)
		site_complain(exit_statuses[result], "%s: %s", log_quote(&quoted, buf_str(&object)),
			moderation_result_sentence(result));
	else if (record_is_json())
		print_order(order);
	else
		printf("%s: %s\n", log_quote(&quoted, buf_str(&object)),
			is_undone ? sentences[order->verb].undone : sentences[order->verb].done);
	buf_finish(&object);
	return exit_statuses[result];
}

static bool keep_row(void *context, const struct sanction_row *row)
{
	*(struct sanction_row *)context = *row;
	return false;
}

/* The id of a sanction says where it holds; row keeps the room's name. */
static enum store_problem find_room(
	struct accounts *accounts, struct order *order, struct sanction_row *row)
{
	struct list_query query = { .before_id = order->sanction + 1, .limit = 1 };
	enum store_problem problem;

	if (order->sanction == 0 || order->sanction == INT64_MAX || order->room.len > 0)
		return STORE_OK;
	problem = sanctions_list(accounts, &query, clock_wall_ms(), keep_row, row);
	if (row->id == order->sanction)
		order->room = str_from(row->room);
	return problem;
}

static int give(const struct config *config, struct accounts *accounts, const void *context)
{
	struct order order = *(const struct order *)context;
	struct sanction_row row = { 0 };
	enum moderation_result result = MODERATION_NOBODY;
	enum store_problem problem = find_room(accounts, &order, &row);

	if (problem == STORE_OK)
		problem = moderation_order(accounts, &order, clock_wall_ms(), &result);
	if (problem != STORE_OK)
		return site_complain_of_accounts(config, accounts, problem);
	return tell(&order, result);
}

int order_give(const struct config *config, const struct order *order)
{
	return site_with_accounts(config, give, order);
}

bool order_read_query(
	const char *room_text, struct buf *room, struct list_query *query_out, int *status_out)
{
	int64_t limit = LISTED_MAX, before = 0;

	buf_clear(room);
	if (!number_read("--limit", manage_options.limit, LISTED_MAX, &limit, status_out) ||
		!number_read("--before", manage_options.before, INT64_MAX, &before, status_out) ||
		(room_text != NULL && !order_read_room(room_text, room, status_out)))
		return false;
	*query_out = (struct list_query){
		.search = str_from(manage_options.search),
		.room = buf_str(room),
		.before_id = before,
		.after = str_from(manage_options.after),
		.limit = (size_t)limit,
	};
	return true;
}
