/* SPDX-License-Identifier: MIT */
/* Who is logged in, how that ends, and that whatever ends it leaves a revocation behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/store/sessions.h"
#include "tests/unit/common/store/people.h"
#include "tests/unit/common/store/sql.h"

#define DATABASE "accounts.db"
#define MINUTE_MS (60 * 1000)

/* anna with sessions 1, 2 and 3, bob with 4. */
struct party {
	struct accounts *accounts;
	struct account anna;
	struct account bob;
	struct session_row sessions[4];
	int64_t last_id; /* of what was revoked */
};

static struct party party_start(const struct folder *folder)
{
	struct party party = { .accounts = people_open(folder, ACCOUNTS_WRITE), .last_id = -1 };

	party.anna = people_join(party.accounts, "anna");
	party.bob = people_join(party.accounts, "bob");
	for (int i = 0; i < 4; i++)
		party.sessions[i] = people_login(
			party.accounts, i < 3 ? &party.anna : &party.bob, i + 1);
	people_revoked(party.accounts, &party.last_id);
	return party;
}

/* What was revoked since it was last asked. */
static const char *revoked(struct party *party)
{
	return people_revoked(party->accounts, &party->last_id);
}

/* "134": these are logged in. */
static const char *present(const struct party *party)
{
	static char text[5];
	size_t len = 0;

	for (int i = 0; i < 4; i++)
		if (people_is_logged_in(party->accounts, &party->sessions[i]))
			text[len++] = (char)('1' + i);
	text[len] = '\0';
	return text;
}

static void a_session_is_found_as_it_was_added_with_its_account(void **state)
{
	struct party party = party_start(*state);
	struct session_row *session = &party.sessions[3], found = { 0 };
	struct account account;
	bool is_found;

	assert_int_equal(
		sessions_find(party.accounts, session->key_hash, &found, &account, &is_found),
		STORE_OK);
	assert_true(is_found);
	assert_memory_equal(found.key_hash, session->key_hash, SESSION_HASH_SIZE);
	assert_memory_equal(found.account, party.bob.user.id, USER_ID_SIZE);
	assert_int_equal(found.created_ms, PEOPLE_NOW_MS);
	assert_int_equal(found.seen_ms, PEOPLE_NOW_MS);
	assert_string_equal(found.address, "192.0.2.7");
	assert_string_equal(found.agent, "Browser 4");
	assert_string_equal(account.username, "bob");
	assert_int_equal(account.last_login_ms, PEOPLE_NOW_MS);
	accounts_close(party.accounts);
}

static void a_login_ends_what_the_browser_was_before(void **state)
{
	struct party party = party_start(*state);
	struct session_row session = people_session(&party.bob, 5);
	struct session_origin origin = { party.sessions[0].key_hash, party.anna.user.id };
	enum account_result result;

	strcpy((char *)party.anna.user.id, "guest");
	assert_int_equal(
		sessions_add(party.accounts, &session, "hash", &origin, &result), STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	assert_string_equal(revoked(&party), "session 1, user guest");
	assert_string_equal(present(&party), "234");
	assert_true(people_is_logged_in(party.accounts, &session));
	accounts_close(party.accounts);
}

static enum account_result log_in(
	struct accounts *accounts, const struct account *account, const char *hash)
{
	struct session_row session = people_session(account, 9);
	struct session_origin origin = { NULL, account->user.id };
	enum account_result result;

	assert_int_equal(sessions_add(accounts, &session, hash, &origin, &result), STORE_OK);
	assert_int_equal(people_is_logged_in(accounts, &session), result == ACCOUNT_DONE);
	return result;
}

static void nobody_logs_in_to_what_has_changed_meanwhile(void **state)
{
	struct party party = party_start(*state);
	struct account nobody = people_person("nobody");
	enum account_result result;

	assert_int_equal(log_in(party.accounts, &nobody, NULL), ACCOUNT_UNKNOWN);
	assert_int_equal(log_in(party.accounts, &party.anna, "hash of before"), ACCOUNT_CHANGED);
	assert_int_equal(log_in(party.accounts, &party.anna, ""), ACCOUNT_CHANGED);
	assert_string_equal(revoked(&party), "");
	assert_int_equal(accounts_set_rights(party.accounts, party.bob.user.id, false, false,
				 PEOPLE_NOW_MS, &result),
		STORE_OK);
	assert_int_equal(log_in(party.accounts, &party.bob, "hash"), ACCOUNT_UNKNOWN);
	assert_string_equal(revoked(&party), "ban bob");
	assert_int_equal(log_in(party.accounts, &party.anna, "hash"), ACCOUNT_DONE);
	accounts_close(party.accounts);
}

static void a_logout_ends_one_session_of_ones_own(void **state)
{
	struct party party = party_start(*state);

	for (int i = 0; i < 2; i++)
		assert_int_equal(sessions_remove(party.accounts, party.sessions[1].key_hash,
					 party.anna.user.id, PEOPLE_NOW_MS),
			STORE_OK);
	assert_int_equal(sessions_remove(party.accounts, party.sessions[3].key_hash,
				 party.anna.user.id, PEOPLE_NOW_MS),
		STORE_OK);
	assert_string_equal(revoked(&party), "session 2");
	assert_string_equal(present(&party), "134");
	accounts_close(party.accounts);
}

static void all_sessions_of_one_end_but_one(void **state)
{
	struct party party = party_start(*state);
	size_t count;

	assert_int_equal(sessions_remove_others(party.accounts, party.anna.user.id,
				 party.sessions[1].key_hash, PEOPLE_NOW_MS, &count),
		STORE_OK);
	assert_int_equal(count, 2);
	assert_string_equal(revoked(&party), "session 1, session 3");
	assert_string_equal(present(&party), "24");
	assert_int_equal(sessions_remove_others(
				 party.accounts, party.anna.user.id, NULL, PEOPLE_NOW_MS, &count),
		STORE_OK);
	assert_int_equal(count, 1);
	assert_string_equal(present(&party), "4");
	accounts_close(party.accounts);
}

static void touch(struct party *party, int number, int64_t seen_ms)
{
	assert_int_equal(
		sessions_touch(party->accounts,
			(const uint8_t(*)[SESSION_HASH_SIZE])party->sessions[number - 1].key_hash,
			1, seen_ms),
		STORE_OK);
}

static void what_is_too_old_or_not_seen_lately_is_purged(void **state)
{
	struct party party = party_start(*state);
	size_t count;

	touch(&party, 2, PEOPLE_NOW_MS + 10);
	touch(&party, 3, PEOPLE_NOW_MS + 10);
	touch(&party, 3, PEOPLE_NOW_MS - 10);
	assert_int_equal(sessions_purge(party.accounts, INT64_MIN, PEOPLE_NOW_MS + 10,
				 PEOPLE_NOW_MS + 20, &count),
		STORE_OK);
	assert_int_equal(count, 2);
	assert_string_equal(revoked(&party), "session 1, session 4");
	assert_string_equal(present(&party), "23");
	assert_int_equal(sessions_purge(party.accounts, PEOPLE_NOW_MS, INT64_MIN,
				 PEOPLE_NOW_MS + 20, &count),
		STORE_OK);
	assert_int_equal(count, 0);
	assert_int_equal(sessions_purge(party.accounts, PEOPLE_NOW_MS + 1, INT64_MIN,
				 PEOPLE_NOW_MS + 20, &count),
		STORE_OK);
	assert_int_equal(count, 2);
	touch(&party, 1, PEOPLE_NOW_MS + 30);
	assert_string_equal(present(&party), "");
	accounts_close(party.accounts);
}

struct walk {
	char text[256];
	int left; /* to be visited */
};

static bool note_session(void *context, const struct session_row *session)
{
	struct walk *walk = context;

	strcat(walk->text, (const char *)session->key_hash);
	strcat(walk->text, " ");
	return --walk->left > 0;
}

static void sessions_are_listed_newest_first(void **state)
{
	static const struct {
		const char *of;
		size_t limit;
		int left;
		const char *expected;
	} cases[] = {
		{ "anna", 10, 10, "7 1 2 3 " },
		{ "anna", 2, 10, "7 1 " },
		{ "anna", SIZE_MAX, 1, "7 " },
		{ "bob", 10, 10, "4 " },
		{ "carl", 10, 10, "" },
		{ NULL, 10, 10, "7 1 2 3 4 " },
		{ NULL, 1, 10, "7 " },
	};
	struct party party = party_start(*state);
	struct session_row newest = people_session(&party.anna, 7);
	enum account_result result;

	newest.created_ms++;
	assert_int_equal(sessions_add(party.accounts, &newest, NULL, NULL, &result), STORE_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct account of = people_person(cases[i].of == NULL ? "" : cases[i].of);
		struct walk walk = { .left = cases[i].left };

		assert_int_equal(
			sessions_list(party.accounts, cases[i].of == NULL ? NULL : of.user.id,
				cases[i].limit, note_session, &walk),
			STORE_OK);
		assert_string_equal(walk.text, cases[i].expected);
	}
	accounts_close(party.accounts);
}

static void of_too_many_the_one_ends_that_was_not_seen_for_longest(void **state)
{
	struct party party = party_start(*state);

	touch(&party, 1, PEOPLE_NOW_MS + 1);
	touch(&party, 3, PEOPLE_NOW_MS + 1);
	for (int i = 10; i < 107; i++) {
		struct session_row session = people_session(&party.anna, i);
		enum account_result result;

		session.seen_ms++;
		assert_int_equal(
			sessions_add(party.accounts, &session, NULL, NULL, &result), STORE_OK);
	}
	assert_string_equal(present(&party), "1234");
	people_login(party.accounts, &party.anna, 107);
	assert_string_equal(present(&party), "134");
	assert_string_equal(revoked(&party), "session 2");
	assert_int_equal(sql_ask(*state, DATABASE, "SELECT count(*) FROM session"), 101);
	accounts_close(party.accounts);
}

static void a_new_password_ends_all_sessions_but_the_new_one(void **state)
{
	struct party party = party_start(*state);
	struct session_row session = people_session(&party.anna, 5);
	enum account_result result;

	assert_int_equal(accounts_change_password(party.accounts, party.anna.user.id, "Hash", "new",
				 &session, PEOPLE_NOW_MS, &result),
		STORE_OK);
	assert_int_equal(result, ACCOUNT_CHANGED);
	assert_string_equal(revoked(&party), "");
	assert_int_equal(accounts_change_password(party.accounts, party.anna.user.id, "hash", "new",
				 &session, PEOPLE_NOW_MS, &result),
		STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	assert_string_equal(revoked(&party), "user anna");
	assert_string_equal(present(&party), "4");
	assert_true(people_is_logged_in(party.accounts, &session));
	assert_int_equal(log_in(party.accounts, &party.anna, "hash"), ACCOUNT_CHANGED);
	assert_int_equal(accounts_change_password(party.accounts, party.anna.user.id, NULL, "newer",
				 NULL, PEOPLE_NOW_MS, &result),
		STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	assert_false(people_is_logged_in(party.accounts, &session));
	accounts_close(party.accounts);
}

static void who_is_banned_meanwhile_gets_no_session_by_a_new_password(void **state)
{
	struct party party = party_start(*state);
	struct session_row session = people_session(&party.anna, 5);
	enum account_result result;

	assert_int_equal(accounts_set_rights(party.accounts, party.anna.user.id, true, false,
				 PEOPLE_NOW_MS, &result),
		STORE_OK);
	assert_int_equal(accounts_change_password(party.accounts, party.anna.user.id, "hash", "new",
				 &session, PEOPLE_NOW_MS, &result),
		STORE_OK);
	assert_int_equal(result, ACCOUNT_UNKNOWN);
	assert_false(people_is_logged_in(party.accounts, &session));
	accounts_close(party.accounts);
}

static void other_rights_end_all_sessions(void **state)
{
	static const struct {
		const char *of;
		bool is_superuser;
		bool is_active;
		enum account_result result;
		const char *revoked;
		const char *present;
	} cases[] = {
		{ "nobody", true, false, ACCOUNT_UNKNOWN, "", "1234" },
		{ "bob", true, true, ACCOUNT_DONE, "user bob", "123" },
		{ "anna", false, false, ACCOUNT_DONE, "ban anna", "" },
		{ "anna", false, true, ACCOUNT_DONE, "user anna", "" },
	};
	struct party party = party_start(*state);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct account account = people_person(cases[i].of);
		enum account_result result;

		account.is_superuser = cases[i].is_superuser;
		account.is_active = cases[i].is_active;
		account.last_login_ms = PEOPLE_NOW_MS;
		assert_int_equal(
			accounts_set_rights(party.accounts, account.user.id, cases[i].is_superuser,
				cases[i].is_active, PEOPLE_NOW_MS, &result),
			STORE_OK);
		assert_int_equal(result, cases[i].result);
		assert_int_equal(people_has(party.accounts, &account), result == ACCOUNT_DONE);
		assert_string_equal(revoked(&party), cases[i].revoked);
		assert_string_equal(present(&party), cases[i].present);
	}
	accounts_close(party.accounts);
}

static void what_is_deleted_and_what_is_renamed_is_revoked(void **state)
{
	struct party party = party_start(*state);
	enum account_result result;

	assert_int_equal(accounts_set_display_name(party.accounts, party.bob.user.id,
				 STR_OF("Robert"), PEOPLE_NOW_MS, &result),
		STORE_OK);
	assert_string_equal(revoked(&party), "user bob");
	assert_string_equal(present(&party), "1234");
	assert_int_equal(
		accounts_delete(party.accounts, party.anna.user.id, PEOPLE_NOW_MS, &result),
		STORE_OK);
	assert_string_equal(revoked(&party), "user anna");
	assert_string_equal(present(&party), "4");
	accounts_close(party.accounts);
}

static void log_out(struct party *party, int number, int64_t now_ms)
{
	const struct session_row *session = &party->sessions[number - 1];

	assert_int_equal(
		sessions_remove(party->accounts, session->key_hash, session->account, now_ms),
		STORE_OK);
}

static void who_reads_too_late_knows_it(void **state)
{
	struct party party = party_start(*state);
	int64_t late = party.last_id, never = -1;

	log_out(&party, 1, PEOPLE_NOW_MS + 1);
	log_out(&party, 2, PEOPLE_NOW_MS + 10 * MINUTE_MS);
	assert_string_equal(people_revoked(party.accounts, &late), "session 1, session 2");
	assert_string_equal(revoked(&party), "session 1, session 2");
	late = party.last_id - 2;
	log_out(&party, 3, PEOPLE_NOW_MS + 10 * MINUTE_MS + 2);
	assert_string_equal(people_revoked(party.accounts, &late), "session 2, session 3 gap");
	assert_string_equal(people_revoked(party.accounts, &late), "");
	assert_string_equal(revoked(&party), "session 3");
	people_revoked(party.accounts, &never);
	assert_int_equal(never, late);
	accounts_close(party.accounts);
}

static void a_gap_is_known_wherever_it_is(void **state)
{
	static const struct {
		const char *lost; /* counted from the newest */
		const char *expected;
	} cases[] = {
		{ "", "session 1, session 2, session 3, session 4" },
		{ "3", "session 2, session 3, session 4 gap" },
		{ "2", "session 1, session 3, session 4 gap" },
		{ "0", "session 1, session 2, session 3 gap" },
		{ "0, 1, 2, 3", " gap" },
	};
	char sql[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct party party = party_start(*state);

		for (int number = 1; number <= 4; number++)
			log_out(&party, number, PEOPLE_NOW_MS);
		snprintf(sql, sizeof(sql),
			"DELETE FROM revocation WHERE (SELECT seq FROM sqlite_sequence) - id "
			"IN (%s)",
			cases[i].lost);
		sql_run(*state, DATABASE, sql);
		assert_string_equal(revoked(&party), cases[i].expected);
		assert_string_equal(revoked(&party), "");
		accounts_close(party.accounts);
		folder_empty(*state);
	}
}

static void another_file_with_fewer_revocations_is_a_gap(void **state)
{
	struct party party = party_start(*state);
	int64_t last_id = party.last_id + 100;

	assert_string_equal(people_revoked(party.accounts, &last_id), " gap");
	assert_int_equal(last_id, party.last_id);
	accounts_close(party.accounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(a_session_is_found_as_it_was_added_with_its_account),
		FOLDER_TEST(a_login_ends_what_the_browser_was_before),
		FOLDER_TEST(nobody_logs_in_to_what_has_changed_meanwhile),
		FOLDER_TEST(a_logout_ends_one_session_of_ones_own),
		FOLDER_TEST(all_sessions_of_one_end_but_one),
		FOLDER_TEST(what_is_too_old_or_not_seen_lately_is_purged),
		FOLDER_TEST(sessions_are_listed_newest_first),
		FOLDER_TEST(of_too_many_the_one_ends_that_was_not_seen_for_longest),
		FOLDER_TEST(a_new_password_ends_all_sessions_but_the_new_one),
		FOLDER_TEST(who_is_banned_meanwhile_gets_no_session_by_a_new_password),
		FOLDER_TEST(other_rights_end_all_sessions),
		FOLDER_TEST(what_is_deleted_and_what_is_renamed_is_revoked),
		FOLDER_TEST(who_reads_too_late_knows_it),
		FOLDER_TEST(a_gap_is_known_wherever_it_is),
		FOLDER_TEST(another_file_with_fewer_revocations_is_a_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
