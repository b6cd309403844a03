/* SPDX-License-Identifier: MIT */
/* The outbox of what the broker has to look at anew, like that of revocations. */
#include "common/store/accounts_outbox.h"
#include "common/store/moderation_private.h"

struct reader {
	void (*visit)(void *context, const struct room_change *change);
	void *context;
};

static const struct accounts_outbox outbox = {
	.table = STR("room_change"),
	.add = ACCOUNTS_ADD_ROOM_CHANGE,
	.forget = ACCOUNTS_FORGET_ROOM_CHANGES,
	.read = ACCOUNTS_READ_ROOM_CHANGES,
};

void room_changes_add(struct accounts *accounts, const struct room_change *change, int64_t now_ms)
{
	accounts_outbox_add(accounts, &outbox,
		VALUES(value_text(change->room),
			value_blob(change->user, change->user == NULL ? 0 : USER_ID_SIZE),
			value_text(change->notice), value_number(now_ms)),
		now_ms);
}

static bool visit_row(void *context, sqlite3_stmt *row)
{
	const struct reader *reader = context;
	bool has_user = sqlite3_column_bytes(row, 1) == USER_ID_SIZE;
	struct room_change change = {
		.room = database_column_text(row, 0),
		.user = has_user ? sqlite3_column_blob(row, 1) : NULL,
		.notice = database_column_text(row, 2),
	};

	reader->visit(reader->context, &change);
	return true;
}

enum store_problem room_changes_read(struct accounts *accounts, int64_t *last_id,
	void (*visit)(void *context, const struct room_change *change), void *context,
	bool *is_complete_out)
{
	struct reader reader = { visit, context };

	return accounts_outbox_read(
		accounts, &outbox, last_id, visit_row, &reader, is_complete_out);
}
