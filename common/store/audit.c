/* SPDX-License-Identifier: MIT */
/* Who did what, and from where. A bounded number of rows; the oldest go. */
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
