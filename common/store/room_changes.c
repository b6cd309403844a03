/* SPDX-License-Identifier: MIT */
/* The outbox of what the broker has to look at anew, like that of revocations. */
#include "common/store/moderation_private.h"

#define ROOM_CHANGE_KEPT_MS (10 * 60 * 1000) /* the broker reads every quarter of a second */

static const struct str outbox = STR("room_change");

void room_changes_add(struct accounts *accounts, const struct room_change *change, int64_t now_ms)
{
	accounts_run(accounts, ACCOUNTS_FORGET_ROOM_CHANGES,
		VALUES(value_number(now_ms - ROOM_CHANGE_KEPT_MS)));
	accounts_run(accounts, ACCOUNTS_ADD_ROOM_CHANGE,
		VALUES(value_text(change->room),
			value_blob(change->user, change->user == NULL ? 0 : USER_ID_SIZE),
			value_text(change->notice), value_number(now_ms)));
}

static void take_change(sqlite3_stmt *row, struct room_change *change_out)
{
	bool has_user = sqlite3_column_bytes(row, 1) == USER_ID_SIZE;

	*change_out = (struct room_change){
		.room = database_column_text(row, 0),
		.user = has_user ? sqlite3_column_blob(row, 1) : NULL,
		.notice = database_column_text(row, 2),
	};
}

/* Whether all that there were are still there. */
static bool walk(struct accounts *accounts, int64_t *last_id,
	void (*visit)(void *context, const struct room_change *change), void *context)
{
	struct room_change change;
	int64_t newest = accounts_read_newest(accounts, outbox), missing = newest - *last_id;
	sqlite3_stmt *row = accounts_find(
		accounts, ACCOUNTS_READ_ROOM_CHANGES, VALUES(value_number(*last_id)));

	for (; row != NULL; row = accounts_next(accounts, row)) {
		take_change(row, &change);
		visit(context, &change);
		missing--;
	}
	*last_id = newest;
	return missing == 0;
}

enum store_problem room_changes_read(struct accounts *accounts, int64_t *last_id,
	void (*visit)(void *context, const struct room_change *change), void *context,
	bool *is_complete_out)
{
	int64_t id = *last_id;
	enum store_problem problem;

	accounts_begin(accounts, ACCOUNTS_READ);
	if (id < 0)
		id = accounts_read_newest(accounts, outbox);
	*is_complete_out = walk(accounts, &id, visit, context);
	problem = accounts_end(accounts, true);
	if (problem == STORE_OK)
		*last_id = id;
	return problem;
}
