/* SPDX-License-Identifier: MIT */
/* Who asks, and what of the site is for them: sessions, bans, sites without guests, forms from
 * elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/clock.h"
#include "fcgi/router.h"
#include "fcgi/url_code.h"
#include "tests/support/visitor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MINUTE_MS ((int64_t)60 * 1000)

/* A visit of a page by a cookie. */
static void visit(const char *uri, const struct buf *cookie, struct answer *answer)
{
	visitor_visit(&(struct visit){ .uri = uri, .cookie = cookie->data }, answer);
}

static size_t cookies_set(const struct answer *answer)
{
	struct str value;

	return answer_header(answer, "Set-Cookie", &value);
}

static void session_makes_a_page_its_accounts(void **state)
{
	struct answer answer = { 0 };
	struct buf cookie = { 0 };
	struct identity identity;
	struct account ann;

	visitor_account(&ann, '1', "Ann Account");
	visitor_session_cookie(&ann, &identity, &cookie);
	buf_text(&cookie);
	visit("/chat/lobby/", &cookie, &answer);
	assert_int_equal(answer.status, 200);
	assert_true(answer_says(&answer, "Ann Account"));
	assert_int_equal(cookies_set(&answer), 0);
	cookie.data[cookie.len - 2] ^= 1;
	visit("/chat/lobby/", &cookie, &answer);
	assert_int_equal(answer.status, 200);
	assert_false(answer_says(&answer, "Ann Account"));
	assert_int_equal(cookies_set(&answer), 1);
	buf_finish(&cookie);
	answer_finish(&answer);
	(void)state;
}

/* A session that was last seen then. */
static void old_session(const struct account *account, int64_t seen_ms,
	uint8_t key_hash_out[static SESSION_HASH_SIZE], struct buf *cookie)
{
	struct accounts *accounts = visitor_accounts();
	struct session_row row = { 0 };
	struct buf set_cookie = { 0 };
	enum account_result result;

	session_create(visitor_app()->config, account->user.id, false, seen_ms, &row, &set_cookie);
	assert_int_equal(sessions_add(accounts, &row, NULL, NULL, &result), STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
	memcpy(key_hash_out, row.key_hash, SESSION_HASH_SIZE);
	buf_append_str(cookie, str_range(set_cookie.data, str_find(buf_str(&set_cookie), ';')));
	buf_text(cookie);
	buf_finish(&set_cookie);
}

static int64_t seen_ms(const uint8_t key_hash[static SESSION_HASH_SIZE])
{
	struct accounts *accounts = visitor_accounts();
	struct session_row row;
	struct account account;
	bool is_found;

	assert_int_equal(sessions_find(accounts, key_hash, &row, &account, &is_found), STORE_OK);
	assert_true(is_found);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
	return row.seen_ms;
}

static void page_keeps_its_session_awake(void **state)
{
	uint8_t asleep[SESSION_HASH_SIZE], awake[SESSION_HASH_SIZE];
	struct buf asleep_cookie = { 0 }, awake_cookie = { 0 };
	struct answer answer = { 0 };
	int64_t now_ms = clock_wall_ms();
	struct account bob;

	visitor_account(&bob, '2', "Bob");
	old_session(&bob, now_ms - 6 * MINUTE_MS, asleep, &asleep_cookie);
	old_session(&bob, now_ms - 4 * MINUTE_MS, awake, &awake_cookie);
	visit("/chat/", &asleep_cookie, &answer);
	visit("/chat/", &awake_cookie, &answer);
	assert_true(seen_ms(asleep) >= now_ms);
	assert_int_equal(seen_ms(awake), now_ms - 4 * MINUTE_MS);
	buf_finish(&awake_cookie);
	buf_finish(&asleep_cookie);
	answer_finish(&answer);
	(void)state;
}

static void page_keeps_its_session_awake_where_sessions_fall_asleep_soon(void **state)
{
	struct config config = *visitor_app()->config;
	const struct config *usual = visitor_app()->config;
	uint8_t key_hash[SESSION_HASH_SIZE];
	struct buf cookie = { 0 };
	struct answer answer = { 0 };
	int64_t now_ms = clock_wall_ms();
	struct account zoe;

	visitor_account(&zoe, 'z', "Zoe");
	old_session(&zoe, now_ms - MINUTE_MS, key_hash, &cookie);
	config.sessions_idle_minutes = 2;
	visitor_app()->config = &config;
	visit("/chat/", &cookie, &answer);
	visitor_app()->config = usual;
	assert_true(seen_ms(key_hash) >= now_ms);
	buf_finish(&cookie);
	answer_finish(&answer);
	(void)state;
}

static void nobody_is_a_guest_while_sessions_cannot_be_read(void **state)
{
	struct app *app = visitor_app();
	struct pool *accounts = app->accounts;
	struct answer answer = { 0 };
	struct buf cookie = { 0 }, none = { 0 };
	struct identity identity;
	struct account carl;
	struct str value;

	visitor_account(&carl, '3', "Carl");
	visitor_session_cookie(&carl, &identity, &cookie);
	buf_text(&cookie);
	app->accounts = accounts_pool_create("/dev/null/accounts.db");
	visit("/chat/lobby/", &cookie, &answer);
	assert_int_equal(answer.status, 503);
	assert_int_equal(cookies_set(&answer), 0);
	assert_int_equal(answer_header(&answer, "Retry-After", &value), 1);
	visit("/api/rooms/lobby/messages", &cookie, &answer);
	assert_int_equal(answer.status, 503);
	assert_int_equal(answer_header(&answer, "Content-Type", &value), 1);
	assert_true(str_is(value, "application/json"));
	assert_true(answer_says(&answer, "\"error\": \"unreadable\""));
	visit("/chat/lobby/", &none, &answer);
	assert_int_equal(answer.status, 200);
	assert_int_equal(cookies_set(&answer), 1);
	pool_destroy(app->accounts);
	app->accounts = accounts;
	buf_finish(&cookie);
	answer_finish(&answer);
	(void)state;
}

/* It may be for its members only. */
static void room_tells_nothing_while_its_rules_cannot_be_read(void **state)
{
	struct app *app = visitor_app();
	struct pool *accounts = app->accounts;
	struct answer answer = { 0 };
	struct buf none = { 0 };
	struct str value;

	app->accounts = accounts_pool_create("/dev/null/accounts.db");
	visit("/chat/lobby/", &none, &answer);
	assert_int_equal(answer.status, 200);
	assert_true(answer_says(&answer, "history-problem"));
	visit("/chat/lobby/people/", &none, &answer);
	assert_int_equal(answer.status, 503);
	assert_int_equal(answer_header(&answer, "Retry-After", &value), 1);
	visit("/api/rooms/lobby/messages", &none, &answer);
	assert_int_equal(answer.status, 503);
	assert_true(answer_says(&answer, "\"error\": \"unreadable\""));
	pool_destroy(app->accounts);
	app->accounts = accounts;
	visit("/chat/lobby/", &none, &answer);
	assert_int_equal(answer.status, 200);
	answer_finish(&answer);
	(void)state;
}

static void who_is_banned_is_logged_out(void **state)
{
	struct accounts *accounts = visitor_accounts();
	struct answer answer = { 0 };
	struct buf cookie = { 0 };
	enum account_result result;
	struct identity identity;
	struct account dora;

	visitor_account(&dora, '4', "Dora");
	visitor_session_cookie(&dora, &identity, &cookie);
	buf_text(&cookie);
	assert_int_equal(
		accounts_set_rights(accounts, dora.user.id, false, false, clock_wall_ms(), &result),
		STORE_OK);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
	visit("/chat/lobby/", &cookie, &answer);
	assert_false(answer_says(&answer, "Dora"));
	assert_int_equal(cookies_set(&answer), 1);
	buf_finish(&cookie);
	answer_finish(&answer);
	(void)state;
}

/* A POST of a form, as a browser describes it. */
static int post(
	const char *uri, const char *cookie, const char *body, const char *site, const char *origin)
{
	struct buf site_variable = { 0 }, origin_variable = { 0 };
	struct visit visit = { .method = "POST", .uri = uri, .cookie = cookie, .body = body };
	struct answer answer = { 0 };
	size_t extras = 0;

	buf_append_format(&site_variable, "HTTP_SEC_FETCH_SITE=%s", site == NULL ? "" : site);
	buf_append_format(&origin_variable, "HTTP_ORIGIN=%s", origin == NULL ? "" : origin);
	if (site != NULL)
		visit.extra[extras++] = buf_text(&site_variable);
	if (origin != NULL)
		visit.extra[extras++] = buf_text(&origin_variable);
	visitor_visit(&visit, &answer);
	buf_finish(&origin_variable);
	buf_finish(&site_variable);
	answer_finish(&answer);
	return answer.status;
}

/* The form's body with the token of somebody. */
static void form_of(const struct identity *identity, struct buf *body)
{
	buf_append_text(body, "csrf_token=");
	visitor_identity_token(identity, body);
	buf_text(body);
}

static void form_of_another_session_is_refused(const char *uri, const struct account *account)
{
	struct buf cookie = { 0 }, own = { 0 }, others = { 0 }, guests = { 0 };
	struct identity here, there, guest = { .user = account->user };

	visitor_session_cookie(account, &here, &cookie);
	visitor_log_in(account, &there);
	form_of(&here, &own);
	form_of(&there, &others);
	form_of(&guest, &guests);
	buf_text(&cookie);
	assert_int_equal(post(uri, cookie.data, "", NULL, NULL), 403);
	assert_int_equal(post(uri, cookie.data, others.data, NULL, NULL), 403);
	assert_int_equal(post(uri, cookie.data, guests.data, NULL, NULL), 403);
	assert_int_equal(post(uri, NULL, own.data, NULL, NULL), 403);
	assert_int_equal(post(uri, cookie.data, own.data, "cross-site", NULL), 403);
	assert_int_not_equal(post(uri, cookie.data, own.data, "same-origin", NULL), 403);
	buf_finish(&guests);
	buf_finish(&others);
	buf_finish(&own);
	buf_finish(&cookie);
}

/* Of a row; the room is the lobby. */
static void write_uri(const struct url *url, struct buf *uri)
{
	struct request request = { 0 };

	buf_clear(uri);
	router_reverse(visitor_app()->config, &request, url->name, STR_OF("lobby"), uri);
	buf_text(uri);
}

/* No page is closed to a superuser. */
static void make_superuser(const struct account *account)
{
	struct accounts *accounts = visitor_accounts();
	enum account_result result;

	assert_int_equal(accounts_set_rights(
				 accounts, account->user.id, true, true, clock_wall_ms(), &result),
		STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
}

static void every_post_needs_the_token_of_its_session(void **state)
{
	struct buf uri = { 0 };
	struct account emil;
	size_t posts = 0;

	visitor_account(&emil, '5', "Emil");
	make_superuser(&emil);
	for (size_t i = 0; i < url_count; i++) {
		if (urls[i].method != METHOD_POST || (urls[i].flags & URL_KEY) != 0)
			continue;
		write_uri(&urls[i], &uri);
		form_of_another_session_is_refused(buf_text(&uri), &emil);
		posts++;
	}
	assert_true(posts > 0);
	buf_finish(&uri);
	(void)state;
}

/* What browsers say beside a good token (W3C Fetch Metadata; RFC 6454 7). */
static void form_comes_from_this_site(void **state)
{
	static const struct {
		const char *site;
		const char *origin;
		bool is_admitted;
	} cases[] = {
		{ NULL, NULL, true },
		{ NULL, "http://localhost", true },
		{ "same-origin", NULL, true },
		{ "same-origin", "http://localhost", true },
		{ "none", NULL, true },
		{ "none", "http://localhost:80", true },
		{ "same-site", "http://localhost", true },
		{ "same-site", NULL, false },
		{ "same-site", "http://sub.localhost", false },
		{ "cross-site", NULL, false },
		{ "cross-site", "http://localhost", false },
		{ "Same-Origin", NULL, false },
		{ "same-origin, none", NULL, false },
		{ "same-origin", "http://evil.example", false },
		{ "none", "http://evil.example", false },
		{ NULL, "null", false },
		{ "same-origin", "null", false },
		{ NULL, "http://evil.example", false },
		{ NULL, "https://localhost", false },
		{ NULL, "http://localhost:8080", false },
		{ NULL, "http://localhost.evil.example", false },
		{ NULL, "http://localhost/", false },
		{ NULL, "http://localhost http://evil.example", false },
	};
	struct identity guest = { 0 };
	struct buf cookie = { 0 }, body = { 0 };

	visitor_user(&guest.user, 'g', "gina");
	visitor_cookie(&guest.user, &cookie);
	form_of(&guest, &body);
	buf_append_text(&body, "&name=gina");
	buf_text(&body);
	buf_text(&cookie);
	for (size_t i = 0; i < COUNT(cases); i++) {
		int status = post(
			"/chat/name", cookie.data, body.data, cases[i].site, cases[i].origin);

		if (status != (cases[i].is_admitted ? 303 : 403))
			fail_msg("case %zu: %d", i, status);
	}
	buf_finish(&body);
	buf_finish(&cookie);
	(void)state;
}

/* The form's body with the token of a page, which is another in each. */
static void form_of_page(const struct answer *page, struct buf *body)
{
	static const char field[] = "name=\"csrf_token\" value=\"";
	const char *found = memmem(page->body.data, page->body.len, field, strlen(field));
	struct str token;

	assert_non_null(found);
	found += strlen(field);
	token = str_range(found, (size_t)(page->body.data + page->body.len - found));
	buf_append_text(body, "csrf_token=");
	buf_append_str(body, str_range(found, str_find(token, '"')));
}

static void form_of_a_page_works_with_the_cookie_that_came_with_it(void **state)
{
	struct answer page = { 0 };
	struct buf body = { 0 }, cookie = { 0 };
	struct str value;

	visitor_visit(&(struct visit){ .uri = "/chat/name" }, &page);
	assert_int_equal(answer_header(&page, "Set-Cookie", &value), 1);
	buf_append_str(&cookie, str_range(value.data, str_find(value, ';')));
	form_of_page(&page, &body);
	buf_append_text(&body, "&name=hans");
	assert_int_equal(post("/chat/name", buf_text(&cookie), buf_text(&body), NULL, NULL), 303);
	assert_int_equal(post("/chat/name", NULL, buf_text(&body), NULL, NULL), 403);
	buf_finish(&cookie);
	buf_finish(&body);
	answer_finish(&page);
	(void)state;
}

/* Runs a test on a site that has no guests. */
static void without_guests(void (*test)(void))
{
	struct app *app = visitor_app();
	struct config config = *app->config;
	const struct config *before = app->config;

	config.site_guests = false;
	app->config = &config;
	test();
	app->config = before;
}

static void assert_leads_to_the_login(const struct url *url, const struct answer *answer)
{
	struct buf expected = { 0 }, next = { 0 };
	struct str value;

	write_uri(url, &next);
	buf_append_text(&expected, "/accounts/login/?next=");
	url_encode(buf_str(&next), &expected);
	if (answer->status != 303 || answer_header(answer, "Location", &value) != 1 ||
		!str_equals(value, buf_str(&expected)))
		fail_msg("%s: %d", url->name, answer->status);
	buf_finish(&next);
	buf_finish(&expected);
}

static void ask_as_nobody(const struct url *url)
{
	struct answer answer = { 0 };
	struct buf uri = { 0 };
	struct str value;

	write_uri(url, &uri);
	visitor_visit(&(struct visit){ .uri = uri.data }, &answer);
	if (str_starts_with(str_from(url->pattern), STR_OF("/api/"))) {
		assert_int_equal(answer.status, 401);
		assert_int_equal(answer_header(&answer, "Content-Type", &value), 1);
		assert_true(str_is(value, "application/json"));
		assert_true(answer_says(&answer, (url->flags & URL_KEY) != 0
							 ? "\"error\": \"key_required\""
							 : "\"error\": \"login_required\""));
	} else if ((url->flags & URL_PUBLIC) != 0) {
		bool is_choice = strcmp(url->name, "language") == 0 ||
				 strcmp(url->name, "theme") == 0;

		assert_int_equal(answer.status, is_choice ? 303 : 200);
	} else {
		assert_leads_to_the_login(url, &answer);
	}
	buf_finish(&uri);
	answer_finish(&answer);
}

static void ask_for_all_rows_as_nobody(void)
{
	for (size_t i = 0; i < url_count; i++) {
		if (urls[i].method == METHOD_GET)
			ask_as_nobody(&urls[i]);
	}
}

static void site_without_guests_leads_to_the_login(void **state)
{
	without_guests(ask_for_all_rows_as_nobody);
	(void)state;
}

static void ask_for_a_room_as_an_account(void)
{
	struct answer answer = { 0 };
	struct buf cookie = { 0 };
	struct identity identity;
	struct account ida;
	struct str value;

	visitor_account(&ida, '9', "Ida");
	visitor_session_cookie(&ida, &identity, &cookie);
	buf_text(&cookie);
	visit("/chat/lobby/", &cookie, &answer);
	assert_int_equal(answer.status, 200);
	visit("/api/rooms/lobby/messages", &cookie, &answer);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer_header(&answer, "Cache-Control", &value), 1);
	assert_true(str_is(value, "private, no-cache"));
	buf_finish(&cookie);
	answer_finish(&answer);
}

static void site_without_guests_is_there_for_accounts(void **state)
{
	without_guests(ask_for_a_room_as_an_account);
	(void)state;
}

static void log_in_by_the_form(void)
{
	struct identity guest = { 0 };
	struct buf cookie = { 0 }, body = { 0 };
	struct answer page = { 0 };
	struct account jim;
	struct str value;

	visitor_account(&jim, 'j', "Jim");
	visitor_visit(&(struct visit){ .uri = "/accounts/login/" }, &page);
	assert_int_equal(answer_header(&page, "Set-Cookie", &value), 1);
	buf_append_str(&cookie, str_range(value.data, str_find(value, ';')));
	assert_true(guest_read(&guest.user, &visitor_app()->secret, buf_str(&cookie), false));
	form_of(&guest, &body);
	buf_append_text(&body, "&username=Jim&password=correct+horse+battery");
	assert_int_equal(post("/accounts/login/", buf_text(&cookie), buf_text(&body), "same-origin",
				 "http://localhost"),
		303);
	visitor_visit(&(struct visit){ .method = "POST",
			      .uri = "/chat/name",
			      .cookie = cookie.data,
			      .body = body.data },
		&page);
	assert_int_equal(answer_header(&page, "Location", &value), 1);
	assert_true(str_is(value, "/accounts/login/"));
	buf_finish(&body);
	buf_finish(&cookie);
	answer_finish(&page);
}

static void login_form_works_where_there_are_no_guests(void **state)
{
	without_guests(log_in_by_the_form);
	(void)state;
}

static void visit_the_login_as_the_guest_that_an_account_was(void)
{
	struct buf cookie = { 0 };
	struct answer page = { 0 };
	struct account kay;
	struct user guest;
	struct str value;

	visitor_account(&kay, 'K', "Kay");
	visitor_cookie(&kay.user, &cookie);
	visitor_visit(
		&(struct visit){ .uri = "/accounts/login/", .cookie = buf_text(&cookie) }, &page);
	assert_int_equal(answer_header(&page, "Set-Cookie", &value), 1);
	buf_clear(&cookie);
	buf_append_str(&cookie, str_range(value.data, str_find(value, ';')));
	assert_true(guest_read(&guest, &visitor_app()->secret, buf_str(&cookie), false));
	assert_memory_not_equal(guest.id, kay.user.id, USER_ID_SIZE);
	buf_finish(&cookie);
	answer_finish(&page);
}

static void guest_that_an_account_was_is_nobody_where_there_are_no_guests(void **state)
{
	without_guests(visit_the_login_as_the_guest_that_an_account_was);
	(void)state;
}

static void pages_of_accounts_lead_guests_to_the_login(void **state)
{
	struct answer answer = { 0 };
	struct buf uri = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < url_count; i++) {
		if (urls[i].method != METHOD_GET || (urls[i].flags & URL_LOGIN) == 0)
			continue;
		write_uri(&urls[i], &uri);
		visitor_visit(&(struct visit){ .uri = uri.data }, &answer);
		assert_leads_to_the_login(&urls[i], &answer);
		count++;
	}
	assert_true(count >= 3);
	buf_finish(&uri);
	answer_finish(&answer);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(session_makes_a_page_its_accounts),
		cmocka_unit_test(page_keeps_its_session_awake),
		cmocka_unit_test(page_keeps_its_session_awake_where_sessions_fall_asleep_soon),
		cmocka_unit_test(nobody_is_a_guest_while_sessions_cannot_be_read),
		cmocka_unit_test(room_tells_nothing_while_its_rules_cannot_be_read),
		cmocka_unit_test(who_is_banned_is_logged_out),
		cmocka_unit_test(every_post_needs_the_token_of_its_session),
		cmocka_unit_test(form_comes_from_this_site),
		cmocka_unit_test(site_without_guests_leads_to_the_login),
		cmocka_unit_test(site_without_guests_is_there_for_accounts),
		cmocka_unit_test(login_form_works_where_there_are_no_guests),
		cmocka_unit_test(guest_that_an_account_was_is_nobody_where_there_are_no_guests),
		cmocka_unit_test(pages_of_accounts_lead_guests_to_the_login),
		cmocka_unit_test(form_of_a_page_works_with_the_cookie_that_came_with_it),
	};

	return cmocka_run_group_tests(tests, visitor_start, visitor_stop);
}
