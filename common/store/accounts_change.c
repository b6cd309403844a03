/* SPDX-License-Identifier: MIT */
/* Making accounts and changing them. What concerns the sockets of an account leaves a revocation of
 * its user behind. */
#include "common/name_key.h"
#include "common/store/accounts_private.h"

#include <string.h>

static void revoke_user(struct accounts *accounts, const uint8_t id[static USER_ID_SIZE],
	bool is_ban, int64_t now_ms)
{
	struct revocation revocation = { .kind = REVOKED_USER, .is_ban = is_ban, .key = id };

	revocations_add(accounts, &revocation, now_ms);
}

/* Whether it is the account's from now on. */
static bool take_name(
	struct accounts *accounts, const uint8_t id[static USER_ID_SIZE], struct str name)
{
	struct buf skeleton = { 0 };
	uint8_t owner[USER_ID_SIZE] = { 0 };
	sqlite3_stmt *row;

	name_write_skeleton(name, &skeleton);
	accounts_run(
		accounts, ACCOUNTS_TAKE_NAME, VALUES(value_text(buf_str(&skeleton)), VALUE_ID(id)));
	row = accounts_find(accounts, ACCOUNTS_FIND_OWNER, VALUES(value_text(buf_str(&skeleton))));
	if (row != NULL)
		accounts_take_blob(accounts, row, 0, owner, sizeof(owner));
	accounts_leave(row);
	buf_finish(&skeleton);
	return memcmp(owner, id, sizeof(owner)) == 0;
}

/* False when its user name is another's. */
static bool insert_account(struct accounts *accounts, const struct account *account)
{
	struct buf key = { 0 };
	int64_t count;

	name_write_key(str_from(account->username), &key);
	count = accounts_run(accounts, ACCOUNTS_ADD,
		VALUES(VALUE_ID(account->user.id), value_text(str_from(account->user.name)),
			value_text(str_from(account->username)),
			value_text(str_from(account->password)),
			value_number(account->is_superuser), value_number(account->is_active),
			value_number(account->joined_ms), value_number(account->last_login_ms),
			value_text(buf_str(&key))));
	buf_finish(&key);
	return count > 0;
}

static enum account_result add_account(
	struct accounts *accounts, const struct account *account, const uint8_t *invite_hash)
{
	const uint8_t *id = account->user.id;

	if (invite_hash != NULL && !invites_use(accounts, invite_hash, account->joined_ms))
		return ACCOUNT_NO_INVITE;
	if (accounts_has(accounts, ACCOUNTS_JUDGE_ID, VALUES(VALUE_ID(id))))
		return ACCOUNT_ID_TAKEN;
	if (!insert_account(accounts, account) ||
		!take_name(accounts, id, str_from(account->username)) ||
		!take_name(accounts, id, str_from(account->user.name)))
		return ACCOUNT_NAME_TAKEN;
	revoke_user(accounts, id, false, account->joined_ms);
	audit_note(accounts, "user add", str_from(account->username),
		account->is_superuser ? STR_OF("superuser") : STR_OF(""));
	return ACCOUNT_DONE;
}

enum store_problem accounts_add(struct accounts *accounts, const struct account *account,
	const uint8_t *invite_hash, enum account_result *result_out)
{
	accounts_begin(accounts, ACCOUNTS_WRITE);
	*result_out = add_account(accounts, account, invite_hash);
	return accounts_end(accounts, *result_out == ACCOUNT_DONE);
}

static enum account_result set_display_name(struct accounts *accounts,
	const uint8_t id[static USER_ID_SIZE], struct str name, int64_t now_ms)
{
	struct account account;

	if (!accounts_take(accounts, ACCOUNTS_FIND_ID, VALUE_ID(id), &account))
		return ACCOUNT_UNKNOWN;
	accounts_run(accounts, ACCOUNTS_FREE_NAMES, VALUES(VALUE_ID(id)));
	accounts_run(accounts, ACCOUNTS_SET_DISPLAY_NAME, VALUES(VALUE_ID(id), value_text(name)));
	if (!take_name(accounts, id, str_from(account.username)) || !take_name(accounts, id, name))
		return ACCOUNT_NAME_TAKEN;
	revoke_user(accounts, id, false, now_ms);
	audit_note_account(accounts, "user rename", id, name);
	return ACCOUNT_DONE;
}

enum store_problem accounts_set_display_name(struct accounts *accounts,
	const uint8_t id[static USER_ID_SIZE], struct str name, int64_t now_ms,
	enum account_result *result_out)
{
	accounts_begin(accounts, ACCOUNTS_WRITE);
	*result_out = set_display_name(accounts, id, name, now_ms);
	return accounts_end(accounts, *result_out == ACCOUNT_DONE);
}

enum account_result accounts_judge_password(struct accounts *accounts,
	const uint8_t id[static USER_ID_SIZE], const char *password_hash, bool must_be_active)
{
	sqlite3_stmt *row = accounts_find(accounts, ACCOUNTS_JUDGE_PASSWORD, VALUES(VALUE_ID(id)));
	enum account_result result = ACCOUNT_DONE;

	if (row == NULL || (must_be_active && sqlite3_column_int(row, 0) == 0))
		result = ACCOUNT_UNKNOWN;
	else if (password_hash != NULL && !str_is(database_column_text(row, 1), password_hash))
		result = ACCOUNT_CHANGED;
	accounts_leave(row);
	return result;
}

static void set_password(
	struct accounts *accounts, const uint8_t id[static USER_ID_SIZE], const char *hash)
{
	accounts_run(
		accounts, ACCOUNTS_SET_PASSWORD, VALUES(VALUE_ID(id), value_text(str_from(hash))));
}

enum store_problem accounts_rehash_password(struct accounts *accounts,
	const uint8_t id[static USER_ID_SIZE], const char *old_hash, const char *new_hash,
	enum account_result *result_out)
{
	accounts_begin(accounts, ACCOUNTS_WRITE);
	*result_out = accounts_judge_password(accounts, id, old_hash, false);
	if (*result_out == ACCOUNT_DONE)
		set_password(accounts, id, new_hash);
	return accounts_end(accounts, *result_out == ACCOUNT_DONE);
}

enum store_problem accounts_change_password(struct accounts *accounts,
	const uint8_t id[static USER_ID_SIZE], const char *old_hash, const char *new_hash,
	const struct session_row *session, int64_t now_ms, enum account_result *result_out)
{
	accounts_begin(accounts, ACCOUNTS_WRITE);
	*result_out = accounts_judge_password(accounts, id, old_hash, session != NULL);
	if (*result_out == ACCOUNT_DONE) {
		set_password(accounts, id, new_hash);
		accounts_run(accounts, ACCOUNTS_DELETE_SESSIONS, VALUES(VALUE_ID(id)));
		revoke_user(accounts, id, false, now_ms);
		if (session != NULL)
			sessions_insert(accounts, session, id);
		audit_note_account(accounts, "changepassword", id, STR_OF(""));
	}
	return accounts_end(accounts, *result_out == ACCOUNT_DONE);
}

/* Of those that change only. */
static void note_rights(struct accounts *accounts, const uint8_t id[static USER_ID_SIZE],
	bool is_superuser, bool is_active)
{
	struct account account;

	if (accounts->author == NULL ||
		!accounts_take(accounts, ACCOUNTS_FIND_ID, VALUE_ID(id), &account))
		return;
	if (account.is_superuser != is_superuser)
		audit_note_account(
			accounts, is_superuser ? "user promote" : "user demote", id, STR_OF(""));
	if (account.is_active != is_active)
		audit_note_account(accounts, is_active ? "user unban" : "user ban", id, STR_OF(""));
}

/* A shell's author has no account. */
static bool author_may(struct accounts *accounts)
{
	struct account account;

	if (accounts->author == NULL || accounts->author->user == NULL)
		return true;
	return accounts_take(
		       accounts, ACCOUNTS_FIND_ID, VALUE_ID(accounts->author->user), &account) &&
	       account.is_superuser && account.is_active;
}

static enum account_result set_rights(struct accounts *accounts,
	const uint8_t id[static USER_ID_SIZE], bool is_superuser, bool is_active, int64_t now_ms)
{
	if (!author_may(accounts))
		return ACCOUNT_FORBIDDEN;
	note_rights(accounts, id, is_superuser, is_active);
	if (accounts_run(accounts, ACCOUNTS_SET_RIGHTS,
		    VALUES(VALUE_ID(id), value_number(is_superuser), value_number(is_active))) == 0)
		return ACCOUNT_UNKNOWN;
	accounts_run(accounts, ACCOUNTS_DELETE_SESSIONS, VALUES(VALUE_ID(id)));
	revoke_user(accounts, id, !is_active, now_ms);
	return ACCOUNT_DONE;
}

enum store_problem accounts_set_rights(struct accounts *accounts,
	const uint8_t id[static USER_ID_SIZE], bool is_superuser, bool is_active, int64_t now_ms,
	enum account_result *result_out)
{
	accounts_begin(accounts, ACCOUNTS_WRITE);
	*result_out = set_rights(accounts, id, is_superuser, is_active, now_ms);
	return accounts_end(accounts, *result_out == ACCOUNT_DONE);
}

static enum account_result delete_account(
	struct accounts *accounts, const uint8_t id[static USER_ID_SIZE], int64_t now_ms)
{
	if (!author_may(accounts))
		return ACCOUNT_FORBIDDEN;
	audit_note_account(accounts, "user delete", id, STR_OF(""));
	if (accounts_run(accounts, ACCOUNTS_DELETE, VALUES(VALUE_ID(id))) == 0)
		return ACCOUNT_UNKNOWN;
	accounts_run(accounts, ACCOUNTS_ADD_FORMER, VALUES(VALUE_ID(id)));
	accounts_run(accounts, ACCOUNTS_FORGET_ROLES, VALUES(VALUE_ID(id)));
	accounts_run(accounts, ACCOUNTS_FORGET_SANCTIONS, VALUES(VALUE_ID(id)));
	revoke_user(accounts, id, false, now_ms);
	return ACCOUNT_DONE;
}

enum store_problem accounts_delete(struct accounts *accounts, const uint8_t id[static USER_ID_SIZE],
	int64_t now_ms, enum account_result *result_out)
{
	accounts_begin(accounts, ACCOUNTS_WRITE);
	*result_out = delete_account(accounts, id, now_ms);
	return accounts_end(accounts, *result_out == ACCOUNT_DONE);
}
