/* SPDX-License-Identifier: MIT */
/* Getting in and out: what a right password gives, and that wrong ones of all kinds get the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include <sqlite3.h>

#include "common/base/clock.h"
#include "fcgi/login.h"
#include "tests/support/visitor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FREE_TRIES 3
#define FIRST_WAIT_SECONDS 5
#define DEADLINE_MS 60000

static const struct identity new_guest = { .user = { .name = "guest-0000" }, .guest_is_new = true };

/* A login of somebody, from somewhere; response is emptied first. */
static struct verdict log_in(const struct identity *identity, const char *client,
	const char *username, const char *password, struct response *response)
{
	struct request request = visitor_request(identity, client);

	response_finish(response);
	return login_attempt(visitor_app(), &request, response,
		&(struct login_form){ str_from(username), str_from(password) });
}

static uint64_t hashes(void)
{
	return hasher_read_counts(visitor_app()->hasher).hashes;
}

static bool session_is_there(
	const uint8_t key_hash[static SESSION_HASH_SIZE], struct session_row *row_out)
{
	struct accounts *accounts = visitor_accounts();
	struct account account;
	bool is_found;

	assert_int_equal(sessions_find(accounts, key_hash, row_out, &account, &is_found), STORE_OK);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
	return is_found;
}

static void right_password_begins_a_session(void **state)
{
	struct request request = visitor_request(&new_guest, "192.0.2.10");
	struct response response = { 0 };
	struct account ann;
	struct session_row row;
	struct verdict verdict;

	visitor_account(&ann, '1', "Ann");
	verdict = login_attempt(visitor_app(), &request, &response,
		&(struct login_form){ STR_OF(" aNN"), STR_OF(VISITOR_PASSWORD) });
	assert_int_equal(verdict.kind, VERDICT_DONE);
	assert_int_equal(verdict.status, 303);
	assert_int_equal(request.identity.kind, IDENTITY_ACCOUNT);
	assert_memory_equal(request.identity.user.id, ann.user.id, USER_ID_SIZE);
	assert_string_equal(request.identity.user.name, "Ann");
	assert_false(request.identity.guest_is_new);
	assert_int_equal(visitor_headers(&response, "Set-Cookie: " SESSION_COOKIE "="), 1);
	assert_int_equal(
		visitor_headers(&response, "Set-Cookie: " GUEST_COOKIE "=; Path=/; Max-Age=0"), 1);
	assert_true(session_is_there(request.identity.session.key_hash, &row));
	assert_string_equal(row.address, "192.0.2.10");
	assert_string_equal(row.agent, "a browser");
	response_finish(&response);
	(void)state;
}

static void login_ends_what_the_browser_was_before(void **state)
{
	struct response response = { 0 };
	struct identity before;
	struct account bob;
	struct session_row row;
	struct request request;

	visitor_account(&bob, '2', "Bob");
	visitor_log_in(&bob, &before);
	request = visitor_request(&before, "192.0.2.11");
	assert_int_equal(login_attempt(visitor_app(), &request, &response,
				 &(struct login_form){ STR_OF("Bob"), STR_OF(VISITOR_PASSWORD) })
				 .kind,
		VERDICT_DONE);
	assert_false(session_is_there(before.session.key_hash, &row));
	assert_true(session_is_there(request.identity.session.key_hash, &row));
	response_finish(&response);
	(void)state;
}

struct heard {
	const uint8_t *id;
	bool is_revoked;
};

static void hear(void *context, const struct revocation *revocation)
{
	struct heard *heard = context;

	if (revocation->kind == REVOKED_USER && !revocation->is_ban &&
		memcmp(revocation->key, heard->id, USER_ID_SIZE) == 0)
		heard->is_revoked = true;
}

static bool is_revoked(const struct identity *identity)
{
	struct accounts *accounts = visitor_accounts();
	struct heard heard = { .id = identity->user.id };
	int64_t last_id = 0;
	bool is_complete;

	assert_int_equal(
		revocations_read(accounts, &last_id, hear, &heard, &is_complete), STORE_OK);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
	return heard.is_revoked;
}

static void sockets_of_the_guest_close_at_the_login(void **state)
{
	struct identity guest = { .user = { .id = "a guest of ours", .name = "Kim" } };
	struct identity stranger = { .user = { .id = "a new guest too" }, .guest_is_new = true };
	struct response response = { 0 };
	struct account kim;

	visitor_account(&kim, 'k', "Kimberley");
	assert_int_equal(
		log_in(&guest, "192.0.2.12", "Kimberley", "wrong password", &response).kind,
		VERDICT_WRONG_LOGIN);
	assert_false(is_revoked(&guest));
	assert_int_equal(
		log_in(&guest, "192.0.2.12", "Kimberley", VISITOR_PASSWORD, &response).kind,
		VERDICT_DONE);
	assert_true(is_revoked(&guest));
	assert_int_equal(
		log_in(&stranger, "192.0.2.12", "Kimberley", VISITOR_PASSWORD, &response).kind,
		VERDICT_DONE);
	assert_false(is_revoked(&stranger));
	response_finish(&response);
	(void)state;
}

/* One whose hash would be made anew at a login. */
static void ban(const struct account *account)
{
	struct accounts *accounts = visitor_accounts();
	struct config config = *visitor_app()->config;
	char hash[PASSWORD_HASH_SIZE];
	enum account_result result;

	config.accounts_password_passes = 2;
	assert_true(password_hash(STR_OF(VISITOR_PASSWORD), &config, hash));
	assert_int_equal(accounts_rehash_password(
				 accounts, account->user.id, account->password, hash, &result),
		STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	assert_int_equal(accounts_set_rights(accounts, account->user.id, false, false,
				 clock_wall_ms(), &result),
		STORE_OK);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
}

/* Each from a place of its own. */
static void wrong_tries_of_all_kinds_are_answered_alike(void **state)
{
	static const char long_name[] = "0123456789012345678901234567890123456789";
	static const struct {
		const char *username;
		const char *password;
	} tries[] = {
		{ "Carl", "wrong password" },
		{ "Carl", "" },
		{ "nobody", VISITOR_PASSWORD },
		{ "Dora", VISITOR_PASSWORD }, /* banned */
		{ "Dora", "wrong password" },
		{ "", VISITOR_PASSWORD },
		{ "", "" },
		{ long_name, VISITOR_PASSWORD },
		{ "Carl\r\nSet-Cookie: a=b", VISITOR_PASSWORD },
		{ "\xff\xfe", VISITOR_PASSWORD },
		{ "guest-0000", VISITOR_PASSWORD },
	};
	struct response response = { 0 };
	struct account carl, dora;

	visitor_account(&carl, '3', "Carl");
	visitor_account(&dora, '4', "Dora");
	ban(&dora);
	for (size_t i = 0; i < COUNT(tries); i++) {
		uint64_t before = hashes();
		char client[] = "192.0.2.100";
		struct verdict verdict;

		client[sizeof(client) - 2] = (char)('0' + i % 10);
		verdict = log_in(
			&new_guest, client, tries[i].username, tries[i].password, &response);
		if (verdict.kind != VERDICT_WRONG_LOGIN || verdict.status != 400 ||
			response.headers.len != 0 || hashes() - before != 1)
			fail_msg("%s: %d %d", tries[i].username, verdict.kind, verdict.status);
		assert_string_equal(verdict.sentence, "The user name or the password is wrong.");
	}
	response_finish(&response);
	(void)state;
}

static void too_many_wrong_tries_are_refused_where_they_come_from(void **state)
{
	struct response response = { 0 };
	struct account eve;
	struct verdict verdict;
	uint64_t before;

	visitor_account(&eve, '5', "Eve");
	for (int i = 0; i <= FREE_TRIES; i++)
		assert_int_equal(
			log_in(&new_guest, "198.51.100.1", "eve", "wrong password", &response).kind,
			VERDICT_WRONG_LOGIN);
	before = hashes();
	verdict = log_in(&new_guest, "198.51.100.1", "eve", VISITOR_PASSWORD, &response);
	assert_int_equal(verdict.kind, VERDICT_PENALTY);
	assert_int_equal(verdict.status, 429);
	assert_in_range(verdict.retry_after_seconds, 1, FIRST_WAIT_SECONDS);
	assert_int_equal(visitor_headers(&response, "Retry-After: "), 1);
	assert_int_equal(visitor_headers(&response, "Set-Cookie: "), 0);
	assert_int_equal(hashes(), before);
	assert_int_equal(
		log_in(&new_guest, "198.51.100.2", "eve", VISITOR_PASSWORD, &response).kind,
		VERDICT_DONE);
	response_finish(&response);
	(void)state;
}

static void right_passwords_cost_nothing(void **state)
{
	struct response response = { 0 };
	struct account fred;

	visitor_account(&fred, '6', "Fred");
	for (int i = 0; i < 10 * FREE_TRIES; i++)
		assert_int_equal(
			log_in(&new_guest, "198.51.100.3", "Fred", VISITOR_PASSWORD, &response)
				.kind,
			VERDICT_DONE);
	response_finish(&response);
	(void)state;
}

static void password_of_another_cost_is_hashed_anew(void **state)
{
	struct app *app = visitor_app();
	struct config config = *app->config;
	const struct config *before = app->config;
	struct hasher *hasher = app->hasher;
	struct response response = { 0 };
	struct accounts *accounts;
	struct account gina;
	bool is_found;

	visitor_account(&gina, '7', "Gina");
	config.accounts_password_passes = 3;
	app->config = &config;
	app->hasher = hasher_create(&config);
	assert_true(password_is_outdated(gina.password, &config));
	assert_int_equal(
		log_in(&new_guest, "198.51.100.4", "Gina", VISITOR_PASSWORD, &response).kind,
		VERDICT_DONE);
	assert_int_equal(hashes(), 2);
	accounts = visitor_accounts();
	assert_int_equal(accounts_find_id(accounts, gina.user.id, &gina, &is_found), STORE_OK);
	pool_return(app->accounts, accounts, STORE_OK);
	assert_false(password_is_outdated(gina.password, &config));
	assert_int_equal(
		log_in(&new_guest, "198.51.100.4", "Gina", VISITOR_PASSWORD, &response).kind,
		VERDICT_DONE);
	assert_int_equal(hashes(), 3);
	hasher_destroy(app->hasher);
	app->hasher = hasher;
	app->config = before;
	response_finish(&response);
	(void)state;
}

static void *hash_slowly(void *context)
{
	char hash[PASSWORD_HASH_SIZE];

	return hasher_hash(context, STR_OF("a long one"), hash) == HASHER_DONE ? NULL : context;
}

static void wait_until_waiting(struct hasher *hasher)
{
	uint64_t deadline_ms = clock_monotonic_ms() + DEADLINE_MS;

	while (hasher_read_counts(hasher).waiting == 0) {
		assert_true(clock_monotonic_ms() < deadline_ms);
		sched_yield();
	}
}

static void who_finds_the_hasher_busy_has_not_tried(void **state)
{
	static const struct config slow = { .fcgi_threads = 2,
		.accounts_password_kibibytes = 65536,
		.accounts_password_passes = 20 };
	struct app *app = visitor_app();
	struct hasher *hasher = app->hasher;
	struct response response = { 0 };
	struct account hans;
	pthread_t thread;
	void *problem;

	visitor_account(&hans, '8', "Hans");
	app->hasher = hasher_create(&slow);
	assert_true(hasher_start(app->hasher));
	assert_int_equal(pthread_create(&thread, NULL, hash_slowly, app->hasher), 0);
	wait_until_waiting(app->hasher);
	for (int i = 0; i < 3 * FREE_TRIES; i++) {
		struct verdict verdict = log_in(
			&new_guest, "198.51.100.5", "Hans", "wrong password", &response);

		assert_int_equal(verdict.kind, VERDICT_BUSY);
		assert_int_equal(verdict.status, 503);
		assert_int_equal(visitor_headers(&response, "Retry-After: "), 1);
	}
	assert_int_equal(pthread_join(thread, &problem), 0);
	assert_null(problem);
	hasher_destroy(app->hasher);
	app->hasher = hasher;
	assert_int_equal(
		log_in(&new_guest, "198.51.100.5", "Hans", VISITOR_PASSWORD, &response).kind,
		VERDICT_DONE);
	response_finish(&response);
	(void)state;
}

static void change_accounts(const char *sql)
{
	sqlite3 *database = NULL;
	struct buf path = { 0 };

	assert_int_equal(
		sqlite3_open(config_path(visitor_app()->config, &path, "accounts.db"), &database),
		SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(database);
	buf_finish(&path);
}

static void who_cannot_be_let_in_has_not_tried(void **state)
{
	struct response response = { 0 };
	struct account kit;

	visitor_account(&kit, 'i', "Kit");
	change_accounts("CREATE TRIGGER full BEFORE INSERT ON session "
			"BEGIN SELECT RAISE(ABORT, 'no more'); END");
	for (int i = 0; i < 3 * FREE_TRIES; i++)
		assert_int_equal(
			log_in(&new_guest, "198.51.100.9", "Kit", VISITOR_PASSWORD, &response).kind,
			VERDICT_UNREADABLE);
	change_accounts("DROP TRIGGER full");
	assert_int_equal(
		log_in(&new_guest, "198.51.100.9", "Kit", VISITOR_PASSWORD, &response).kind,
		VERDICT_DONE);
	response_finish(&response);
	(void)state;
}

static void login_without_a_database_is_for_later(void **state)
{
	struct app *app = visitor_app();
	struct pool *accounts = app->accounts;
	struct response response = { 0 };
	struct verdict verdict;

	app->accounts = accounts_pool_create("/dev/null/accounts.db");
	verdict = log_in(&new_guest, "198.51.100.6", "Ann", VISITOR_PASSWORD, &response);
	assert_int_equal(verdict.kind, VERDICT_UNREADABLE);
	assert_int_equal(verdict.status, 503);
	assert_int_equal(visitor_headers(&response, "Retry-After: "), 1);
	pool_destroy(app->accounts);
	app->accounts = accounts;
	response_finish(&response);
	(void)state;
}

static void logout_leaves_nothing_behind(void **state)
{
	struct response response = { 0 };
	struct identity before;
	struct session_row row;
	struct account ida;
	struct request request;

	visitor_account(&ida, '9', "Ida");
	visitor_log_in(&ida, &before);
	request = visitor_request(&before, "198.51.100.7");
	assert_int_equal(login_end(visitor_app(), &request, &response).kind, VERDICT_DONE);
	assert_false(session_is_there(before.session.key_hash, &row));
	assert_int_equal(
		visitor_headers(&response, "Set-Cookie: " SESSION_COOKIE "=; Path=/; Max-Age=0"),
		1);
	assert_int_equal(
		visitor_headers(&response, "Set-Cookie: " GUEST_COOKIE "=; Path=/; Max-Age=0"), 1);
	assert_int_equal(visitor_headers(&response, "Clear-Site-Data: \"cache\""), 1);
	assert_int_equal(request.identity.kind, IDENTITY_GUEST);
	assert_memory_not_equal(request.identity.user.id, ida.user.id, USER_ID_SIZE);
	assert_false(request.identity.guest_is_new);
	response_finish(&response);
	(void)state;
}

static void logout_that_cannot_be_stored_is_none(void **state)
{
	struct app *app = visitor_app();
	struct pool *accounts = app->accounts;
	struct response response = { 0 };
	struct identity before;
	struct account jim;
	struct request request;

	visitor_account(&jim, 'j', "Jim");
	visitor_log_in(&jim, &before);
	request = visitor_request(&before, "198.51.100.8");
	app->accounts = accounts_pool_create("/dev/null/accounts.db");
	assert_int_equal(login_end(app, &request, &response).kind, VERDICT_UNREADABLE);
	assert_int_equal(visitor_headers(&response, "Set-Cookie: "), 0);
	assert_int_equal(request.identity.kind, IDENTITY_ACCOUNT);
	pool_destroy(app->accounts);
	app->accounts = accounts;
	response_finish(&response);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_password_begins_a_session),
		cmocka_unit_test(login_ends_what_the_browser_was_before),
		cmocka_unit_test(sockets_of_the_guest_close_at_the_login),
		cmocka_unit_test(wrong_tries_of_all_kinds_are_answered_alike),
		cmocka_unit_test(too_many_wrong_tries_are_refused_where_they_come_from),
		cmocka_unit_test(right_passwords_cost_nothing),
		cmocka_unit_test(password_of_another_cost_is_hashed_anew),
		cmocka_unit_test(who_finds_the_hasher_busy_has_not_tried),
		cmocka_unit_test(who_cannot_be_let_in_has_not_tried),
		cmocka_unit_test(login_without_a_database_is_for_later),
		cmocka_unit_test(logout_leaves_nothing_behind),
		cmocka_unit_test(logout_that_cannot_be_stored_is_none),
	};

	return cmocka_run_group_tests(tests, visitor_start, visitor_stop);
}
