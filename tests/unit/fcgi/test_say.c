/* SPDX-License-Identifier: MIT */
/* Saying something without a socket, while there is no broker to hear it: nothing that was written
 * is lost, and a script is told what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/support/visitor.h"

#define JSON "HTTP_ACCEPT=application/json"

/* By somebody called ann, with the token of a user of that id. */
static void say(const char *uri, char token_of, const char *fields, const char *extra,
	struct answer *answer)
{
	struct buf cookie = { 0 }, body = { 0 };
	struct user ann, other;

	visitor_user(&ann, 'a', "ann");
	visitor_user(&other, token_of, "other");
	visitor_cookie(&ann, &cookie);
	buf_append_text(&body, "csrf_token=");
	visitor_token(&other, &body);
	buf_append_text(&body, fields);
	visitor_visit(&(struct visit){ .method = "POST",
			      .uri = uri,
			      .cookie = buf_text(&cookie),
			      .body = buf_text(&body),
			      .extra = { extra } },
		answer);
	buf_finish(&body);
	buf_finish(&cookie);
}

static void reader_without_scripts_gets_the_text_back(void **state)
{
	struct answer answer = { 0 };

	(void)state;
	say("/chat/lobby/", 'a', "&message=%0D%0Atwo%20words%3C%2Ftextarea%3E", NULL, &answer);
	assert_int_equal(answer.status, 503);
	assert_true(answer_says(&answer, ">\n\ntwo words&lt;/textarea&gt;</textarea>"));
	assert_true(
		answer_says(&answer, "The chat service is away at the moment. Nothing was done."));
	assert_int_equal(answer_header(&answer, "Retry-After", &(struct str){ 0 }), 1);
	answer_finish(&answer);
}

static void script_is_told_in_json(void **state)
{
	struct answer answer = { 0 };
	struct str value;

	(void)state;
	say("/chat/lobby/", 'a', "&message=hi&ref=1", JSON, &answer);
	assert_int_equal(answer.status, 503);
	assert_true(
		str_starts_with(answer.body, STR_OF("{\"ok\": false, \"error\": \"unavailable\"")));
	assert_int_equal(answer_header(&answer, "Content-Type", &value), 1);
	assert_true(str_is(value, "application/json"));
	answer_finish(&answer);
}

static void mistakes_are_told_in_json(void **state)
{
	static const struct {
		const char *uri;
		char token_of;
		int status;
		const char *code;
	} rows[] = {
		{ "/chat/lobby/", 'b', 403, "\"error\": \"csrf\"" },
		{ "/chat/a%2Fb/", 'a', 400, "\"error\": \"bad_room\"" },
	};
	struct answer answer = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		say(rows[i].uri, rows[i].token_of, "&message=hi", JSON, &answer);
		assert_int_equal(answer.status, rows[i].status);
		assert_true(answer_says(&answer, rows[i].code));
	}
	answer_finish(&answer);
}

static void form_of_another_site_is_refused_with_a_page(void **state)
{
	struct answer answer = { 0 };

	(void)state;
	say("/chat/lobby/", 'b', "&message=hi", NULL, &answer);
	assert_int_equal(answer.status, 403);
	assert_true(answer_says(&answer, "This form has expired"));
	answer_finish(&answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reader_without_scripts_gets_the_text_back),
		cmocka_unit_test(script_is_told_in_json),
		cmocka_unit_test(mistakes_are_told_in_json),
		cmocka_unit_test(form_of_another_site_is_refused_with_a_page),
	};

	return cmocka_run_group_tests(tests, visitor_start, visitor_stop);
}
