/* SPDX-License-Identifier: MIT */
/* Looking accounts up. A name is compared by its key where somebody logs in by it, and by what it
 * looks like where it might be taken for another's (common/name_key.h). */
#include "common/name_key.h"
#include "common/store/accounts_private.h"

#include <string.h>

bool accounts_take(struct accounts *accounts, enum accounts_statement which, struct value value,
	struct account *account_out)
{
	sqlite3_stmt *row = accounts_find(accounts, which, &value);

	if (row != NULL)
		accounts_take_account(accounts, row, 0, account_out);
	accounts_leave(row);
	return row != NULL;
}

static enum store_problem find_account(struct accounts *accounts, enum accounts_statement which,
	struct value value, struct account *account_out, bool *is_found_out)
{
	accounts_begin(accounts, ACCOUNTS_READ);
	*is_found_out = accounts_take(accounts, which, value, account_out);
	return accounts_end(accounts, true);
}

enum store_problem accounts_find_id(struct accounts *accounts,
	const uint8_t id[static USER_ID_SIZE], struct account *account_out, bool *is_found_out)
{
	return find_account(accounts, ACCOUNTS_FIND_ID, VALUE_ID(id), account_out, is_found_out);
}

enum store_problem accounts_find_username(struct accounts *accounts, struct str username,
	struct account *account_out, bool *is_found_out)
{
	struct buf key = { 0 };
	enum store_problem problem;

	name_write_key(username, &key);
	problem = find_account(accounts, ACCOUNTS_FIND_USERNAME, value_text(buf_str(&key)),
		account_out, is_found_out);
	buf_finish(&key);
	return problem;
}

enum store_problem accounts_find_owner(struct accounts *accounts, struct str name,
	uint8_t id_out[static USER_ID_SIZE], bool *is_found_out)
{
	struct buf skeleton = { 0 };
	sqlite3_stmt *row;

	name_write_skeleton(name, &skeleton);
	memset(id_out, 0, USER_ID_SIZE);
	accounts_begin(accounts, ACCOUNTS_READ);
	row = accounts_find(accounts, ACCOUNTS_FIND_OWNER, VALUES(value_text(buf_str(&skeleton))));
	*is_found_out = row != NULL;
	if (row != NULL)
		accounts_take_blob(accounts, row, 0, id_out, USER_ID_SIZE);
	accounts_leave(row);
	buf_finish(&skeleton);
	return accounts_end(accounts, true);
}

enum store_problem accounts_judge_guest(struct accounts *accounts, const struct user *guest,
	bool *id_is_taken_out, bool *name_is_taken_out)
{
	struct buf skeleton = { 0 };
	sqlite3_stmt *row;

	name_write_skeleton(str_from(guest->name), &skeleton);
	accounts_begin(accounts, ACCOUNTS_READ);
	row = accounts_find(accounts, ACCOUNTS_JUDGE_GUEST,
		VALUES(VALUE_ID(guest->id), value_text(buf_str(&skeleton))));
	/* Who cannot tell says yes. */
	*id_is_taken_out = row == NULL || sqlite3_column_int(row, 0) != 0;
	*name_is_taken_out = row == NULL || sqlite3_column_int(row, 1) != 0;
	accounts_leave(row);
	buf_finish(&skeleton);
	return accounts_end(accounts, true);
}

enum store_problem accounts_list(struct accounts *accounts, struct str after, size_t limit,
	bool (*visit)(void *context, const struct account *account), void *context)
{
	struct account account;
	struct buf key = { 0 };
	sqlite3_stmt *row;

	name_write_key(after, &key);
	accounts_begin(accounts, ACCOUNTS_READ);
	row = accounts_find(accounts, ACCOUNTS_LIST,
		VALUES(value_text(buf_str(&key)), value_number(database_clamp(limit))));
	for (; row != NULL; row = accounts_next(accounts, row)) {
		accounts_take_account(accounts, row, 0, &account);
		if (accounts->problem != STORE_OK || !visit(context, &account))
			break;
	}
	accounts_leave(row);
	buf_finish(&key);
	return accounts_end(accounts, true);
}
