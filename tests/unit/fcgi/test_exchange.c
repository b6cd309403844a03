/* SPDX-License-Identifier: MIT */
/* From CGI's variables to the bytes of an answer: what is too much, what is missing, and what a
 * HEAD is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/mem.h"
#include "fcgi/request.h"
#include "tests/support/visitor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char *text_of(char c, size_t len)
{
	char *text = mem_alloc(len + 1);

	memset(text, c, len);
	text[len] = '\0';
	return text;
}

static void body_is_read_within_its_limit(void **state)
{
	static const struct {
		const char *content_length;
		int status;
		size_t bytes_read;
	} table[] = {
		{ "65537", 413, 0 },
		{ "18446744073709551615", 413, 0 },
		{ "18446744073709551616", 400, 0 },
		{ "-1", 400, 0 },
		{ "+5", 400, 0 },
		{ " 5", 400, 0 },
		{ "5 ", 400, 0 },
		{ "0x5", 400, 0 },
		{ "5,5", 400, 0 },
		{ "", 403, 0 }, /* as good as none: without a body there is no token */
		{ "0", 403, 0 },
		{ "5", 403, 5 },
		{ "65536", 403, REQUEST_BODY_BYTES_MAX },
	};
	char *body = text_of('a', REQUEST_BODY_BYTES_MAX);
	struct answer answer = { 0 };

	for (size_t i = 0; i < COUNT(table); i++) {
		visitor_visit(&(struct visit){ .method = "POST",
				      .uri = "/chat/name",
				      .body = body,
				      .content_length = table[i].content_length },
			&answer);
		if (answer.status != table[i].status ||
			answer.body_bytes_read != table[i].bytes_read)
			fail_msg("CONTENT_LENGTH %s: %d, %zu bytes read", table[i].content_length,
				answer.status, answer.body_bytes_read);
	}
	answer_finish(&answer);
	mem_free(body);
	(void)state;
}

static void body_that_ends_early_is_refused(void **state)
{
	struct answer answer = { 0 };

	visitor_visit(&(struct visit){ .method = "POST",
			      .uri = "/chat/name",
			      .body = "abcd",
			      .content_length = "5" },
		&answer);
	assert_int_equal(answer.status, 400);
	answer_finish(&answer);
	(void)state;
}

static void variables_beyond_their_limit_are_refused(void **state)
{
	char *cookie = text_of('a', 60000), *uri = text_of('b', 6000);
	struct answer answer = { 0 };

	visitor_visit(&(struct visit){ .uri = "/chat/lobby/", .cookie = cookie }, &answer);
	assert_int_equal(answer.status, 200);
	visitor_visit(
		&(struct visit){
			.method = "POST", .uri = uri, .cookie = cookie, .body = "not read" },
		&answer);
	assert_int_equal(answer.status, 431);
	assert_int_equal(answer.body_bytes_read, 0);
	answer_finish(&answer);
	mem_free(cookie);
	mem_free(uri);
	(void)state;
}

static void content_length_is_that_of_the_body(void **state)
{
	static const char *const uris[] = { "/", "/chat/", "/chat/lobby/", "/chat/name", "/nothing",
		"/healthz", "/chat/lobby" };
	struct answer answer = { 0 };

	for (size_t i = 0; i < COUNT(uris); i++) {
		struct str length;
		uint64_t number = 0;

		visitor_visit(&(struct visit){ .uri = uris[i] }, &answer);
		assert_int_equal(answer_header(&answer, "Content-Length", &length), 1);
		assert_true(str_to_uint64(length, &number));
		assert_int_equal(number, answer.body.len);
	}
	answer_finish(&answer);
	(void)state;
}

static void head_is_answered_like_get_without_the_body(void **state)
{
	static const char *const uris[] = { "/", "/chat/", "/chat/lobby/", "/chat/name", "/nothing",
		"/healthz" };
	struct answer get = { 0 }, head = { 0 };
	struct user ann;
	struct buf cookie = { 0 };

	visitor_user(&ann, 'a', "ann");
	visitor_cookie(&ann, &cookie);
	for (size_t i = 0; i < COUNT(uris); i++) {
		struct visit visit = { .uri = uris[i], .cookie = buf_text(&cookie) };

		visitor_visit(&visit, &get);
		visit.method = "HEAD";
		visitor_visit(&visit, &head);
		assert_int_equal(head.body.len, 0);
		assert_true(str_equals(head.head, get.head));
	}
	buf_finish(&cookie);
	answer_finish(&head);
	answer_finish(&get);
	(void)state;
}

static void plain_cgi_serves_the_same_pages_below_its_script(void **state)
{
	struct answer answer = { 0 };
	struct str location;

	visitor_visit(
		&(struct visit){ .uri = "/chat/\xe6\x88\xbf/", .is_plain_cgi = true }, &answer);
	assert_int_equal(answer.status, 200);
	assert_true(answer_says(&answer, "href=\"/cgi/chat/chat/\""));
	assert_true(answer_says(&answer, "action=\"/cgi/chat/chat/name\""));
	assert_true(answer_says(&answer, "value=\"/cgi/chat/chat/%E6%88%BF/\""));
	assert_true(answer_says(&answer, "\"socketPath\": \"/ws/chat/%E6%88%BF/\"") ||
		    answer_says(&answer, "\"socketPath\":\"/ws/chat/%E6%88%BF/\""));
	visitor_visit(&(struct visit){ .uri = "", .is_plain_cgi = true }, &answer);
	assert_int_equal(answer.status, 302);
	assert_int_equal(answer_header(&answer, "Location", &location), 1);
	assert_true(str_is(location, "/cgi/chat/chat/"));
	answer_finish(&answer);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(body_is_read_within_its_limit),
		cmocka_unit_test(body_that_ends_early_is_refused),
		cmocka_unit_test(variables_beyond_their_limit_are_refused),
		cmocka_unit_test(content_length_is_that_of_the_body),
		cmocka_unit_test(head_is_answered_like_get_without_the_body),
		cmocka_unit_test(plain_cgi_serves_the_same_pages_below_its_script),
	};

	return cmocka_run_group_tests(tests, visitor_start, visitor_stop);
}
