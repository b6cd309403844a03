/* SPDX-License-Identifier: MIT */
/* What holds for every row of the url table and for every error page: the headers, the Host, the
 * user, and the token of whatever may change something. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fcgi/router.h"
#include "tests/support/visitor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	const char *value;
} safe_headers[] = {
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "same-origin" },
};

static const char *const policies[] = {
	"default-src 'none';",
	"script-src 'self';",
	"style-src 'self';",
	"form-action 'self';",
	"base-uri 'none';",
	"frame-ancestors 'none';",
};

/* One visit for each kind of error page. */
static const struct {
	struct visit visit;
	int status;
} errors[] = {
	{ { .uri = "/nothing" }, 404 },
	{ { .uri = "/chat/%zz/" }, 400 },
	{ { .uri = "/chat/.%2F/" }, 400 },
	{ { .uri = "/chat/", .host = "evil.example" }, 400 },
	{ { .uri = "/chat/", .method = "PUT" }, 405 },
	{ { .uri = "/chat/name", .method = "POST" }, 403 },
	{ { .uri = "/chat/name", .method = "POST", .content_length = "65537" }, 413 },
	{ { .uri = "/chat/name", .method = "POST", .content_length = "x" }, 400 },
};

static bool contains(struct str text, const char *part)
{
	return memmem(text.data, text.len, part, strlen(part)) != NULL;
}

/* What somebody may keep was answered to nobody in particular. */
static void assert_kept_by_nobody_else(const char *what, const struct answer *answer)
{
	struct str cache, cookie;

	if (answer_header(answer, "Cache-Control", &cache) != 1 ||
		(!str_is(cache, "no-store") &&
			(!str_is(cache, "no-cache") ||
				answer_header(answer, "Set-Cookie", &cookie) != 0)))
		fail_msg("%s: Cache-Control: %.*s", what, STR_ARG(cache));
}

static void assert_safe(const char *what, const struct answer *answer)
{
	struct str value;

	assert_kept_by_nobody_else(what, answer);
	for (size_t i = 0; i < COUNT(safe_headers); i++) {
		if (answer_header(answer, safe_headers[i].name, &value) != 1 ||
			!str_is(value, safe_headers[i].value))
			fail_msg("%s: %s: %.*s", what, safe_headers[i].name, STR_ARG(value));
	}
	if (answer_header(answer, "Content-Security-Policy", &value) != 1)
		fail_msg("%s: not one Content-Security-Policy", what);
	for (size_t i = 0; i < COUNT(policies); i++) {
		if (!contains(value, policies[i]))
			fail_msg("%s: no %s", what, policies[i]);
	}
	if (contains(value, "unsafe") || contains(value, "evil"))
		fail_msg("%s: %.*s", what, STR_ARG(value));
	if (answer->body.len > 0 && answer_header(answer, "Content-Type", &value) != 1)
		fail_msg("%s: a body without its type", what);
}

static void every_route_has_the_headers_that_keep_it_safe(void **state)
{
	static const char *const methods[] = { [METHOD_GET] = "GET", [METHOD_POST] = "POST" };
	struct answer answer = { 0 };
	struct request request = { 0 };
	struct buf uri = { 0 };

	for (size_t i = 0; i < url_count; i++) {
		buf_clear(&uri);
		router_reverse(
			visitor_app()->config, &request, urls[i].name, STR_OF("lobby"), &uri);
		visitor_visit(
			&(struct visit){ .method = methods[urls[i].method], .uri = buf_text(&uri) },
			&answer);
		assert_safe(urls[i].name, &answer);
	}
	buf_finish(&uri);
	answer_finish(&answer);
	(void)state;
}

static void every_error_page_has_them_too(void **state)
{
	struct answer answer = { 0 };
	struct str type;

	for (size_t i = 0; i < COUNT(errors); i++) {
		visitor_visit(&errors[i].visit, &answer);
		if (answer.status != errors[i].status)
			fail_msg("%s: %d", errors[i].visit.uri, answer.status);
		assert_safe(errors[i].visit.uri, &answer);
		assert_int_equal(answer_header(&answer, "Content-Type", &type), 1);
		assert_true(str_is(type, "text/html; charset=utf-8"));
		assert_true(answer_says(&answer, "</html>"));
	}
	answer_finish(&answer);
	(void)state;
}

static void policy_lets_sockets_go_to_the_host_of_the_page(void **state)
{
	struct answer answer = { 0 };
	struct str policy;

	visitor_visit(&(struct visit){ .uri = "/chat/lobby/", .host = "localhost:8000" }, &answer);
	assert_int_equal(answer_header(&answer, "Content-Security-Policy", &policy), 1);
	assert_true(str_ends_with(
		policy, STR_OF("connect-src 'self' ws://localhost:8000 wss://localhost:8000")));
	answer_finish(&answer);
	(void)state;
}

static void policy_lets_sockets_go_where_the_configuration_says(void **state)
{
	static const struct {
		const char *socket_url;
		struct str end;
	} cases[] = {
		{ "ws://localhost:8001/ws/",
			STR(" wss://localhost ws://localhost:8001 http://localhost:8001") },
		{ "wss://chat.example.org/ws/",
			STR(" wss://localhost wss://chat.example.org https://chat.example.org") },
		{ "/sockets/", STR(" wss://localhost") },
	};
	struct config config = *visitor_app()->config;
	const struct config *before = visitor_app()->config;
	struct answer answer = { 0 };
	struct str policy;

	visitor_app()->config = &config;
	for (size_t i = 0; i < COUNT(cases); i++) {
		config.site_socket_url = (char *)(uintptr_t)cases[i].socket_url;
		visitor_visit(&(struct visit){ .uri = "/chat/lobby/" }, &answer);
		assert_int_equal(answer_header(&answer, "Content-Security-Policy", &policy), 1);
		assert_true(str_ends_with(policy, cases[i].end));
		assert_true(answer_says(&answer, cases[i].socket_url));
	}
	visitor_app()->config = before;
	answer_finish(&answer);
	(void)state;
}

static void other_hosts_are_refused_before_anything_else(void **state)
{
	static const char *const hosts[] = { "evil.example", "localhost.evil.example", "",
		"localhost, evil.example", "localhost;script-src *", "user@localhost" };
	struct answer answer = { 0 };
	struct str cookie;

	for (size_t i = 0; i < COUNT(hosts); i++) {
		visitor_visit(&(struct visit){ .uri = "/healthz", .host = hosts[i] }, &answer);
		if (answer.status != 400)
			fail_msg("Host %s: %d", hosts[i], answer.status);
		assert_int_equal(answer_header(&answer, "Set-Cookie", &cookie), 0);
	}
	answer_finish(&answer);
	(void)state;
}

static void visitor_becomes_a_guest_and_stays_one(void **state)
{
	struct answer answer = { 0 };
	struct buf cookie = { 0 };
	struct user user;
	struct str value;

	visitor_visit(&(struct visit){ .uri = "/chat/lobby/" }, &answer);
	assert_int_equal(answer_header(&answer, "Set-Cookie", &value), 1);
	assert_true(contains(value, "; HttpOnly") && contains(value, "; SameSite=Lax"));
	assert_false(contains(value, "; Secure"));
	buf_append_str(&cookie, str_range(value.data, str_find(value, ';')));
	assert_true(guest_read(&user, &visitor_app()->secret, buf_str(&cookie), false));
	assert_true(answer_says(&answer, user.name));
	visitor_visit(
		&(struct visit){ .uri = "/chat/lobby/", .cookie = buf_text(&cookie) }, &answer);
	assert_int_equal(answer_header(&answer, "Set-Cookie", &value), 0);
	assert_true(answer_says(&answer, user.name));
	buf_append_char(&cookie, 'A');
	visitor_visit(
		&(struct visit){ .uri = "/chat/lobby/", .cookie = buf_text(&cookie) }, &answer);
	assert_int_equal(answer_header(&answer, "Set-Cookie", &value), 1);
	buf_finish(&cookie);
	answer_finish(&answer);
	(void)state;
}

static void cookie_of_https_goes_over_nothing_else(void **state)
{
	struct answer answer = { 0 };
	struct str value;

	visitor_visit(&(struct visit){ .uri = "/chat/", .extra = { "HTTPS=on" } }, &answer);
	assert_int_equal(answer_header(&answer, "Set-Cookie", &value), 1);
	assert_true(str_ends_with(value, STR_OF("; Secure")));
	answer_finish(&answer);
	(void)state;
}

static int post(const char *uri, const char *cookie, const char *body)
{
	struct answer answer = { 0 };
	struct str changed;

	visitor_visit(
		&(struct visit){ .method = "POST", .uri = uri, .cookie = cookie, .body = body },
		&answer);
	/* Who is refused keeps the user; who had none gets one, which no answer's body names. */
	if (answer.status == 403 && cookie != NULL)
		assert_int_equal(answer_header(&answer, "Set-Cookie", &changed), 0);
	answer_finish(&answer);
	return answer.status;
}

static void assert_needs_token(const char *uri, const char *cookie, const char *token)
{
	struct buf body = { 0 };
	char other = token[0] == 'A' ? 'B' : 'A';

	assert_int_equal(post(uri, cookie, ""), 403);
	assert_int_equal(post(uri, cookie, "csrf_token="), 403);
	assert_int_equal(post(uri, cookie, "csrf_token=%"), 403);
	buf_append_format(&body, "csrf_token=%s&name=eve", token);
	assert_int_equal(post(uri, NULL, buf_text(&body)), 403);
	assert_int_not_equal(post(uri, cookie, buf_text(&body)), 403);
	body.data[strlen("csrf_token=")] = other;
	assert_int_equal(post(uri, cookie, buf_text(&body)), 403);
	/* The first one counts. */
	buf_append_format(&body, "&csrf_token=%s", token);
	assert_int_equal(post(uri, cookie, buf_text(&body)), 403);
	buf_finish(&body);
}

static void every_post_needs_the_token_of_its_user(void **state)
{
	struct buf ann_cookie = { 0 }, ann_token = { 0 }, eve_token = { 0 }, uri = { 0 };
	struct user ann, eve;
	struct request request = { 0 };
	size_t posts = 0;

	visitor_user(&ann, 'a', "ann");
	visitor_user(&eve, 'e', "ann");
	visitor_cookie(&ann, &ann_cookie);
	visitor_token(&ann, &ann_token);
	buf_append_text(&eve_token, "name=ann&csrf_token=");
	visitor_token(&eve, &eve_token);
	for (size_t i = 0; i < url_count; i++) {
		if (urls[i].method != METHOD_POST || (urls[i].flags & URL_KEY) != 0)
			continue;
		buf_clear(&uri);
		router_reverse(
			visitor_app()->config, &request, urls[i].name, STR_OF("lobby"), &uri);
		assert_needs_token(buf_text(&uri), buf_text(&ann_cookie), buf_text(&ann_token));
		assert_int_equal(
			post(buf_text(&uri), buf_text(&ann_cookie), buf_text(&eve_token)), 403);
		posts++;
	}
	assert_true(posts > 0);
	buf_finish(&uri);
	buf_finish(&eve_token);
	buf_finish(&ann_token);
	buf_finish(&ann_cookie);
	(void)state;
}

static void method_that_is_not_possible_is_told_the_possible_ones(void **state)
{
	struct answer answer = { 0 };
	struct str allow;

	visitor_visit(&(struct visit){ .method = "DELETE", .uri = "/chat/name" }, &answer);
	assert_int_equal(answer.status, 405);
	assert_int_equal(answer_header(&answer, "Allow", &allow), 1);
	assert_true(str_is(allow, "GET, HEAD, POST"));
	visitor_visit(&(struct visit){ .uri = "/nothing" }, &answer);
	assert_int_equal(answer_header(&answer, "Allow", &allow), 0);
	answer_finish(&answer);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_has_the_headers_that_keep_it_safe),
		cmocka_unit_test(every_error_page_has_them_too),
		cmocka_unit_test(policy_lets_sockets_go_to_the_host_of_the_page),
		cmocka_unit_test(policy_lets_sockets_go_where_the_configuration_says),
		cmocka_unit_test(other_hosts_are_refused_before_anything_else),
		cmocka_unit_test(visitor_becomes_a_guest_and_stays_one),
		cmocka_unit_test(cookie_of_https_goes_over_nothing_else),
		cmocka_unit_test(every_post_needs_the_token_of_its_user),
		cmocka_unit_test(method_that_is_not_possible_is_told_the_possible_ones),
	};

	return cmocka_run_group_tests(tests, visitor_start, visitor_stop);
}
