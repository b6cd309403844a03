/* SPDX-License-Identifier: MIT */
/* What the views make of names that people type, and where their redirects lead. There is no
 * broker: the pages say so and work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fcgi/views/views.h"
#include "tests/support/visitor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Where an address leads to, or NULL and the status; says is in the page. */
static const struct {
	const char *uri;
	int status;
	const char *location;
	const char *says;
} table[] = {
	{ "/", 302, "/chat/", NULL },
	{ "/chat/", 200, NULL, "away at the moment" },
	{ "/chat/lobby/", 200, NULL, "<h1 dir=\"auto\">lobby</h1>" },
	{ "/chat/lobby", 301, "/chat/lobby/", NULL },
	{ "/chat/lobby?a=b", 301, "/chat/lobby/?a=b", NULL },
	{ "/chat/%2Fevil.example", 301, "/chat/%2Fevil.example/", NULL },
	{ "/chat/a%20b/", 200, NULL, "<h1 dir=\"auto\">a b</h1>" },
	{ "/chat/%20a%20/", 302, "/chat/a/", NULL },
	{ "/chat/e%CC%81/", 302, "/chat/%C3%A9/", NULL },
	{ "/chat/e%CC%81/?x=%0D%0A", 302, "/chat/%C3%A9/?x=%0D%0A", NULL },
	{ "/chat/%E6%88%BF%E9%97%B4/", 200, NULL, "\xe6\x88\xbf\xe9\x97\xb4" },
	{ "/chat/%3Cscript%3E/", 200, NULL, "<h1 dir=\"auto\">&lt;script&gt;</h1>" },
	{ "/chat/accounts/", 200, NULL, "<h1 dir=\"auto\">accounts</h1>" },
	{ "/chat/a%2Fb/", 400, NULL, "must not have a slash" },
	{ "/chat/%2E%2E/", 400, NULL, "must not be" },
	{ "/chat/%20/", 400, NULL, "is empty" },
	{ "/chat/%FF/", 400, NULL, "not valid UTF-8" },
	{ "/chat/a%0Ab/", 400, NULL, "formatting or unknown character" },
	{ "/chat/%E2%80%AEa/", 400, NULL, "formatting or unknown character" },
	{ "/chat/?room=lobby", 302, "/chat/lobby/", NULL },
	{ "/chat/?room=+a+b+", 302, "/chat/a%20b/", NULL },
	{ "/chat/?room=%2F%2Fevil.example", 400, NULL, "value=\"//evil.example\"" },
	{ "/chat/?room=%22%3E%3Cscript%3E%2F", 400, NULL, "value=\"&quot;&gt;&lt;script&gt;/\"" },
	{ "/chat/?room=", 400, NULL, "is empty" },
	{ "/chat/?other=lobby", 200, NULL, "room-name-input" },
	{ "/chat/name", 200, NULL, "name=\"next\" value=\"/chat/\"" },
	{ "/chat/name?next=%2Fchat%2Flobby%2F", 200, NULL, "name=\"next\" value=\"/chat/lobby/\"" },
	{ "/chat/name?next=%2F%2Fevil.example", 200, NULL, "name=\"next\" value=\"/chat/\"" },
	{ "/chat/name?next=javascript:alert(1)", 200, NULL, "name=\"next\" value=\"/chat/\"" },
	{ "/chat/lobby/search", 200, NULL, "<form" },
	{ "/chat/lobby/search?q=hello", 200, NULL, "Nothing was found" },
	{ "/chat/lobby/search?q=", 400, NULL, "There is no word in that" },
	{ "/chat/lobby/search?q=%22+*+%3A", 400, NULL, "There is no word in that" },
	{ "/chat/lobby/search?q=%FF", 400, NULL, "not valid UTF-8" },
	{ "/chat/e%CC%81/search?q=a", 302, "/chat/%C3%A9/search?q=a", NULL },
	{ "/chat/a%2Fb/search?q=a", 400, NULL, "must not have a slash" },
	{ "/healthz", 200, NULL, "\"broker\": false, \"history\": \"ok\"" },
};

static void views_take_names_as_they_are_typed(void **state)
{
	struct answer answer = { 0 };
	struct str location;

	for (size_t i = 0; i < COUNT(table); i++) {
		visitor_visit(&(struct visit){ .uri = table[i].uri }, &answer);
		if (answer.status != table[i].status)
			fail_msg("%s: %d", table[i].uri, answer.status);
		answer_header(&answer, "Location", &location);
		if (!str_equals(location, str_from(table[i].location)))
			fail_msg("%s leads to %.*s", table[i].uri, STR_ARG(location));
		if (table[i].says != NULL && !answer_says(&answer, table[i].says))
			fail_msg("%s: the page has no %s", table[i].uri, table[i].says);
	}
	answer_finish(&answer);
	(void)state;
}

/* Of somebody called ann. */
static void change_name(const char *fields, struct answer *answer)
{
	struct buf cookie = { 0 }, body = { 0 };
	struct user ann;

	visitor_user(&ann, 'a', "ann");
	visitor_cookie(&ann, &cookie);
	buf_append_text(&body, "csrf_token=");
	visitor_token(&ann, &body);
	buf_append_text(&body, fields);
	visitor_visit(&(struct visit){ .method = "POST",
			      .uri = "/chat/name",
			      .cookie = buf_text(&cookie),
			      .body = buf_text(&body) },
		answer);
	buf_finish(&body);
	buf_finish(&cookie);
}

/* The last one's value. */
static size_t count_guest_cookies(const struct answer *answer, struct str *value_out)
{
	struct str rest = answer->head, line, name = STR("Set-Cookie: " GUEST_COOKIE "=");
	size_t count = 0;

	while (str_next(&rest, '\n', &line)) {
		if (!str_starts_with(line, name))
			continue;
		*value_out = str_trim(str_skip(line, strlen("Set-Cookie:")));
		count++;
	}
	return count;
}

static void change_of_name_keeps_who_one_is(void **state)
{
	static const struct {
		const char *fields;
		const char *name;
		const char *location;
	} rows[] = {
		{ "&name=Ann&next=%2Fchat%2Flobby%2F", "Ann", "/chat/lobby/" },
		{ "&name=+Ann+Lee+", "Ann Lee", "/chat/" },
		{ "&name=e%CC%81", "\xc3\xa9", "/chat/" },
		{ "&name=%3Cb%3E%22", "<b>\"", "/chat/" },
		{ "&name=ann&next=%2F%2Fevil.example", "ann", "/chat/" },
		{ "&name=ann&next=https:%2F%2Fevil.example", "ann", "/chat/" },
		{ "&name=ann&next=%2F%0D%0ASet-Cookie:a", "ann", "/chat/" },
		{ "&name=ann&next=%2F%5Cevil.example", "ann", "/chat/" },
	};
	struct answer answer = { 0 };
	struct user old, user;
	struct str value;

	visitor_user(&old, 'a', "ann");
	for (size_t i = 0; i < COUNT(rows); i++) {
		change_name(rows[i].fields, &answer);
		assert_int_equal(answer.status, 303);
		assert_int_equal(answer_header(&answer, "Location", &value), 1);
		if (!str_is(value, rows[i].location))
			fail_msg("%s leads to %.*s", rows[i].fields, STR_ARG(value));
		assert_int_equal(count_guest_cookies(&answer, &value), 1);
		assert_true(guest_read(&user, &visitor_app()->secret,
			str_range(value.data, str_find(value, ';')), false));
		assert_string_equal(user.name, rows[i].name);
		assert_memory_equal(user.id, old.id, sizeof(old.id));
	}
	answer_finish(&answer);
	(void)state;
}

static void name_that_is_none_is_refused_with_a_sentence(void **state)
{
	static const struct {
		const char *fields;
		const char *says;
	} rows[] = {
		{ "", "is empty" },
		{ "&name=", "is empty" },
		{ "&name=+", "is empty" },
		{ "&name=a%0Ab", "formatting or unknown character" },
		{ "&name=123456789+123456789+123456789+123", "too long" },
		{ "&name=%3Cscript%3E%E2%80%8B", "value=\"&lt;script&gt;" },
	};
	struct answer answer = { 0 };
	struct str value;

	for (size_t i = 0; i < COUNT(rows); i++) {
		change_name(rows[i].fields, &answer);
		assert_int_equal(answer.status, 400);
		if (!answer_says(&answer, rows[i].says))
			fail_msg("%s: the page has no %s", rows[i].fields, rows[i].says);
		assert_int_equal(answer_header(&answer, "Set-Cookie", &value), 0);
	}
	answer_finish(&answer);
	(void)state;
}

static void room_page_carries_its_settings_as_data(void **state)
{
	struct answer answer = { 0 };

	visitor_visit(&(struct visit){ .uri = "/chat/%3C%2fscript%3E%3C!--/" }, &answer);
	assert_int_equal(answer.status, 400); /* the slash */
	visitor_visit(&(struct visit){ .uri = "/chat/%3Cscript%3E%3C!--%22/" }, &answer);
	assert_int_equal(answer.status, 200);
	assert_false(answer_says(&answer, "<!--"));
	assert_true(answer_says(&answer, "<script id=\"room-name\" type=\"application/json\">"
					 "\"\\u003cscript\\u003e\\u003c!--\\\"\"</script>"));
	assert_true(answer_says(&answer, "/ws/chat/%3Cscript%3E%3C%21--%22/"));
	answer_finish(&answer);
	(void)state;
}

static void error_page_has_a_title_for_every_status(void **state)
{
	static const int statuses[] = { 400, 401, 403, 404, 405, 409, 413, 429, 431, 500, 503 };

	for (size_t i = 0; i < COUNT(statuses); i++) {
		struct request request = { .language = translations[0] };
		struct response response = { 0 };
		struct answer answer = { 0 };

		assert_int_equal(view_error(visitor_app(), &request, &response, statuses[i], ""),
			statuses[i]);
		answer.body = buf_str(&response.body);
		assert_int_equal(
			answer_says(&answer, "<h1>Something broke</h1>"), statuses[i] == 500);
		response_finish(&response);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(views_take_names_as_they_are_typed),
		cmocka_unit_test(change_of_name_keeps_who_one_is),
		cmocka_unit_test(name_that_is_none_is_refused_with_a_sentence),
		cmocka_unit_test(room_page_carries_its_settings_as_data),
		cmocka_unit_test(error_page_has_a_title_for_every_status),
	};

	return cmocka_run_group_tests(tests, visitor_start, visitor_stop);
}
