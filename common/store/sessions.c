/* SPDX-License-Identifier: MIT */
/* Sessions as rows. An account has a bounded number of them: the ones that were not seen for the
 * longest time end first. */
#include "common/store/sessions.h"

#include <string.h>

#include "common/store/accounts_private.h"

#define SESSIONS_MAX 100 /* of an account: more devices than anybody has */

/* Columns of a row. */
enum { SESSION_COLUMN, ACCOUNT_COLUMN = 6 };

void sessions_insert(struct accounts *accounts, const struct session_row *session,
	const uint8_t account[static USER_ID_SIZE])
{
	revocations_end_sessions(accounts, ACCOUNTS_END_TOO_MANY_SESSIONS,
		VALUES(VALUE_ID(account), value_number(SESSIONS_MAX - 1)), session->created_ms);
	accounts_run(accounts, ACCOUNTS_ADD_SESSION,
		VALUES(VALUE_HASH(session->key_hash), VALUE_ID(account),
			value_number(session->created_ms), value_number(session->seen_ms),
			value_text(str_from(session->address)),
			value_text(str_from(session->agent))));
}

static void forget_origin(
	struct accounts *accounts, const struct session_origin *origin, int64_t now_ms)
{
	struct revocation guest = { .kind = REVOKED_USER, .key = origin->guest_id };

	if (origin->key_hash != NULL)
		revocations_end_sessions(accounts, ACCOUNTS_END_SESSION,
			VALUES(VALUE_HASH(origin->key_hash), value_blob(NULL, 0)), now_ms);
	if (origin->guest_id != NULL)
		revocations_add(accounts, &guest, now_ms);
}

enum store_problem sessions_add(struct accounts *accounts, const struct session_row *session,
	const char *password_hash, const struct session_origin *origin,
	enum account_result *result_out)
{
	accounts_begin(accounts, ACCOUNTS_WRITE);
	*result_out = accounts_judge_password(accounts, session->account, password_hash, true);
	if (*result_out == ACCOUNT_DONE) {
		if (origin != NULL)
			forget_origin(accounts, origin, session->created_ms);
		sessions_insert(accounts, session, session->account);
		accounts_run(accounts, ACCOUNTS_SET_LAST_LOGIN,
			VALUES(VALUE_ID(session->account), value_number(session->created_ms)));
	}
	return accounts_end(accounts, *result_out == ACCOUNT_DONE);
}

static void take_session(
	struct accounts *accounts, sqlite3_stmt *row, struct session_row *session_out)
{
	struct session_row *session = session_out;
	int column = SESSION_COLUMN;

	accounts_take_blob(accounts, row, column, session->key_hash, sizeof(session->key_hash));
	accounts_take_blob(accounts, row, column + 1, session->account, sizeof(session->account));
	session->created_ms = sqlite3_column_int64(row, column + 2);
	session->seen_ms = sqlite3_column_int64(row, column + 3);
	accounts_take_text(accounts, row, column + 4, session->address, sizeof(session->address));
	accounts_take_text(accounts, row, column + 5, session->agent, sizeof(session->agent));
}

enum store_problem sessions_find(struct accounts *accounts,
	const uint8_t key_hash[static SESSION_HASH_SIZE], struct session_row *session_out,
	struct account *account_out, bool *is_found_out)
{
	sqlite3_stmt *row;

	accounts_begin(accounts, ACCOUNTS_READ);
	row = accounts_find(accounts, ACCOUNTS_FIND_SESSION, VALUES(VALUE_HASH(key_hash)));
	*is_found_out = row != NULL;
	if (row != NULL) {
		take_session(accounts, row, session_out);
		accounts_take_account(accounts, row, ACCOUNT_COLUMN, account_out);
	}
	accounts_leave(row);
	return accounts_end(accounts, true);
}

enum store_problem sessions_list(struct accounts *accounts, const uint8_t *account, size_t limit,
	bool (*visit)(void *context, const struct session_row *session), void *context)
{
	struct value values[] = { VALUE_ID(account), value_number(database_clamp(limit)) };
	struct session_row session;
	sqlite3_stmt *row;

	accounts_begin(accounts, ACCOUNTS_READ);
	if (account != NULL)
		row = accounts_find(accounts, ACCOUNTS_LIST_SESSIONS, values);
	else
		row = accounts_find(accounts, ACCOUNTS_LIST_ALL_SESSIONS, &values[1]);
	for (; row != NULL; row = accounts_next(accounts, row)) {
		take_session(accounts, row, &session);
		if (accounts->problem != STORE_OK || !visit(context, &session))
			break;
	}
	accounts_leave(row);
	return accounts_end(accounts, true);
}

static void note_end(struct accounts *accounts, const uint8_t *account, size_t count)
{
	struct buf detail = { 0 };

	buf_append_number(&detail, (int64_t)count);
	if (account != NULL)
		audit_note_account(accounts, "session purge", account, buf_str(&detail));
	else
		audit_note(accounts, "session purge", STR_OF(""), buf_str(&detail));
	buf_finish(&detail);
}

/* A transaction of its own. account: whose they are; NULL: anybody's. count_out may be NULL. */
static enum store_problem end_sessions(struct accounts *accounts, enum accounts_statement which,
	const struct value *values, const uint8_t *account, int64_t now_ms, size_t *count_out)
{
	size_t count;

	accounts_begin(accounts, ACCOUNTS_WRITE);
	count = revocations_end_sessions(accounts, which, values, now_ms);
	note_end(accounts, account, count);
	if (count_out != NULL)
		*count_out = count;
	return accounts_end(accounts, true);
}

enum store_problem sessions_remove(struct accounts *accounts,
	const uint8_t key_hash[static SESSION_HASH_SIZE],
	const uint8_t account[static USER_ID_SIZE], int64_t now_ms)
{
	return end_sessions(accounts, ACCOUNTS_END_SESSION,
		VALUES(VALUE_HASH(key_hash), VALUE_ID(account)), account, now_ms, NULL);
}

enum store_problem sessions_remove_others(struct accounts *accounts,
	const uint8_t account[static USER_ID_SIZE], const uint8_t *kept_key_hash, int64_t now_ms,
	size_t *count_out)
{
	return end_sessions(accounts, ACCOUNTS_END_OTHER_SESSIONS,
		VALUES(VALUE_ID(account), VALUE_HASH(kept_key_hash)), account, now_ms, count_out);
}

enum store_problem sessions_purge(struct accounts *accounts, int64_t created_before_ms,
	int64_t seen_before_ms, int64_t now_ms, size_t *count_out)
{
	return end_sessions(accounts, ACCOUNTS_END_OLD_SESSIONS,
		VALUES(value_number(created_before_ms), value_number(seen_before_ms)), NULL, now_ms,
		count_out);
}

enum store_problem sessions_touch(struct accounts *accounts,
	const uint8_t (*key_hashes)[SESSION_HASH_SIZE], size_t count, int64_t seen_ms)
{
	accounts_begin(accounts, ACCOUNTS_WRITE);
	for (size_t i = 0; i < count; i++)
		accounts_run(accounts, ACCOUNTS_TOUCH_SESSION,
			VALUES(VALUE_HASH(key_hashes[i]), value_number(seen_ms)));
	return accounts_end(accounts, true);
}
