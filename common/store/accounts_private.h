/* SPDX-License-Identifier: MIT */
/* What the files over accounts.db share. A call is a transaction: begin, statements with their
 * values, end. The first failure is kept, and what comes after it does nothing, so that it is
 * looked at once, at the end. Statements are constant, prepared when they are first needed, and
 * kept. */
#pragma once

#include "common/store/accounts.h"
#include "common/store/database.h"
#include "common/store/invites.h"
#include "common/store/sessions.h"

#define ACCOUNTS_APPLICATION_ID 0x526d4163 /* "RmAc" */

enum accounts_statement {
	ACCOUNTS_BEGIN_READING,
	ACCOUNTS_BEGIN_WRITING,
	ACCOUNTS_COMMIT,
	ACCOUNTS_READ_VERSION,
	ACCOUNTS_FIND_ID,
	ACCOUNTS_FIND_OWNER,
	ACCOUNTS_JUDGE_GUEST,
	ACCOUNTS_FIND_SESSION,
	ACCOUNTS_READ_REVOCATIONS,
	ACCOUNTS_FIND_ROOM,
	ACCOUNTS_FIND_ROLE,
	ACCOUNTS_FIND_SANCTIONS,
	ACCOUNTS_FIND_PREFIX,
	ACCOUNTS_READ_ROOM_CHANGES,
	ACCOUNTS_CORE_COUNT,
	ACCOUNTS_FIND_USERNAME = ACCOUNTS_CORE_COUNT,
	ACCOUNTS_LIST,
	ACCOUNTS_JUDGE_ID,
	ACCOUNTS_JUDGE_PASSWORD,
	ACCOUNTS_ADD,
	ACCOUNTS_TAKE_NAME,
	ACCOUNTS_FREE_NAMES,
	ACCOUNTS_SET_DISPLAY_NAME,
	ACCOUNTS_SET_PASSWORD,
	ACCOUNTS_SET_RIGHTS,
	ACCOUNTS_SET_LAST_LOGIN,
	ACCOUNTS_DELETE,
	ACCOUNTS_ADD_FORMER,
	ACCOUNTS_ADD_SESSION,
	ACCOUNTS_LIST_SESSIONS,
	ACCOUNTS_LIST_ALL_SESSIONS,
	ACCOUNTS_TOUCH_SESSION,
	ACCOUNTS_END_SESSION,
	ACCOUNTS_END_OTHER_SESSIONS,
	ACCOUNTS_END_OLD_SESSIONS,
	ACCOUNTS_END_TOO_MANY_SESSIONS,
	ACCOUNTS_DELETE_SESSIONS,
	ACCOUNTS_READ_NEWEST,
	ACCOUNTS_REVOKE,
	ACCOUNTS_FORGET_REVOCATIONS,
	ACCOUNTS_ADD_INVITE,
	ACCOUNTS_FIND_INVITE,
	ACCOUNTS_LIST_INVITES,
	ACCOUNTS_USE_INVITE,
	ACCOUNTS_REMOVE_INVITE,
	ACCOUNTS_PURGE_INVITES,
	ACCOUNTS_FIND_PENALTY,
	ACCOUNTS_SET_PENALTY,
	ACCOUNTS_REFUND_PENALTY,
	ACCOUNTS_REMOVE_PENALTY,
	ACCOUNTS_FORGET_PENALTIES,
	ACCOUNTS_BOUND_PENALTIES,
	ACCOUNTS_FIND_KNOWN_SOURCE,
	ACCOUNTS_KNOW_SOURCE,
	ACCOUNTS_BOUND_KNOWN_SOURCES,
	ACCOUNTS_ADD_API_KEY,
	ACCOUNTS_FIND_API_KEY,
	ACCOUNTS_LIST_API_KEYS,
	ACCOUNTS_REMOVE_API_KEY,
	ACCOUNTS_TOUCH_API_KEY,
	ACCOUNTS_PURGE_API_KEYS,
	ACCOUNTS_SET_ROOM,
	ACCOUNTS_SET_ROLE,
	ACCOUNTS_REMOVE_ROLE,
	ACCOUNTS_COUNT_ROLES,
	ACCOUNTS_COUNT_OWNED,
	ACCOUNTS_FIND_NAMED_ROLE,
	ACCOUNTS_FIND_ROOM_OWNER,
	ACCOUNTS_FORGET_ROLES,
	ACCOUNTS_ADD_SANCTION,
	ACCOUNTS_REMOVE_SANCTION,
	ACCOUNTS_FIND_SAME_SANCTION,
	ACCOUNTS_FIND_LIFTED,
	ACCOUNTS_LIFT,
	ACCOUNTS_FIND_NAMED_SANCTION,
	ACCOUNTS_COUNT_SANCTIONS,
	ACCOUNTS_COUNT_ALL_SANCTIONS,
	ACCOUNTS_PURGE_SANCTIONS,
	ACCOUNTS_FORGET_SANCTIONS,
	ACCOUNTS_ADD_ROOM_CHANGE,
	ACCOUNTS_FORGET_ROOM_CHANGES,
	ACCOUNTS_LIST_ROOMS,
	ACCOUNTS_LIST_ROLES,
	ACCOUNTS_LIST_ALL_ROLES,
	ACCOUNTS_LIST_SANCTIONS,
	ACCOUNTS_ADD_AUDIT,
	ACCOUNTS_BOUND_AUDIT,
	ACCOUNTS_LIST_AUDIT,
	ACCOUNTS_STATEMENT_COUNT,
};

struct accounts {
	struct database database;
	enum store_problem problem; /* of the call that goes on */
	const struct audit_author
		*author; /* NULL: what is done is not written into the audit log */
	sqlite3_stmt *statements[ACCOUNTS_STATEMENT_COUNT]; /* NULL until it is needed */
};

/* What a statement is about: borrowed until it has run, or was read. */
struct value {
	enum { VALUE_NUMBER, VALUE_TEXT, VALUE_BLOB } kind;
	int64_t number;
	const void *data; /* of a blob NULL: none */
	size_t len;
};

struct value value_number(int64_t number);
struct value value_text(struct str text);
struct value value_blob(const void *data, size_t len);

/* ?1, ?2 …, all that the statement has. */
#define VALUES(...) ((const struct value[]){ __VA_ARGS__ })
#define VALUE_ID(id) value_blob((id), USER_ID_SIZE)
#define VALUE_HASH(hash) value_blob((hash), SESSION_HASH_SIZE)

void accounts_begin(struct accounts *accounts, enum accounts_mode mode);
/* Commits unless something has failed or is_wanted is not set. */
enum store_problem accounts_end(struct accounts *accounts, bool is_wanted)
	__attribute__((warn_unused_result));
/* For a statement without rows: how many it has changed. */
int64_t accounts_run(
	struct accounts *accounts, enum accounts_statement which, const struct value *values);
/* The first row, or NULL; the caller goes on to the next, or is done with it. */
sqlite3_stmt *accounts_find(struct accounts *accounts, enum accounts_statement which,
	const struct value *values) __attribute__((warn_unused_result));
/* NULL behind the last. */
sqlite3_stmt *accounts_next(struct accounts *accounts, sqlite3_stmt *row)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void accounts_leave(sqlite3_stmt *row);
/* Whether there is a row. */
bool accounts_has(struct accounts *accounts, enum accounts_statement which,
	const struct value *values) __attribute__((warn_unused_result));
/* Copies of what a row has; one that cannot be ours is STORE_CORRUPT and zeros. */
void accounts_take_blob(
	struct accounts *accounts, sqlite3_stmt *row, int column, uint8_t *out, size_t size);
void accounts_take_text(
	struct accounts *accounts, sqlite3_stmt *row, int column, char *out, size_t size);
void accounts_take_account(
	struct accounts *accounts, sqlite3_stmt *row, int column, struct account *account_out);
/* Finds an account and copies it. */
bool accounts_take(struct accounts *accounts, enum accounts_statement which, struct value value,
	struct account *account_out) __attribute__((warn_unused_result));
void accounts_finalize_statements(struct accounts *accounts);
/* All of the core, so that a damaged schema is found when the file is opened. */
enum store_problem accounts_prepare_core(struct accounts *accounts)
	__attribute__((warn_unused_result));

/* What they do belongs to the transaction of the caller. */

/* ACCOUNT_UNKNOWN: there is none; ACCOUNT_CHANGED: its password is another (NULL: any is right). */
enum account_result accounts_judge_password(struct accounts *accounts,
	const uint8_t id[static USER_ID_SIZE], const char *password_hash, bool must_be_active)
	__attribute__((warn_unused_result));
void sessions_insert(struct accounts *accounts, const struct session_row *session,
	const uint8_t account[static USER_ID_SIZE]);
/* False when it is unknown, over, or used up. */
bool invites_use(struct accounts *accounts, const uint8_t token_hash[static INVITE_HASH_SIZE],
	int64_t now_ms) __attribute__((warn_unused_result));
void revocations_add(
	struct accounts *accounts, const struct revocation *revocation, int64_t now_ms);
/* Of a statement that deletes sessions: leaves a revocation of each. Returns how many. */
size_t revocations_end_sessions(struct accounts *accounts, enum accounts_statement which,
	const struct value *values, int64_t now_ms);
/* What the author of the connection does, if there is one: "user ban", to whom. */
void audit_note(
	struct accounts *accounts, const char *action, struct str subject, struct str detail);
/* The same to an account, under the name that it logs in with. */
void audit_note_account(struct accounts *accounts, const char *action,
	const uint8_t id[static USER_ID_SIZE], struct str detail);
