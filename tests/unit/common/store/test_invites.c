/* SPDX-License-Identifier: MIT */
/* Invites are good so often and so long, and no invite is used up for nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/store/invites.h"
#include "tests/unit/common/store/people.h"

#define HOUR_MS (60 * 60 * 1000)

/* For an hour from then on. */
static struct invite make_invite(const char *token, int64_t created_ms, int64_t uses)
{
	struct invite invite = {
		.created_ms = created_ms,
		.expires_ms = created_ms + HOUR_MS,
		.uses_left = uses,
	};

	snprintf((char *)invite.token_hash, sizeof(invite.token_hash), "%s", token);
	snprintf(invite.note, sizeof(invite.note), "for %s", token);
	return invite;
}

static struct invite add_invite(
	struct accounts *accounts, const char *token, int64_t created_ms, int64_t uses)
{
	struct invite invite = make_invite(token, created_ms, uses);

	assert_int_equal(invites_add(accounts, &invite), STORE_OK);
	return invite;
}

/* How often it can be used. */
static int64_t uses_left(struct accounts *accounts, const char *token, int64_t now_ms)
{
	struct invite asked = make_invite(token, 0, 0), found = { 0 };
	bool is_found;

	assert_int_equal(
		invites_find(accounts, asked.token_hash, now_ms, &found, &is_found), STORE_OK);
	return is_found ? found.uses_left : 0;
}

static enum account_result register_by(
	struct accounts *accounts, const char *name, const struct invite *invite, int64_t now_ms)
{
	struct account account = people_person(name);
	enum account_result result;

	account.joined_ms = now_ms;
	assert_int_equal(accounts_add(accounts, &account, invite->token_hash, &result), STORE_OK);
	return result;
}

static void an_invite_is_found_as_it_was_added_while_it_is_good(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct invite invite = add_invite(accounts, "friends", PEOPLE_NOW_MS, 3), found;
	bool is_found;

	assert_int_equal(
		invites_find(accounts, invite.token_hash, invite.expires_ms - 1, &found, &is_found),
		STORE_OK);
	assert_true(is_found);
	assert_memory_equal(found.token_hash, invite.token_hash, INVITE_HASH_SIZE);
	assert_int_equal(found.created_ms, invite.created_ms);
	assert_int_equal(found.expires_ms, invite.expires_ms);
	assert_int_equal(found.uses_left, 3);
	assert_string_equal(found.note, "for friends");
	assert_int_equal(uses_left(accounts, "friends", invite.expires_ms), 0);
	assert_int_equal(uses_left(accounts, "others", PEOPLE_NOW_MS), 0);
	accounts_close(accounts);
}

static void an_invite_is_good_so_often_and_so_long(void **state)
{
	static const struct {
		const char *name;
		int64_t after_ms;
		enum account_result result;
		int64_t uses_left;
	} cases[] = {
		{ "anna", 0, ACCOUNT_DONE, 2 },
		{ "anna", 1, ACCOUNT_ID_TAKEN, 2 },
		{ "ANNA", 1, ACCOUNT_NAME_TAKEN, 2 },
		{ "bob", HOUR_MS, ACCOUNT_NO_INVITE, 2 },
		{ "bob", HOUR_MS - 1, ACCOUNT_DONE, 1 },
		{ "carl", 0, ACCOUNT_DONE, 0 },
		{ "dora", 0, ACCOUNT_NO_INVITE, 0 },
	};
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct invite invite = add_invite(accounts, "friends", PEOPLE_NOW_MS, 3);
	struct invite unknown = make_invite("unknown", PEOPLE_NOW_MS, 3);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(register_by(accounts, cases[i].name, &invite,
					 PEOPLE_NOW_MS + cases[i].after_ms),
			cases[i].result);
		assert_int_equal(uses_left(accounts, "friends", PEOPLE_NOW_MS), cases[i].uses_left);
	}
	assert_int_equal(register_by(accounts, "emil", &unknown, PEOPLE_NOW_MS), ACCOUNT_NO_INVITE);
	accounts_close(accounts);
}

struct walk {
	char text[128];
	int left; /* to be visited */
};

static bool note_invite(void *context, const struct invite *invite)
{
	struct walk *walk = context;

	strcat(walk->text, (const char *)invite->token_hash);
	strcat(walk->text, " ");
	return --walk->left > 0;
}

static void assert_listed(struct accounts *accounts, size_t limit, int left, const char *expected)
{
	struct walk walk = { .left = left };

	assert_int_equal(invites_list(accounts, limit, note_invite, &walk), STORE_OK);
	assert_string_equal(walk.text, expected);
}

static void invites_are_listed_newest_first_until_a_day_after_their_end(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	int64_t end_ms = PEOPLE_NOW_MS + HOUR_MS;

	add_invite(accounts, "first", PEOPLE_NOW_MS, 1);
	add_invite(accounts, "second", PEOPLE_NOW_MS + 1, 0);
	assert_listed(accounts, SIZE_MAX, 9, "second first ");
	assert_listed(accounts, 1, 9, "second ");
	assert_listed(accounts, 9, 1, "second ");
	add_invite(accounts, "third", end_ms + 24 * HOUR_MS, 1);
	assert_listed(accounts, 9, 9, "third second first ");
	add_invite(accounts, "fourth", end_ms + 24 * HOUR_MS + 1, 1);
	assert_listed(accounts, 9, 9, "fourth third second ");
	accounts_close(accounts);
}

static void an_invite_that_is_removed_is_good_no_more(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct invite invite = add_invite(accounts, "friends", PEOPLE_NOW_MS, 3);

	add_invite(accounts, "family", PEOPLE_NOW_MS, 1);
	for (int i = 0; i < 2; i++) {
		bool is_found;

		assert_int_equal(invites_remove(accounts, invite.token_hash, &is_found), STORE_OK);
		assert_int_equal(is_found, i == 0);
	}
	assert_int_equal(register_by(accounts, "anna", &invite, PEOPLE_NOW_MS), ACCOUNT_NO_INVITE);
	assert_int_equal(uses_left(accounts, "family", PEOPLE_NOW_MS), 1);
	accounts_close(accounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(an_invite_is_found_as_it_was_added_while_it_is_good),
		FOLDER_TEST(an_invite_is_good_so_often_and_so_long),
		FOLDER_TEST(invites_are_listed_newest_first_until_a_day_after_their_end),
		FOLDER_TEST(an_invite_that_is_removed_is_good_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
