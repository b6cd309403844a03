/* SPDX-License-Identifier: MIT */
/* Who is banned or muted, in a room or on the whole site. */
#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>

#include "common/base/clock.h"
#include "fcgi/manage/commands.h"
#include "fcgi/manage/number.h"
#include "fcgi/manage/options.h"
#include "fcgi/manage/order.h"
#include "fcgi/manage/record.h"
#include "fcgi/manage/site.h"

#define SECONDS_MAX INT64_C(3155760000) /* a hundred years */

static const char *const subject_words[] = {
	[SANCTION_USER] = "user",
	[SANCTION_SESSION] = "session",
	[SANCTION_ADDRESS] = "address",
};

/* A list of one kind. What is of the other is read, too, so it counts its rows itself. */
struct listing {
	struct list_query query;
	enum sanction_kind kind;
	size_t left;
};

static bool print_sanction(void *context, const struct sanction_row *row)
{
	struct listing *listing = context;
	struct record record;

	if (row->kind != listing->kind)
		return true;
	record_begin(&record);
	record_add_number(&record, "id", row->id);
	record_add_text(&record, "room", row->room);
	record_add_text(&record, "of", subject_words[row->subject]);
	record_add_foreign_text(&record, "who", row->name);
	record_add_time(&record, "created", row->created_ms);
	record_add_time(&record, "until", row->until_ms == FOR_GOOD ? 0 : row->until_ms);
	record_add_text(&record, "by", row->by_name);
	record_add_foreign_text(&record, "reason", row->reason);
	record_print(&record);
	return --listing->left > 0;
}

static int list(const struct config *config, struct accounts *accounts, const void *context)
{
	struct listing listing = *(const struct listing *)context;
	enum store_problem problem = sanctions_list(
		accounts, &listing.query, clock_wall_ms(), print_sanction, &listing);

	return problem == STORE_OK ? EX_OK : site_complain_of_accounts(config, accounts, problem);
}

static int list_kind(const struct config *config, enum sanction_kind kind)
{
	struct listing listing = { .kind = kind };
	struct buf room = { 0 };
	int status;

	if (order_read_query(manage_options.room, &room, &listing.query, &status)) {
		listing.left = listing.query.limit;
		listing.query.limit = SIZE_MAX;
		status = site_with_accounts(config, list, &listing);
	}
	buf_finish(&room);
	return status;
}

int manage_ban_list(const struct config *config, const char *unused)
{
	(void)unused;
	return list_kind(config, SANCTION_BAN);
}

int manage_mute_list(const struct config *config, const char *unused)
{
	(void)unused;
	return list_kind(config, SANCTION_MUTE);
}

static bool read_whom(const char *name, struct order *order, int *status_out)
{
	order->name = str_from(name);
	order->address = str_from(manage_options.address);
	if (order->name.len > 0 || order->address.len > 0 || order->sanction > 0)
		return true;
	*status_out = site_complain(EX_USAGE, "whom? A name, --address%s",
		order->verb == VERB_UNBAN || order->verb == VERB_UNMUTE ? " or --id" : "");
	return false;
}

static int change(const struct config *config, const char *name, struct order order)
{
	struct buf room = { 0 };
	int status;

	order.via = "shell";
	order.text = str_from(manage_options.reason);
	if (number_read(
		    "--seconds", manage_options.seconds, SECONDS_MAX, &order.seconds, &status) &&
		number_read("--id", manage_options.id, INT64_MAX, &order.sanction, &status) &&
		read_whom(name, &order, &status) && order_read_room_option(&room, &status)) {
		order.room = buf_str(&room);
		status = order_give(config, &order);
	}
	buf_finish(&room);
	return status;
}

int manage_ban_add(const struct config *config, const char *name)
{
	return change(config, name, (struct order){ .verb = VERB_BAN });
}

int manage_ban_remove(const struct config *config, const char *name)
{
	return change(config, name, (struct order){ .verb = VERB_UNBAN });
}

int manage_mute_add(const struct config *config, const char *name)
{
	return change(config, name, (struct order){ .verb = VERB_MUTE });
}

int manage_mute_remove(const struct config *config, const char *name)
{
	return change(config, name, (struct order){ .verb = VERB_UNMUTE });
}
