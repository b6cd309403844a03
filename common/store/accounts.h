/* SPDX-License-Identifier: MIT */
/* accounts.db: who has an account. A connection belongs to one thread at a time. The pages and
 * roomwire-manage write; the broker reads. Every function is one transaction: what it visits calls
 * none of them. Names come in normal form (common/name.h); times are milliseconds of the wall
 * clock. Sessions, invites and penalties are in files of their own beside this one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/str.h"
#include "common/password.h"
#include "common/store/problem.h"
#include "common/user.h"

enum accounts_mode { ACCOUNTS_READ, ACCOUNTS_WRITE };

struct accounts;

/* Opens path; ACCOUNTS_WRITE makes and migrates it where that is needed (forward only, after a copy
 * to PATH.v<version>), ACCOUNTS_READ makes nothing. NULL with the cause, and with errno where the
 * system was it (ENOENT with STORE_DENIED: nothing there yet), else 0. The caller owns it. */
struct accounts *accounts_open(const char *path, enum accounts_mode mode,
	enum store_problem *problem_out) __attribute__((warn_unused_result));
/* NULL is fine. */
void accounts_close(struct accounts *accounts);
/* How long a call may wait for another process. Starts with 5000 ms, of a reader with 50, as
 * opening it does: who reads only must not be held up. */
void accounts_set_patience(struct accounts *accounts, int wait_ms);
/* STORE_GONE when path is not the file that is open. */
enum store_problem accounts_check_file(const struct accounts *accounts)
	__attribute__((warn_unused_result));
/* False for a file without a log: what was read of it is out of date as soon as somebody writes,
 * and only accounts_check_file tells. */
bool accounts_follow(const struct accounts *accounts);
/* Of the last call that failed, in SQLite's words, for logs. Borrowed until the next call. */
const char *accounts_error_text(const struct accounts *accounts);
/* Who changes accounts, sessions, invites and keys by a connection, for the audit log. */
struct audit_author {
	const uint8_t *user; /* USER_ID_SIZE bytes; NULL: the site itself */
	struct str name; /* "" where there is none */
	const char *via; /* "admin", "api", "shell" */
};

/* From now on such changes are written into the audit log, each in its own transaction. Borrows
 * author until another is set. NULL, as at the start: they are people's own business. */
void accounts_set_author(struct accounts *accounts, const struct audit_author *author);
/* Changes whenever another connection has committed. Costs no look at the disk. */
enum store_problem accounts_read_version(struct accounts *accounts, int64_t *version_out)
	__attribute__((warn_unused_result));

struct account {
	struct user user; /* its id; what others read */
	char username[USER_NAME_SIZE]; /* as typed when it was registered; logs in */
	char password[PASSWORD_HASH_SIZE]; /* "": nobody logs in with one */
	bool is_superuser;
	bool is_active; /* else banned; it keeps its name */
	int64_t joined_ms;
	int64_t last_login_ms; /* 0: never */
};

/* What becomes of a change that may be against the rules. */
enum account_result {
	ACCOUNT_DONE,
	ACCOUNT_NAME_TAKEN, /* by another account's name, or one that looks like it */
	ACCOUNT_ID_TAKEN, /* the id has an account, or had one */
	ACCOUNT_NO_INVITE, /* the invite is unknown, over, or used up */
	ACCOUNT_UNKNOWN, /* no account has this id (any more) */
	ACCOUNT_CHANGED, /* somebody else was faster */
	ACCOUNT_FORBIDDEN, /* the author is no superuser any more */
};

/* is_found_out: account_out is filled. Look-ups of one account by one of its names. */
enum store_problem accounts_find_id(struct accounts *accounts,
	const uint8_t id[static USER_ID_SIZE], struct account *account_out, bool *is_found_out)
	__attribute__((warn_unused_result));
/* Any case and any Unicode form of the user name (common/name_key.h). */
enum store_problem accounts_find_username(struct accounts *accounts, struct str username,
	struct account *account_out, bool *is_found_out) __attribute__((warn_unused_result));
/* Whose user name or display name is equal to a name or looks like it; zero when nobody's is. */
enum store_problem accounts_find_owner(struct accounts *accounts, struct str name,
	uint8_t id_out[static USER_ID_SIZE], bool *is_found_out)
	__attribute__((warn_unused_result));
/* What stands against a guest: an account has its id, or had it, or has a name that its name equals
 * or looks like. Both are true when it fails. */
enum store_problem accounts_judge_guest(struct accounts *accounts, const struct user *guest,
	bool *id_is_taken_out, bool *name_is_taken_out) __attribute__((warn_unused_result));
/* Accounts behind a user name, in order; ends when visit returns false. */
enum store_problem accounts_list(struct accounts *accounts, struct str after, size_t limit,
	bool (*visit)(void *context, const struct account *account), void *context)
	__attribute__((warn_unused_result));

/* invite_hash: the invite that is used up for it, or NULL. The user's sockets as a guest are
 * revoked. */
enum store_problem accounts_add(struct accounts *accounts, const struct account *account,
	const uint8_t *invite_hash, enum account_result *result_out)
	__attribute__((warn_unused_result));
/* What others read. Revokes the account's sockets, which come back with the new name. */
enum store_problem accounts_set_display_name(struct accounts *accounts,
	const uint8_t id[static USER_ID_SIZE], struct str name, int64_t now_ms,
	enum account_result *result_out) __attribute__((warn_unused_result));
/* The same password at another cost: ACCOUNT_CHANGED unless old_hash is still the account's. */
enum store_problem accounts_rehash_password(struct accounts *accounts,
	const uint8_t id[static USER_ID_SIZE], const char *old_hash, const char *new_hash,
	enum account_result *result_out) __attribute__((warn_unused_result));

struct session_row;

/* Another password: all sessions end, and their sockets; the one who changed it goes on with
 * session (NULL: with none), unless banned meanwhile (ACCOUNT_UNKNOWN). old_hash as above, NULL:
 * whatever it is. */
enum store_problem accounts_change_password(struct accounts *accounts,
	const uint8_t id[static USER_ID_SIZE], const char *old_hash, const char *new_hash,
	const struct session_row *session, int64_t now_ms, enum account_result *result_out)
	__attribute__((warn_unused_result));
/* Rights change: all its sessions end, and their sockets. An author with an account is looked at
 * once more in the same transaction, here and in accounts_delete: of two superusers who demote each
 * other, one stays. */
enum store_problem accounts_set_rights(struct accounts *accounts,
	const uint8_t id[static USER_ID_SIZE], bool is_superuser, bool is_active, int64_t now_ms,
	enum account_result *result_out) __attribute__((warn_unused_result));
/* With its sessions. What it has said stays, so its id is nobody's for ever. */
enum store_problem accounts_delete(struct accounts *accounts, const uint8_t id[static USER_ID_SIZE],
	int64_t now_ms, enum account_result *result_out) __attribute__((warn_unused_result));
