/* SPDX-License-Identifier: MIT */
/* Who gets an account under which name and id, and what is refused without a hash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/clock.h"
#include "common/store/invites.h"
#include "fcgi/register.h"
#include "tests/support/visitor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HOUR_MS (60 * 60 * (int64_t)1000)

static const struct identity new_guest = { .user = { .name = "guest-0000" }, .guest_is_new = true };

static uint64_t hashes(void)
{
	return hasher_read_counts(visitor_app()->hasher).hashes;
}

static struct verdict register_as(struct request *request, struct response *response,
	const char *username, const char *password, const char *invite)
{
	response_finish(response);
	return register_attempt(visitor_app(), request, response,
		&(struct register_form){
			str_from(username), str_from(password), str_from(invite) });
}

/* By somebody new, from an address that nobody else has. */
static struct verdict register_anew(
	const char *username, const char *password, const char *invite, struct response *response)
{
	static unsigned number;
	struct buf client = { 0 };
	struct request request;
	struct verdict verdict;

	buf_append_format(&client, "203.0.113.%u", ++number);
	request = visitor_request(&new_guest, buf_text(&client));
	verdict = register_as(&request, response, username, password, invite);
	buf_finish(&client);
	return verdict;
}

static bool find_account(const char *username, struct account *account_out)
{
	struct accounts *accounts = visitor_accounts();
	bool is_found;

	assert_int_equal(
		accounts_find_username(accounts, str_from(username), account_out, &is_found),
		STORE_OK);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
	return is_found;
}

static void who_registers_is_logged_in(void **state)
{
	struct request request = visitor_request(&new_guest, "192.0.2.1");
	struct response response = { 0 };
	struct account ann;
	struct verdict verdict = register_as(&request, &response, "  Ann ", VISITOR_PASSWORD, "");

	assert_int_equal(verdict.kind, VERDICT_DONE);
	assert_true(find_account("ann", &ann));
	assert_string_equal(ann.username, "Ann");
	assert_string_equal(ann.user.name, "Ann");
	assert_true(ann.is_active);
	assert_false(ann.is_superuser);
	assert_int_equal(strncmp(ann.password, "$argon2id$", 10), 0);
	assert_int_equal(request.identity.kind, IDENTITY_ACCOUNT);
	assert_memory_equal(request.identity.user.id, ann.user.id, USER_ID_SIZE);
	assert_memory_not_equal(ann.user.id, new_guest.user.id, USER_ID_SIZE);
	assert_int_equal(visitor_headers(&response, "Set-Cookie: " SESSION_COOKIE "="), 1);
	assert_int_equal(
		visitor_headers(&response, "Set-Cookie: " GUEST_COOKIE "=; Path=/; Max-Age=0"), 1);
	response_finish(&response);
	(void)state;
}

static void guest_who_registers_keeps_the_id(void **state)
{
	const struct identity guest = { .user = { .id = "a guest of ours", .name = "Bob" } };
	struct request request = visitor_request(&guest, "192.0.2.2"), again = request;
	struct response response = { 0 };

	assert_int_equal(
		register_as(&request, &response, "Bob", VISITOR_PASSWORD, "").kind, VERDICT_DONE);
	assert_memory_equal(request.identity.user.id, guest.user.id, USER_ID_SIZE);
	/* In another tab, which still has the guest's cookie. */
	assert_int_equal(register_as(&again, &response, "Robert", VISITOR_PASSWORD, "").kind,
		VERDICT_CHANGED);
	assert_int_equal(visitor_headers(&response, "Set-Cookie: "), 0);
	response_finish(&response);
	(void)state;
}

static void account_that_registers_another_gets_another_id(void **state)
{
	struct response response = { 0 };
	struct identity before;
	struct account carl;
	struct request request;

	visitor_account(&carl, 'c', "Carl");
	visitor_log_in(&carl, &before);
	request = visitor_request(&before, "192.0.2.3");
	assert_int_equal(
		register_as(&request, &response, "Carla", VISITOR_PASSWORD, "").kind, VERDICT_DONE);
	assert_memory_not_equal(request.identity.user.id, carl.user.id, USER_ID_SIZE);
	response_finish(&response);
	(void)state;
}

static void bad_forms_are_refused_without_a_hash(void **state)
{
	static const struct {
		const char *username;
		const char *password;
		enum verdict_kind kind;
	} forms[] = {
		{ "", VISITOR_PASSWORD, VERDICT_BAD_NAME },
		{ "a/b", VISITOR_PASSWORD, VERDICT_BAD_NAME },
		{ "012345678901234567890123456789012", VISITOR_PASSWORD, VERDICT_BAD_NAME },
		{ "Eve\r\nSet-Cookie: a=b", VISITOR_PASSWORD, VERDICT_BAD_NAME },
		{ "\xff", VISITOR_PASSWORD, VERDICT_BAD_NAME },
		{ "guest-1234", VISITOR_PASSWORD, VERDICT_RESERVED_NAME },
		{ "GUEST-me", VISITOR_PASSWORD, VERDICT_RESERVED_NAME },
		{ "Dora", VISITOR_PASSWORD, VERDICT_NAME_TAKEN },
		{ "dORA", VISITOR_PASSWORD, VERDICT_NAME_TAKEN },
		{ "D\xd0\xbera", VISITOR_PASSWORD, VERDICT_NAME_TAKEN }, /* a Cyrillic o */
		{ "Eve", "short", VERDICT_BAD_PASSWORD },
		{ "Eve", "", VERDICT_BAD_PASSWORD },
		{ "Eve", "password", VERDICT_BAD_PASSWORD },
		{ "Evelyn the first", "evelyn the first", VERDICT_BAD_PASSWORD },
		{ "Eve", "eight \xff bytes", VERDICT_BAD_PASSWORD },
	};
	struct response response = { 0 };
	struct account dora;
	uint64_t before;

	visitor_account(&dora, 'd', "Dora");
	before = hashes();
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct verdict verdict = register_anew(
			forms[i].username, forms[i].password, "", &response);

		if (verdict.kind != forms[i].kind || verdict.status != 400 ||
			response.headers.len > 0 || verdict.sentence[0] == '\0')
			fail_msg("%s, %s: %d", forms[i].username, forms[i].password, verdict.kind);
	}
	assert_int_equal(hashes(), before);
	assert_false(find_account("Eve", &dora));
	response_finish(&response);
	(void)state;
}

/* Runs a test with another [site] registration. */
static void with_registration(char *registration, void (*test)(void))
{
	struct app *app = visitor_app();
	struct config config = *app->config;
	const struct config *before = app->config;

	config.site_registration = registration;
	app->config = &config;
	test();
	app->config = before;
}

static enum verdict_kind judge(const char *invite)
{
	struct response response = { 0 };
	enum verdict_kind kind = register_judge(visitor_app(), &response, str_from(invite)).kind;

	response_finish(&response);
	return kind;
}

static void try_closed(void)
{
	struct response response = { 0 };
	struct verdict verdict = register_anew("Fred", VISITOR_PASSWORD, "", &response);

	assert_int_equal(verdict.kind, VERDICT_CLOSED);
	assert_int_equal(verdict.status, 403);
	assert_int_equal(judge(""), VERDICT_CLOSED);
	response_finish(&response);
}

static void nobody_registers_where_it_is_closed(void **state)
{
	uint64_t before = hashes();

	assert_int_equal(judge(""), VERDICT_DONE);
	with_registration((char[]){ "closed" }, try_closed);
	assert_int_equal(hashes(), before);
	(void)state;
}

/* Appends what the link carries. */
static void invite(int64_t uses, int64_t expires_ms, struct buf *text)
{
	struct accounts *accounts = visitor_accounts();
	struct invite invite = {
		.created_ms = clock_wall_ms() - HOUR_MS, .expires_ms = expires_ms, .uses_left = uses
	};
	uint8_t token[32];

	crypto_random(token, sizeof(token));
	crypto_sha256(str_range((const char *)token, sizeof(token)), invite.token_hash);
	crypto_base64_encode(text, token, sizeof(token));
	assert_int_equal(invites_add(accounts, &invite), STORE_OK);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
}

static void try_invites(void)
{
	static const char *const none[] = { "", "x", "!",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
	struct response response = { 0 };
	struct buf good = { 0 }, over = { 0 };

	invite(1, clock_wall_ms() + HOUR_MS, &good);
	invite(1, clock_wall_ms() - 1, &over);
	for (size_t i = 0; i < COUNT(none); i++) {
		assert_int_equal(judge(none[i]), VERDICT_NO_INVITE);
		assert_int_equal(register_anew("Gina", VISITOR_PASSWORD, none[i], &response).kind,
			VERDICT_NO_INVITE);
	}
	assert_int_equal(judge(buf_text(&over)), VERDICT_NO_INVITE);
	assert_int_equal(judge(buf_text(&good)), VERDICT_DONE);
	assert_int_equal(register_anew("Gina", "short", buf_text(&good), &response).kind,
		VERDICT_BAD_PASSWORD);
	assert_int_equal(register_anew("Gina", VISITOR_PASSWORD, buf_text(&good), &response).kind,
		VERDICT_DONE);
	assert_int_equal(judge(buf_text(&good)), VERDICT_NO_INVITE);
	assert_int_equal(register_anew("Hans", VISITOR_PASSWORD, buf_text(&good), &response).kind,
		VERDICT_NO_INVITE);
	buf_finish(&over);
	buf_finish(&good);
	response_finish(&response);
}

static void invite_lets_as_many_in_as_it_says(void **state)
{
	with_registration((char[]){ "invite" }, try_invites);
	(void)state;
}

static void source_that_registers_many_is_slowed_down(void **state)
{
	struct response response = { 0 };
	struct verdict verdict = { 0 };
	int count = 0;

	while (count < 100 && verdict.kind == VERDICT_DONE) {
		struct request request = visitor_request(&new_guest, "192.0.2.99");
		struct buf name = { 0 };

		buf_append_format(&name, "one of many %d", count++);
		verdict = register_as(&request, &response, buf_text(&name), VISITOR_PASSWORD, "");
		buf_finish(&name);
	}
	assert_int_equal(verdict.kind, VERDICT_PENALTY);
	assert_true(count > 10);
	assert_int_equal(visitor_headers(&response, "Retry-After: "), 1);
	response_finish(&response);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_registers_is_logged_in),
		cmocka_unit_test(guest_who_registers_keeps_the_id),
		cmocka_unit_test(account_that_registers_another_gets_another_id),
		cmocka_unit_test(bad_forms_are_refused_without_a_hash),
		cmocka_unit_test(nobody_registers_where_it_is_closed),
		cmocka_unit_test(invite_lets_as_many_in_as_it_says),
		cmocka_unit_test(source_that_registers_many_is_slowed_down),
	};

	return cmocka_run_group_tests(tests, visitor_start, visitor_stop);
}
