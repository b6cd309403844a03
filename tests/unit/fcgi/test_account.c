/* SPDX-License-Identifier: MIT */
/* What users do with their own accounts, and with nobody else's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/clock.h"
#include "fcgi/account.h"
#include "tests/support/visitor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NEW_PASSWORD "staple horse correct"
#define SHOWN_MAX 8

static struct account account_of(char id)
{
	struct accounts *accounts = visitor_accounts();
	struct account account;
	struct user user;
	bool is_found;

	visitor_user(&user, id, "");
	assert_int_equal(accounts_find_id(accounts, user.id, &account, &is_found), STORE_OK);
	assert_true(is_found);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
	return account;
}

static bool session_is_there(const struct identity *identity)
{
	struct accounts *accounts = visitor_accounts();
	struct session_row row;
	struct account account;
	bool is_found;

	assert_int_equal(
		sessions_find(accounts, identity->session.key_hash, &row, &account, &is_found),
		STORE_OK);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
	return is_found;
}

static void new_password_ends_all_sessions_but_the_new_one(void **state)
{
	struct response response = { 0 };
	struct identity here, there;
	struct request request;
	struct account ann;

	visitor_account(&ann, '1', "Ann");
	visitor_log_in(&ann, &here);
	visitor_log_in(&ann, &there);
	request = visitor_request(&here, "192.0.2.1");
	assert_int_equal(account_change_password(visitor_app(), &request, &response,
				 STR_OF(VISITOR_PASSWORD), STR_OF(NEW_PASSWORD))
				 .kind,
		VERDICT_DONE);
	assert_false(session_is_there(&here));
	assert_false(session_is_there(&there));
	assert_true(session_is_there(&request.identity));
	assert_int_equal(visitor_headers(&response, "Set-Cookie: " SESSION_COOKIE "="), 1);
	ann = account_of('1');
	assert_true(password_matches(STR_OF(NEW_PASSWORD), ann.password, visitor_app()->config));
	response_finish(&response);
	(void)state;
}

static void password_that_is_not_right_or_not_good_changes_nothing(void **state)
{
	static const struct {
		const char *old_password;
		const char *new_password;
		enum verdict_kind kind;
	} cases[] = {
		{ "wrong password", NEW_PASSWORD, VERDICT_WRONG_PASSWORD },
		{ "", NEW_PASSWORD, VERDICT_WRONG_PASSWORD },
		{ VISITOR_PASSWORD, "short", VERDICT_BAD_PASSWORD },
		{ VISITOR_PASSWORD, "", VERDICT_BAD_PASSWORD },
		{ VISITOR_PASSWORD, "password", VERDICT_BAD_PASSWORD },
	};
	struct response response = { 0 };
	struct identity here;
	struct request request;
	struct account bob, after;

	visitor_account(&bob, '2', "Bob");
	visitor_log_in(&bob, &here);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct verdict verdict;

		request = visitor_request(&here, "192.0.2.2");
		verdict = account_change_password(visitor_app(), &request, &response,
			str_from(cases[i].old_password), str_from(cases[i].new_password));
		assert_int_equal(verdict.kind, cases[i].kind);
		assert_int_equal(verdict.status, 400);
		assert_int_equal(response.headers.len, 0);
	}
	after = account_of('2');
	assert_string_equal(after.password, bob.password);
	assert_true(session_is_there(&here));
	(void)state;
}

static void old_password_cannot_be_guessed_for_ever(void **state)
{
	struct response response = { 0 };
	struct verdict verdict = { 0 };
	struct identity here;
	struct account carl;
	int tries = 0;

	visitor_account(&carl, '3', "Carl");
	visitor_log_in(&carl, &here);
	while (tries < 100 && verdict.kind != VERDICT_PENALTY) {
		struct request request = visitor_request(&here, "192.0.2.3");

		verdict = account_change_password(visitor_app(), &request, &response,
			STR_OF("wrong password"), STR_OF(NEW_PASSWORD));
		tries++;
	}
	assert_in_range(tries, 2, 10);
	assert_int_equal(verdict.status, 429);
	response_finish(&response);
	(void)state;
}

static void name_is_changed_to_what_nobody_has(void **state)
{
	static const struct {
		const char *name;
		enum verdict_kind kind;
	} cases[] = {
		{ "  D\xc3\xb6ra ", VERDICT_DONE },
		{ "Dora", VERDICT_DONE },
		{ "Emil", VERDICT_NAME_TAKEN },
		{ "EMIL", VERDICT_NAME_TAKEN },
		{ "guest-12ab", VERDICT_RESERVED_NAME },
		{ "", VERDICT_BAD_NAME },
		{ "a\r\nb", VERDICT_BAD_NAME },
	};
	struct response response = { 0 };
	struct account dora, emil;
	struct identity here;

	visitor_account(&dora, '4', "Dora");
	visitor_account(&emil, '5', "Emil");
	visitor_log_in(&dora, &here);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct request request = visitor_request(&here, "192.0.2.4");
		enum verdict_kind kind = account_change_name(
			visitor_app(), &request, &response, str_from(cases[i].name))
						 .kind;

		if (kind != cases[i].kind)
			fail_msg("%s: %d", cases[i].name, kind);
		dora = account_of('4');
		assert_string_equal(dora.user.name, i == 0 ? "D\xc3\xb6ra" : "Dora");
		if (kind == VERDICT_DONE)
			assert_string_equal(request.identity.user.name, dora.user.name);
	}
	assert_string_equal(dora.username, "Dora");
	response_finish(&response);
	(void)state;
}

static void guest_is_not_called_like_an_account(void **state)
{
	struct response response = { 0 };
	struct account fred;

	visitor_account(&fred, '6', "Fred");
	assert_int_equal(account_judge_guest_name(visitor_app(), &response, STR_OF("fred")).kind,
		VERDICT_NAME_TAKEN);
	assert_int_equal(
		account_judge_guest_name(visitor_app(), &response, STR_OF("Friedrich")).kind,
		VERDICT_DONE);
	assert_int_equal(response.headers.len, 0);
	(void)state;
}

static size_t list(const struct identity *identity, struct account_session *sessions, size_t max)
{
	struct request request = visitor_request(identity, "192.0.2.7");
	struct response response = { 0 };
	size_t count;

	assert_int_equal(
		account_list_sessions(visitor_app(), &request, &response, sessions, max, &count)
			.kind,
		VERDICT_DONE);
	response_finish(&response);
	return count;
}

static void end(const struct identity *identity, const char *id)
{
	struct request request = visitor_request(identity, "192.0.2.7");
	struct response response = { 0 };

	assert_int_equal(account_end_session(visitor_app(), &request, &response, str_from(id)).kind,
		VERDICT_DONE);
	response_finish(&response);
}

static void sessions_are_listed_and_ended_by_their_user_alone(void **state)
{
	const struct secret *secret = &visitor_app()->secret;
	struct account_session sessions[SHOWN_MAX];
	struct identity here, there, hers;
	struct account gina, hans;

	visitor_account(&gina, '7', "Gina");
	visitor_account(&hans, '8', "Hans");
	visitor_log_in(&hans, &here);
	visitor_log_in(&hans, &there);
	visitor_log_in(&gina, &hers);
	assert_int_equal(list(&here, sessions, SHOWN_MAX), 2);
	assert_int_equal(sessions[0].is_current + sessions[1].is_current, 1);
	assert_string_equal(sessions[0].agent, "a browser");
	assert_string_equal(sessions[0].address, "192.0.2.1");
	assert_int_equal(list(&here, sessions, 1), 1);
	end(&here, account_session_id(secret, hers.session.key_hash).text);
	end(&here, account_session_id(secret, here.session.key_hash).text);
	end(&here, "");
	end(&here, "0123456789abcdef");
	assert_true(session_is_there(&hers));
	assert_true(session_is_there(&here));
	assert_true(session_is_there(&there));
	end(&here, account_session_id(secret, there.session.key_hash).text);
	assert_false(session_is_there(&there));
	assert_int_equal(list(&here, sessions, SHOWN_MAX), 1);
	assert_true(sessions[0].is_current);
	(void)state;
}

static void sessions_whose_time_is_over_are_not_listed(void **state)
{
	struct app *app = visitor_app();
	struct config config = *app->config;
	const struct config *before = app->config;
	struct account_session sessions[SHOWN_MAX];
	struct accounts *accounts = visitor_accounts();
	struct session_row old = { 0 };
	struct buf cookie = { 0 };
	enum account_result result;
	struct identity here;
	struct account ida;

	visitor_account(&ida, '9', "Ida");
	visitor_log_in(&ida, &here);
	session_create(&config, ida.user.id, false, clock_wall_ms() - 3600000, &old, &cookie);
	assert_int_equal(sessions_add(accounts, &old, NULL, NULL, &result), STORE_OK);
	pool_return(app->accounts, accounts, STORE_OK);
	assert_int_equal(list(&here, sessions, SHOWN_MAX), 2);
	app->config = &config;
	config.sessions_idle_minutes = 59;
	assert_int_equal(list(&here, sessions, SHOWN_MAX), 1);
	config.sessions_idle_minutes = 0;
	config.sessions_lifetime_minutes = 59;
	assert_int_equal(list(&here, sessions, SHOWN_MAX), 1);
	app->config = before;
	buf_finish(&cookie);
	(void)state;
}

static void all_other_sessions_end_at_once(void **state)
{
	struct response response = { 0 };
	struct identity here, there, elsewhere, his;
	struct account jane, karl;
	struct request request;
	size_t count;

	visitor_account(&jane, 'j', "Jane");
	visitor_account(&karl, 'k', "Karl");
	visitor_log_in(&jane, &here);
	visitor_log_in(&jane, &there);
	visitor_log_in(&jane, &elsewhere);
	visitor_log_in(&karl, &his);
	request = visitor_request(&here, "192.0.2.8");
	assert_int_equal(
		account_end_other_sessions(visitor_app(), &request, &response, &count).kind,
		VERDICT_DONE);
	assert_int_equal(count, 2);
	assert_true(session_is_there(&here));
	assert_false(session_is_there(&there));
	assert_false(session_is_there(&elsewhere));
	assert_true(session_is_there(&his));
	response_finish(&response);
	(void)state;
}

static void log_names_a_session_by_what_opens_nothing(void **state)
{
	const struct secret *secret = &visitor_app()->secret;
	struct account_log_name name = { "" };
	struct identity identity = { .user = { .id = "0123456789abcde" },
		.kind = IDENTITY_ACCOUNT };
	struct buf hash = { 0 };

	account_log_name(&name, secret, &identity);
	assert_non_null(strstr(name.text, " user=30313233343536373839616263646500 session="));
	crypto_base64_encode(&hash, identity.session.key_hash, SESSION_HASH_SIZE);
	assert_null(strstr(name.text, buf_text(&hash)));
	assert_non_null(
		strstr(name.text, account_session_id(secret, identity.session.key_hash).text));
	identity.kind = IDENTITY_GUEST;
	account_log_name(&name, secret, &identity);
	assert_string_equal(name.text, " user=30313233343536373839616263646500");
	buf_finish(&hash);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_password_ends_all_sessions_but_the_new_one),
		cmocka_unit_test(password_that_is_not_right_or_not_good_changes_nothing),
		cmocka_unit_test(old_password_cannot_be_guessed_for_ever),
		cmocka_unit_test(name_is_changed_to_what_nobody_has),
		cmocka_unit_test(guest_is_not_called_like_an_account),
		cmocka_unit_test(sessions_are_listed_and_ended_by_their_user_alone),
		cmocka_unit_test(sessions_whose_time_is_over_are_not_listed),
		cmocka_unit_test(all_other_sessions_end_at_once),
		cmocka_unit_test(log_names_a_session_by_what_opens_nothing),
	};

	return cmocka_run_group_tests(tests, visitor_start, visitor_stop);
}
