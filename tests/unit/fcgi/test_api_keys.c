/* SPDX-License-Identifier: MIT */
/* Programs with keys: who is let to what, and how the others are refused. There is no broker: who
 * gets as far as to it is told so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/json.h"
#include "common/store/api_keys.h"
#include "fcgi/router.h"
#include "tests/support/visitor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DAY_MS (24 * 60 * 60 * (int64_t)1000)
#define EVERYTHING (API_CHANNELS_SEND | API_MESSAGES_READ | API_MESSAGES_SEND | API_ROOMS_READ)
#define HEADER_SIZE 128
#define JSON_TYPE "CONTENT_TYPE=application/json"
#define MESSAGES "/api/rooms/lobby/messages"
#define HELLO "{\"message\": \"hello\"}"

struct held {
	int64_t id;
	char header[HEADER_SIZE]; /* as CGI has it */
};

static int64_t add_key(struct api_key *key, const uint8_t secret[static API_KEY_SECRET_SIZE])
{
	struct accounts *accounts = visitor_accounts();
	int64_t id;

	crypto_sha256(str_range((const char *)secret, API_KEY_SECRET_SIZE), key->secret_hash);
	assert_int_equal(api_keys_add(accounts, key, &id), STORE_OK);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
	return id;
}

static struct held hold(unsigned scopes, const char *rooms, int64_t expires_ms)
{
	struct api_key key = { .name = "bot", .scopes = scopes, .expires_ms = expires_ms };
	uint8_t secret[API_KEY_SECRET_SIZE];
	struct buf text = { 0 };
	struct held held;

	snprintf(key.rooms, sizeof(key.rooms), "%s", rooms);
	crypto_random(secret, sizeof(secret));
	held.id = add_key(&key, secret);
	api_key_write(held.id, secret, &text);
	snprintf(held.header, sizeof(held.header), "HTTP_AUTHORIZATION=Bearer %s", buf_text(&text));
	buf_finish(&text);
	return held;
}

static void assert_refused(const struct answer *answer, int status, const char *code)
{
	char expected[64];
	struct str type;

	snprintf(expected, sizeof(expected), "{\"ok\": false, \"error\": \"%s\", ", code);
	if (answer->status != status || !str_starts_with(answer->body, str_from(expected)))
		fail_msg("%s: %d %.*s", code, answer->status, STR_ARG(answer->body));
	assert_int_equal(answer_header(answer, "Content-Type", &type), 1);
	assert_true(str_is(type, "application/json"));
	assert_int_equal(answer_header(answer, "Set-Cookie", &type), 0);
}

/* What a POST of a text to a path with some headers is refused with. */
static void assert_post_refused(
	const char *uri, const char *const *extra, const char *body, int status, const char *code)
{
	struct answer answer = { 0 };
	struct visit visit = { .method = "POST", .uri = uri, .body = body };

	for (size_t i = 0; i < VISIT_EXTRA_MAX && extra[i] != NULL; i++)
		visit.extra[i] = extra[i];
	visitor_visit(&visit, &answer);
	assert_refused(&answer, status, code);
	answer_finish(&answer);
}

static void visit_row(const struct url *url, const char *authorization, struct answer *answer)
{
	struct request request = { 0 };
	struct buf uri = { 0 };

	router_reverse(visitor_app()->config, &request, url->name, STR_OF("lobby"), &uri);
	visitor_visit(
		&(struct visit){
			.method = url->method == METHOD_POST ? "POST" : "GET",
			.uri = buf_text(&uri),
			.body = url->method == METHOD_POST ? "{\"message\": {\"type\": \"a\"}}"
							   : NULL,
			.extra = { authorization == NULL ? JSON_TYPE : authorization, JSON_TYPE },
		},
		answer);
	buf_finish(&uri);
}

static void every_row_for_programs_needs_its_scope(void **state)
{
	struct answer answer = { 0 };
	struct str challenge;
	size_t rows = 0;

	for (size_t i = 0; i < url_count; i++) {
		struct held other = hold(EVERYTHING & ~(unsigned)urls[i].scope, "", 0);
		struct held right = hold(urls[i].scope, "", 0);

		if (urls[i].scope == 0)
			continue;
		visit_row(&urls[i], other.header, &answer);
		assert_refused(&answer, 403, "insufficient_scope");
		assert_int_equal(answer_header(&answer, "WWW-Authenticate", &challenge), 1);
		assert_true(str_starts_with(
			challenge, STR_OF("Bearer realm=\"roomwire\", "
					  "error=\"insufficient_scope\", scope=\"")));
		visit_row(&urls[i], right.header, &answer);
		assert_int_not_equal(answer.status, 403);
		assert_int_not_equal(answer.status, 401);
		rows++;
	}
	assert_true(rows >= 6);
	answer_finish(&answer);
	(void)state;
}

static void row_for_programs_alone_asks_for_a_key(void **state)
{
	static const char *const none[] = { NULL, "HTTP_AUTHORIZATION=Basic YTpi",
		"HTTP_AUTHORIZATION=Bearer", "HTTP_AUTHORIZATION=" };
	struct answer answer = { 0 };
	struct str challenge;

	for (size_t i = 0; i < url_count; i++) {
		for (size_t k = 0; k < COUNT(none) && (urls[i].flags & URL_KEY) != 0; k++) {
			visit_row(&urls[i], none[k], &answer);
			assert_refused(&answer, 401, "key_required");
			assert_int_equal(answer_header(&answer, "WWW-Authenticate", &challenge), 1);
			assert_true(str_is(challenge, "Bearer realm=\"roomwire\""));
		}
	}
	answer_finish(&answer);
	(void)state;
}

static void key_that_is_not_good_is_refused_where_people_may_read(void **state)
{
	struct held over = hold(EVERYTHING, "", clock_wall_ms() - 1),
		    removed = hold(EVERYTHING, "", 0), altered = hold(EVERYTHING, "", 0);
	const char *const headers[] = { over.header, removed.header, altered.header,
		"HTTP_AUTHORIZATION=Bearer x", "HTTP_AUTHORIZATION=bearer  rw_1_" };
	struct accounts *accounts = visitor_accounts();
	struct answer answer = { 0 };
	struct str challenge;
	bool is_found;

	assert_int_equal(api_keys_remove(accounts, removed.id, &is_found), STORE_OK);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
	altered.header[strlen(altered.header) - 2] ^= 1;
	for (size_t i = 0; i < COUNT(headers); i++) {
		visitor_visit(&(struct visit){ .uri = MESSAGES, .extra = { headers[i] } }, &answer);
		assert_refused(&answer, 401, "invalid_token");
		assert_int_equal(answer_header(&answer, "WWW-Authenticate", &challenge), 1);
		assert_true(
			str_is(challenge, "Bearer realm=\"roomwire\", error=\"invalid_token\""));
	}
	answer_finish(&answer);
	(void)state;
}

static void key_for_some_rooms_opens_no_other(void **state)
{
	static const struct {
		const char *uri;
		int status;
	} cases[] = {
		{ "/api/rooms/lobby/messages", 200 },
		{ "/api/rooms/ops-eu/messages", 200 },
		{ "/api/rooms/%20lobby/messages", 200 }, /* the same in normal form */
		{ "/api/rooms/Lobby/messages", 403 },
		{ "/api/rooms/secret/messages", 403 },
		{ "/api/rooms/secret/search?q=a", 403 },
		{ "/api/rooms/a%2Fb/messages", 400 },
	};
	struct held held = hold(EVERYTHING & ~API_CHANNELS_SEND, "lobby\nops*\n", 0);
	struct answer answer = { 0 };

	for (size_t i = 0; i < COUNT(cases); i++) {
		visitor_visit(
			&(struct visit){ .uri = cases[i].uri, .extra = { held.header } }, &answer);
		if (answer.status != cases[i].status)
			fail_msg("%s: %d", cases[i].uri, answer.status);
		if (answer.status == 403)
			assert_refused(&answer, 403, "wrong_room");
	}
	answer_finish(&answer);
	(void)state;
}

/* No cookie, no token and no Origin of this site. */
static void key_needs_nothing_that_people_need(void **state)
{
	struct held held = hold(API_MESSAGES_SEND, "", 0);
	const char *const extra[] = { held.header, JSON_TYPE "; charset=utf-8",
		"HTTP_ORIGIN=https://evil.example", "HTTP_SEC_FETCH_SITE=cross-site" };

	assert_post_refused(MESSAGES, extra, HELLO, 503, "unavailable");
	(void)state;
}

static void key_reads_on_a_site_without_guests_and_no_cache_keeps_it(void **state)
{
	struct held held = hold(API_MESSAGES_READ, "", 0);
	struct config config = *visitor_app()->config;
	const struct config *before = visitor_app()->config;
	struct answer answer = { 0 };
	struct str value;

	config.site_guests = false;
	for (int i = 0; i < 2; i++) {
		visitor_visit(
			&(struct visit){ .uri = MESSAGES, .extra = { held.header } }, &answer);
		assert_int_equal(answer.status, 200);
		assert_int_equal(answer_header(&answer, "Cache-Control", &value), 1);
		assert_true(str_is(value, "private, no-cache"));
		assert_int_equal(answer_header(&answer, "Set-Cookie", &value), 0);
		visitor_app()->config = &config;
	}
	visitor_app()->config = before;
	answer_finish(&answer);
	(void)state;
}

static void key_opens_no_page(void **state)
{
	struct held held = hold(EVERYTHING, "", 0);
	struct answer answer = { 0 };

	visitor_visit(
		&(struct visit){ .uri = "/accounts/profile/", .extra = { held.header } }, &answer);
	assert_int_equal(answer.status, 303);
	visitor_visit(&(struct visit){ .method = "POST",
			      .uri = "/chat/name",
			      .body = "name=eve",
			      .extra = { held.header } },
		&answer);
	assert_int_equal(answer.status, 403);
	answer_finish(&answer);
	(void)state;
}

static void what_is_below_api_is_refused_in_json(void **state)
{
	static const struct {
		struct visit visit;
		int status;
		const char *code;
	} cases[] = {
		{ { .uri = "/api/" }, 404, "not_found" },
		{ { .uri = "/api/rooms/" }, 404, "not_found" },
		{ { .uri = "/api/rooms/%zz/messages" }, 400, "bad_request" },
		{ { .uri = "/api/rooms", .host = "evil.example" }, 400, "bad_request" },
		{ { .uri = "/api/rooms", .method = "DELETE" }, 405, "method_not_allowed" },
		{ { .uri = "/api/rooms", .method = "POST", .content_length = "65537" }, 413,
			"too_large" },
		{ { .uri = "/api/rooms", .method = "POST", .content_length = "x" }, 400,
			"bad_request" },
	};
	struct answer answer = { 0 };
	struct str allow;

	for (size_t i = 0; i < COUNT(cases); i++) {
		visitor_visit(&cases[i].visit, &answer);
		assert_refused(&answer, cases[i].status, cases[i].code);
		if (answer.status == 405)
			assert_int_equal(answer_header(&answer, "Allow", &allow), 1);
	}
	answer_finish(&answer);
	(void)state;
}

#define LONG_KEY                                                           \
	"HTTP_IDEMPOTENCY_KEY="                                            \
	"0123456789012345678901234567890123456789012345678901234567890123" \
	"0123456789012345678901234567890123456789012345678901234567890123" \
	"0123456789012345678901234567890123456789012345678901234567890123" \
	"0123456789012345678901234567890123456789012345678901234567890123"

static void what_cannot_be_sent_is_refused(void **state)
{
	static const struct {
		const char *type;
		const char *idempotency;
		const char *body;
		int status;
		const char *code;
	} cases[] = {
		{ "CONTENT_TYPE=", NULL, HELLO, 415, "unsupported_media_type" },
		{ "CONTENT_TYPE=text/json", NULL, HELLO, 415, "unsupported_media_type" },
		{ "CONTENT_TYPE=application/x-www-form-urlencoded", NULL, HELLO, 415,
			"unsupported_media_type" },
		{ JSON_TYPE, NULL, "", 400, "not_json" },
		{ JSON_TYPE, NULL, "{\"message\": \"a\"", 400, "not_json" },
		{ JSON_TYPE, NULL, "[]", 400, "not_json" },
		{ JSON_TYPE, NULL, "null", 400, "not_json" },
		{ JSON_TYPE, NULL, "{\"message\": \"\xff\"}", 400, "not_json" },
		{ JSON_TYPE, NULL, "{}", 400, "no_message" },
		{ JSON_TYPE, NULL, "{\"message\": 7}", 400, "no_message" },
		{ JSON_TYPE, NULL, "{\"type\": 7}", 400, "no_type" },
		{ JSON_TYPE, NULL, "{\"type\": \"welcome\"}", 400, "reserved_type" },
		{ JSON_TYPE, NULL, "{\"type\": \"chat.message\"}", 400, "no_message" },
		{ JSON_TYPE, NULL, "{\"messages\": []}", 413, "too_many_messages" },
		{ JSON_TYPE, "HTTP_IDEMPOTENCY_KEY=a b", HELLO, 400, "bad_idempotency_key" },
		{ JSON_TYPE, "HTTP_IDEMPOTENCY_KEY=\xc3\xa9", HELLO, 400, "bad_idempotency_key" },
		{ JSON_TYPE, LONG_KEY, HELLO, 400, "bad_idempotency_key" },
		{ JSON_TYPE, "HTTP_IDEMPOTENCY_KEY=a", "{\"type\": \"light.on\"}", 422,
			"not_idempotent" },
		{ JSON_TYPE, "HTTP_IDEMPOTENCY_KEY=a", HELLO, 503, "unavailable" },
	};
	struct held held = hold(API_MESSAGES_SEND, "", 0);

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *extra[VISIT_EXTRA_MAX] = { held.header, cases[i].type,
			cases[i].idempotency };

		assert_post_refused(MESSAGES, extra, cases[i].body, cases[i].status, cases[i].code);
	}
	(void)state;
}

static void message_that_is_too_long_is_413(void **state)
{
	struct held held = hold(API_MESSAGES_SEND, "", 0);
	const char *const extra[] = { held.header, JSON_TYPE, NULL };
	size_t length = (size_t)visitor_app()->config->limits_message_bytes;
	struct buf body = { 0 };

	buf_append_text(&body, "{\"message\": \"");
	for (size_t i = 0; i <= length; i++)
		buf_append_char(&body, 'x');
	buf_append_text(&body, "\"}");
	assert_post_refused(MESSAGES, extra, buf_text(&body), 413, "too_long");
	buf_finish(&body);
	(void)state;
}

static void letter_to_a_channel_is_an_object(void **state)
{
	struct held held = hold(API_CHANNELS_SEND, "", 0);
	const char *const extra[] = { held.header, JSON_TYPE, NULL };

	assert_post_refused("/api/channels/a/messages", extra, HELLO, 400, "bad_message");
	assert_post_refused("/api/channels/a/messages", extra, "{}", 400, "bad_message");
	assert_post_refused(
		"/api/channels/a/messages", extra, "{\"message\": {}}", 503, "unavailable");
	assert_post_refused(
		"/api/channels/%ff/messages", extra, "{\"message\": {}}", 400, "bad_channel");
	(void)state;
}

static void batch_has_a_result_for_each_that_is_wrong(void **state)
{
	struct held held = hold(API_MESSAGES_SEND, "", 0);
	struct answer answer = { 0 };
	const struct json *results;
	struct json *document;
	const char *problem;
	struct str code;

	visitor_visit(&(struct visit){ .method = "POST",
			      .uri = MESSAGES,
			      .body = "{\"messages\": [{\"type\": 7}, 8, " HELLO ", " HELLO "]}",
			      .extra = { held.header, JSON_TYPE } },
		&answer);
	assert_int_equal(answer.status, 200);
	document = json_parse(answer.body, &problem);
	results = json_find(document, "results");
	assert_int_equal(json_count(results), 4);
	for (size_t i = 0; i < 4; i++) {
		static const char *const codes[] = { "no_type", "not_an_object", "unavailable",
			"not_tried" };

		assert_true(json_get_string(json_find(json_at(results, i), "error"), &code));
		assert_true(str_is(code, codes[i]));
	}
	assert_true(answer_says(&answer, "\"failed\": 4}"));
	json_destroy(document);
	answer_finish(&answer);
	(void)state;
}

static void batch_of_which_nothing_was_done_may_be_sent_again(void **state)
{
	struct held held = hold(API_MESSAGES_SEND, "", 0);
	const char *const extra[] = { held.header, JSON_TYPE, NULL };

	assert_post_refused(MESSAGES, extra, "{\"messages\": [" HELLO ", {}]}", 503, "unavailable");
	(void)state;
}

static void lists_have_limits(void **state)
{
	static const char *const uris[] = { "/api/rooms?limit=0", "/api/rooms?limit=501",
		"/api/rooms?limit=x", "/api/rooms/lobby/members?limit=-1", "/api/rooms?after=%ff" };
	struct held held = hold(API_ROOMS_READ, "", 0);
	struct answer answer = { 0 };

	for (size_t i = 0; i < COUNT(uris); i++) {
		visitor_visit(&(struct visit){ .uri = uris[i], .extra = { held.header } }, &answer);
		assert_refused(&answer, 400, "bad_field");
	}
	visitor_visit(
		&(struct visit){ .uri = "/api/rooms/a%2Fb/members", .extra = { held.header } },
		&answer);
	assert_refused(&answer, 400, "bad_room");
	visitor_visit(&(struct visit){ .uri = "/api/rooms", .extra = { held.header } }, &answer);
	assert_refused(&answer, 503, "unavailable");
	answer_finish(&answer);
	(void)state;
}

static void each_key_has_its_own_share_and_a_batch_counts_as_its_messages(void **state)
{
	struct held first = hold(EVERYTHING, "", 0), other = hold(EVERYTHING, "", 0);
	const char *const extra[] = { first.header, JSON_TYPE, NULL };
	struct throttle *usual = visitor_app()->api_keys;
	struct answer answer = { 0 };
	struct str value;

	visitor_app()->api_keys = throttle_create(1, 3, 10);
	assert_post_refused(
		MESSAGES, extra, "{\"messages\": [{}, {}, " HELLO ", {}]}", 429, "too_fast");
	assert_post_refused(MESSAGES, extra, "{\"message\": 1}", 400, "no_message");
	assert_post_refused(MESSAGES, extra, "{\"message\": 1}", 400, "no_message");
	visitor_visit(&(struct visit){ .uri = MESSAGES, .extra = { first.header } }, &answer);
	assert_refused(&answer, 429, "too_fast");
	assert_int_equal(answer_header(&answer, "Retry-After", &value), 1);
	assert_true(str_is(value, "1"));
	visitor_visit(&(struct visit){ .uri = MESSAGES, .extra = { other.header } }, &answer);
	assert_int_equal(answer.status, 200);
	throttle_destroy(visitor_app()->api_keys);
	visitor_app()->api_keys = usual;
	answer_finish(&answer);
	(void)state;
}

static void wrong_keys_are_refused_for_a_time_and_the_right_one_is_not(void **state)
{
	static const char wrong[] = "HTTP_AUTHORIZATION=Bearer rw_0_wrong";
	struct held held = hold(API_MESSAGES_READ, "", 0);
	struct answer answer = { .status = 401 };
	struct str value;

	/* Others of these tests have tried before. */
	for (int i = 0; i < 22 && answer.status == 401; i++)
		visitor_visit(&(struct visit){ .uri = MESSAGES, .extra = { wrong } }, &answer);
	assert_refused(&answer, 429, "too_many_tries");
	assert_int_equal(answer_header(&answer, "Retry-After", &value), 1);
	assert_true(str_is(value, "2"));
	visitor_visit(&(struct visit){ .uri = MESSAGES, .extra = { held.header } }, &answer);
	assert_int_equal(answer.status, 200);
	answer_finish(&answer);
	(void)state;
}

static void use_of_a_key_is_noted(void **state)
{
	struct held held = hold(API_MESSAGES_READ, "", clock_wall_ms() + DAY_MS);
	struct accounts *accounts;
	struct answer answer = { 0 };
	struct api_key key;
	bool is_found;
	int64_t now_ms = clock_wall_ms();

	visitor_visit(&(struct visit){ .uri = MESSAGES, .extra = { held.header } }, &answer);
	assert_int_equal(answer.status, 200);
	accounts = visitor_accounts();
	assert_int_equal(api_keys_find(accounts, held.id, &key, &is_found), STORE_OK);
	assert_true(is_found && key.used_ms >= now_ms);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
	answer_finish(&answer);
	(void)state;
}

static void nobody_is_let_in_while_keys_cannot_be_read(void **state)
{
	struct held held = hold(EVERYTHING, "", 0);
	struct app *app = visitor_app();
	struct pool *accounts = app->accounts;
	struct answer answer = { 0 };

	app->accounts = accounts_pool_create("/nonexistent/accounts.db");
	visitor_visit(&(struct visit){ .uri = MESSAGES, .extra = { held.header } }, &answer);
	pool_destroy(app->accounts);
	app->accounts = accounts;
	assert_refused(&answer, 503, "unreadable");
	answer_finish(&answer);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_for_programs_needs_its_scope),
		cmocka_unit_test(row_for_programs_alone_asks_for_a_key),
		cmocka_unit_test(key_that_is_not_good_is_refused_where_people_may_read),
		cmocka_unit_test(key_for_some_rooms_opens_no_other),
		cmocka_unit_test(key_needs_nothing_that_people_need),
		cmocka_unit_test(key_reads_on_a_site_without_guests_and_no_cache_keeps_it),
		cmocka_unit_test(key_opens_no_page),
		cmocka_unit_test(what_is_below_api_is_refused_in_json),
		cmocka_unit_test(what_cannot_be_sent_is_refused),
		cmocka_unit_test(message_that_is_too_long_is_413),
		cmocka_unit_test(letter_to_a_channel_is_an_object),
		cmocka_unit_test(batch_has_a_result_for_each_that_is_wrong),
		cmocka_unit_test(batch_of_which_nothing_was_done_may_be_sent_again),
		cmocka_unit_test(lists_have_limits),
		cmocka_unit_test(each_key_has_its_own_share_and_a_batch_counts_as_its_messages),
		cmocka_unit_test(wrong_keys_are_refused_for_a_time_and_the_right_one_is_not),
		cmocka_unit_test(use_of_a_key_is_noted),
		cmocka_unit_test(nobody_is_let_in_while_keys_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, visitor_start, visitor_stop);
}
