/* SPDX-License-Identifier: MIT */
/* Who did what, and from where. A bounded number of rows; the oldest go. */
#include "common/base/clock.h"
#include "common/store/moderation_private.h"

#define AUDIT_ROWS_MAX 100000 /* some 20 MB */

/* At most size - 1 bytes of it, and no half of a character. */
static struct value cut(struct str text, size_t size)
{
	if (text.len >= size) {
		text.len = size - 1;
		while (text.len > 0 && ((uint8_t)text.data[text.len] & 0xc0) == 0x80)
			text.len--;
	}
	return value_text(text);
}

void audit_write(struct accounts *accounts, const struct audit_row *row)
{
	accounts_run(accounts, ACCOUNTS_ADD_AUDIT,
		VALUES(value_number(row->time_ms), cut(row->via, AUDIT_WORD_SIZE),
			value_blob(row->actor, row->actor == NULL ? 0 : USER_ID_SIZE),
			cut(row->actor_name, AUDIT_TEXT_SIZE), cut(row->action, AUDIT_WORD_SIZE),
			cut(row->room, ROOM_NAME_SIZE), cut(row->subject, AUDIT_TEXT_SIZE),
			cut(row->detail, AUDIT_TEXT_SIZE)));
	accounts_run(accounts, ACCOUNTS_BOUND_AUDIT, VALUES(value_number(AUDIT_ROWS_MAX)));
}

enum store_problem audit_add(struct accounts *accounts, const struct audit_row *row)
{
	accounts_begin(accounts, ACCOUNTS_WRITE);
	audit_write(accounts, row);
	return accounts_end(accounts, true);
}

void audit_note(
	struct accounts *accounts, const char *action, struct str subject, struct str detail)
{
	const struct audit_author *author = accounts->author;

	if (author == NULL)
		return;
	audit_write(accounts, &(struct audit_row){
				      .time_ms = clock_wall_ms(),
				      .actor = author->user,
				      .actor_name = author->name,
				      .via = str_from(author->via),
				      .action = str_from(action),
				      .subject = subject,
				      .detail = detail,
			      });
}

void audit_note_account(struct accounts *accounts, const char *action,
	const uint8_t id[static USER_ID_SIZE], struct str detail)
{
	struct account account;

	if (accounts->author != NULL &&
		accounts_take(accounts, ACCOUNTS_FIND_ID, VALUE_ID(id), &account))
		audit_note(accounts, action, str_from(account.username), detail);
}

/* Borrowed until the next row. */
static void take_row(sqlite3_stmt *row, struct audit_row *audit_out)
{
	bool has_actor = sqlite3_column_bytes(row, 3) == USER_ID_SIZE;

	*audit_out = (struct audit_row){
		.id = sqlite3_column_int64(row, 0),
		.time_ms = sqlite3_column_int64(row, 1),
		.via = database_column_text(row, 2),
		.actor = has_actor ? sqlite3_column_blob(row, 3) : NULL,
		.actor_name = database_column_text(row, 4),
		.action = database_column_text(row, 5),
		.room = database_column_text(row, 6),
		.subject = database_column_text(row, 7),
		.detail = database_column_text(row, 8),
	};
}

static void write_text(const struct audit_row *row, struct buf *text)
{
	const struct str texts[] = { row->via, row->actor_name, row->action, row->room,
		row->subject, row->detail };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_append_str(text, texts[i]);
		buf_append_char(text, '\n');
	}
}

enum store_problem audit_list(struct accounts *accounts, const struct list_query *query,
	bool (*visit)(void *context, const struct audit_row *row), void *context)
{
	struct list_walk walk;
	struct audit_row audit;

	list_walk_start(&walk, accounts, query);
	walk.row = accounts_find(accounts, ACCOUNTS_LIST_AUDIT,
		VALUES(value_number(list_before(query)), value_text(query->room)));
	for (; list_walk_goes_on(&walk); list_walk_next(&walk)) {
		take_row(walk.row, &audit);
		write_text(&audit, &walk.text);
		if (list_walk_shows(&walk) && !visit(context, &audit))
			break;
	}
	return list_walk_end(&walk);
}
