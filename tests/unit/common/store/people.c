/* SPDX-License-Identifier: MIT */
#include "tests/unit/common/store/people.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

struct accounts *people_open(const struct folder *folder, enum accounts_mode mode)
{
	enum store_problem problem;
	struct accounts *accounts = accounts_open(
		folder_path(folder, "accounts.db"), mode, &problem);

	assert_int_equal(problem, STORE_OK);
	assert_non_null(accounts);
	return accounts;
}

struct account people_person(const char *name)
{
	struct account account = {
		.password = "hash", .is_active = true, .joined_ms = PEOPLE_NOW_MS
	};

	snprintf((char *)account.user.id, sizeof(account.user.id), "%s", name);
	snprintf(account.user.name, sizeof(account.user.name), "%s", name);
	snprintf(account.username, sizeof(account.username), "%s", name);
	return account;
}

enum account_result people_add(struct accounts *accounts, const struct account *account)
{
	enum account_result result;

	assert_int_equal(accounts_add(accounts, account, NULL, &result), STORE_OK);
	return result;
}

struct account people_join(struct accounts *accounts, const char *name)
{
	struct account account = people_person(name);

	assert_int_equal(people_add(accounts, &account), ACCOUNT_DONE);
	return account;
}

struct session_row people_session(const struct account *account, int number)
{
	struct session_row session = {
		.created_ms = PEOPLE_NOW_MS,
		.seen_ms = PEOPLE_NOW_MS,
		.address = "192.0.2.7",
	};

	snprintf((char *)session.key_hash, sizeof(session.key_hash), "%d", number);
	snprintf(session.agent, sizeof(session.agent), "Browser %d", number);
	memcpy(session.account, account->user.id, sizeof(session.account));
	return session;
}

struct session_row people_login(
	struct accounts *accounts, const struct account *account, int number)
{
	struct session_row session = people_session(account, number);
	enum account_result result;

	assert_int_equal(sessions_add(accounts, &session, NULL, NULL, &result), STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	return session;
}

bool people_is_logged_in(struct accounts *accounts, const struct session_row *session)
{
	struct session_row row;
	struct account account;
	bool is_found;

	assert_int_equal(
		sessions_find(accounts, session->key_hash, &row, &account, &is_found), STORE_OK);
	return is_found;
}

bool people_has(struct accounts *accounts, const struct account *account)
{
	struct account found = { 0 };
	bool is_found;

	assert_int_equal(accounts_find_id(accounts, account->user.id, &found, &is_found), STORE_OK);
	return is_found && strcmp(found.user.name, account->user.name) == 0 &&
	       strcmp(found.username, account->username) == 0 &&
	       strcmp(found.password, account->password) == 0 &&
	       found.is_superuser == account->is_superuser &&
	       found.is_active == account->is_active && found.joined_ms == account->joined_ms &&
	       found.last_login_ms == account->last_login_ms;
}

static void write_revocation(void *context, const struct revocation *revocation)
{
	const char *word = revocation->kind == REVOKED_SESSION ? "session" : "user";

	buf_append_format(context, "%s%s %s", ((struct buf *)context)->len == 0 ? "" : ", ",
		revocation->is_ban ? "ban" : word, (const char *)revocation->key);
}

const char *people_revoked(struct accounts *accounts, int64_t *last_id)
{
	static char text[512];
	struct buf words = { 0 };
	bool is_complete;

	assert_int_equal(
		revocations_read(accounts, last_id, write_revocation, &words, &is_complete),
		STORE_OK);
	snprintf(text, sizeof(text), "%s%s", buf_text(&words), is_complete ? "" : " gap");
	buf_finish(&words);
	return text;
}
