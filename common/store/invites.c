/* SPDX-License-Identifier: MIT */
/* Invites as rows. One that is over is kept for a day, so that its maker sees what became of it,
 * and goes when the next is made. */
#include "common/store/invites.h"

#include "common/store/accounts_private.h"

#define KEPT_MS (24 * 60 * 60 * (int64_t)1000)

static void note(struct accounts *accounts, const char *action,
	const uint8_t token_hash[static INVITE_HASH_SIZE], struct str detail)
{
	struct buf id = { 0 };

	buf_append_hex(&id, token_hash, INVITE_ID_SIZE);
	audit_note(accounts, action, buf_str(&id), detail);
	buf_finish(&id);
}

enum store_problem invites_add(struct accounts *accounts, const struct invite *invite)
{
	accounts_begin(accounts, ACCOUNTS_WRITE);
	accounts_run(accounts, ACCOUNTS_PURGE_INVITES,
		VALUES(value_number(invite->created_ms - KEPT_MS)));
	accounts_run(accounts, ACCOUNTS_ADD_INVITE,
		VALUES(VALUE_HASH(invite->token_hash), value_number(invite->created_ms),
			value_number(invite->expires_ms), value_number(invite->uses_left),
			value_text(str_from(invite->note))));
	note(accounts, "invite create", invite->token_hash, str_from(invite->note));
	return accounts_end(accounts, true);
}

bool invites_use(struct accounts *accounts, const uint8_t token_hash[static INVITE_HASH_SIZE],
	int64_t now_ms)
{
	return accounts_run(accounts, ACCOUNTS_USE_INVITE,
		       VALUES(VALUE_HASH(token_hash), value_number(now_ms))) > 0;
}

static void take_invite(struct accounts *accounts, sqlite3_stmt *row, struct invite *invite_out)
{
	accounts_take_blob(
		accounts, row, 0, invite_out->token_hash, sizeof(invite_out->token_hash));
	invite_out->created_ms = sqlite3_column_int64(row, 1);
	invite_out->expires_ms = sqlite3_column_int64(row, 2);
	invite_out->uses_left = sqlite3_column_int64(row, 3);
	accounts_take_text(accounts, row, 4, invite_out->note, sizeof(invite_out->note));
}

enum store_problem invites_find(struct accounts *accounts,
	const uint8_t token_hash[static INVITE_HASH_SIZE], int64_t now_ms,
	struct invite *invite_out, bool *is_found_out)
{
	sqlite3_stmt *row;

	accounts_begin(accounts, ACCOUNTS_READ);
	row = accounts_find(accounts, ACCOUNTS_FIND_INVITE,
		VALUES(VALUE_HASH(token_hash), value_number(now_ms)));
	*is_found_out = row != NULL;
	if (row != NULL)
		take_invite(accounts, row, invite_out);
	accounts_leave(row);
	return accounts_end(accounts, true);
}

enum store_problem invites_list(struct accounts *accounts, size_t limit,
	bool (*visit)(void *context, const struct invite *invite), void *context)
{
	struct invite invite;
	sqlite3_stmt *row;

	accounts_begin(accounts, ACCOUNTS_READ);
	row = accounts_find(
		accounts, ACCOUNTS_LIST_INVITES, VALUES(value_number(database_clamp(limit))));
	for (; row != NULL; row = accounts_next(accounts, row)) {
		take_invite(accounts, row, &invite);
		if (accounts->problem != STORE_OK || !visit(context, &invite))
			break;
	}
	accounts_leave(row);
	return accounts_end(accounts, true);
}

enum store_problem invites_remove(struct accounts *accounts,
	const uint8_t token_hash[static INVITE_HASH_SIZE], bool *is_found_out)
{
	accounts_begin(accounts, ACCOUNTS_WRITE);
	*is_found_out = accounts_run(accounts, ACCOUNTS_REMOVE_INVITE,
				VALUES(VALUE_HASH(token_hash))) > 0;
	if (*is_found_out)
		note(accounts, "invite delete", token_hash, STR_OF(""));
	return accounts_end(accounts, true);
}
