/* SPDX-License-Identifier: MIT */
/* Whose language a page speaks: what its reader has chosen, what their browser asks for, the
 * site's; and the link by which they choose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/support/visitor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ASKS_CHINESE "HTTP_ACCEPT_LANGUAGE=zh-CN,zh;q=0.9,en;q=0.8"
#define ASKS_ENGLISH "HTTP_ACCEPT_LANGUAGE=en-GB,en"
#define ASKS_GERMAN "HTTP_ACCEPT_LANGUAGE=de"
#define LOG_IN_CHINESE "\xe7\x99\xbb\xe5\xbd\x95"

static bool is_in(const struct answer *answer, const char *language)
{
	struct buf root = { 0 };
	struct str value;
	bool is_root, is_header;

	buf_append_format(&root, "<html lang=\"%s\">", language);
	is_root = answer_says(answer, buf_text(&root));
	is_header = answer_header(answer, "Content-Language", &value) == 1 &&
		    str_is(value, language);
	buf_finish(&root);
	return is_root && is_header;
}

static bool is_answered_in(const struct visit *visit, const char *language)
{
	struct answer answer = { 0 };
	bool is_so;

	visitor_visit(visit, &answer);
	is_so = is_in(&answer, language);
	answer_finish(&answer);
	return is_so;
}

static void page_speaks_what_was_chosen_or_else_asked_for(void **state)
{
	static const struct {
		const char *cookie;
		const char *accept;
		const char *language;
	} cases[] = {
		{ NULL, NULL, "en" },
		{ NULL, ASKS_CHINESE, "zh-CN" },
		{ NULL, ASKS_ENGLISH, "en" },
		{ NULL, ASKS_GERMAN, "en" },
		{ "roomwire_language=zh-CN", NULL, "zh-CN" },
		{ "roomwire_language=zh-CN", ASKS_ENGLISH, "zh-CN" },
		{ "roomwire_language=en", ASKS_CHINESE, "en" },
		{ "roomwire_language=xx", ASKS_CHINESE, "zh-CN" },
		{ "roomwire_language=", ASKS_CHINESE, "zh-CN" },
		{ "roomwire_language=zh-CN%0d%0a", NULL, "en" },
		{ "roomwire_language=xx; roomwire_language=zh-CN", NULL, "zh-CN" },
		{ "other=1; roomwire_language=zh-CN; x=2", NULL, "zh-CN" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		if (!is_answered_in(&(struct visit){ .uri = "/chat/",
					    .cookie = cases[i].cookie,
					    .extra = { cases[i].accept } },
			    cases[i].language))
			fail_msg("case %zu is not %s", i, cases[i].language);
	}
	(void)state;
}

static void page_says_what_it_depends_on(void **state)
{
	static const char vary[] = "Vary: Accept-Language, Cookie\r\n";
	struct answer answer = { 0 };
	struct str value;

	visitor_visit(&(struct visit){ .uri = "/chat/lobby/" }, &answer);
	assert_non_null(memmem(answer.head.data, answer.head.len, vary, strlen(vary)));
	assert_int_equal(answer_header(&answer, "Cache-Control", &value), 1);
	assert_true(str_is(value, "no-store"));
	answer_finish(&answer);
	(void)state;
}

static void site_has_a_language_for_who_asks_for_none_of_ours(void **state)
{
	char chinese[] = "zh-CN";
	struct app *app = visitor_app();
	const struct config *before = app->config;
	struct config config = *before;

	config.site_language = chinese;
	app->config = &config;
	assert_true(is_answered_in(&(struct visit){ .uri = "/chat/" }, "zh-CN"));
	assert_true(is_answered_in(
		&(struct visit){ .uri = "/chat/", .extra = { ASKS_GERMAN } }, "zh-CN"));
	assert_true(is_answered_in(
		&(struct visit){ .uri = "/chat/", .extra = { ASKS_ENGLISH } }, "en"));
	app->config = before;
	(void)state;
}

static void pages_that_refuse_speak_it_too(void **state)
{
	static const struct visit visits[] = {
		{ .uri = "/nowhere", .extra = { ASKS_CHINESE } },
		{ .uri = "/chat/a%2Fb/", .extra = { ASKS_CHINESE } },
		{ .uri = "/chat/%FF/", .extra = { ASKS_CHINESE } },
		{ .uri = "/chat/", .host = "evil.example", .extra = { ASKS_CHINESE } },
		{ .uri = "/chat/name", .method = "PUT", .extra = { ASKS_CHINESE } },
		{ .uri = "/chat/name", .method = "POST", .body = "", .extra = { ASKS_CHINESE } },
		{ .uri = "/chat/name",
			.method = "POST",
			.content_length = "99999999",
			.extra = { ASKS_CHINESE } },
		{ .uri = "/lobby/", .is_plain_cgi = true, .extra = { ASKS_CHINESE } },
		{ .uri = "/%", .is_plain_cgi = true, .extra = { ASKS_CHINESE } },
	};

	for (size_t i = 0; i < COUNT(visits); i++) {
		if (!is_answered_in(&visits[i], "zh-CN"))
			fail_msg("%s", visits[i].uri);
	}
	(void)state;
}

static void page_offers_its_other_language_and_itself(void **state)
{
	static const struct {
		const char *accept;
		const char *link;
	} cases[] = {
		{ ASKS_ENGLISH,
			"href=\"/accounts/language/?to=zh-CN&amp;"
			"next=%2Fchat%2Flobby%2Fsearch%3Fq%3Da%2526b\" hreflang=\"zh-CN\"" },
		{ ASKS_CHINESE, "href=\"/accounts/language/?to=en&amp;"
				"next=%2Fchat%2Flobby%2Fsearch%3Fq%3Da%2526b\" hreflang=\"en\"" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct answer answer = { 0 };

		visitor_visit(&(struct visit){ .uri = "/chat/lobby/search?q=a%26b",
				      .extra = { cases[i].accept } },
			&answer);
		assert_true(answer_says(&answer, cases[i].link));
		answer_finish(&answer);
	}
	(void)state;
}

static void choice_is_kept_and_leads_back_to_a_page_of_ours(void **state)
{
	static const struct {
		const char *uri;
		const char *location;
		const char *cookie; /* NULL: none */
	} cases[] = {
		{ "/accounts/language/?to=zh-CN&next=%2Fchat%2Flobby%2F", "/chat/lobby/",
			"roomwire_language=zh-CN; " },
		{ "/accounts/language/?to=ZH-cn&next=%2Fchat%2Flobby%2F%3Fmessage%3D3",
			"/chat/lobby/?message=3", "roomwire_language=zh-CN; " },
		{ "/accounts/language/?to=en", "/chat/", "roomwire_language=en; " },
		{ "/accounts/language/?to=en&next=%2F%2Fevil.example", "/chat/",
			"roomwire_language=en; " },
		{ "/accounts/language/?to=en&next=https%3A%2F%2Fevil.example", "/chat/",
			"roomwire_language=en; " },
		{ "/accounts/language/?to=en&next=%2Fchat%2F%0D%0AX%3A1", "/chat/",
			"roomwire_language=en; " },
		{ "/accounts/language/?to=de&next=%2Fchat%2Fa%2F", "/chat/a/", NULL },
		{ "/accounts/language/?to=zh-CN%0D%0AX%3A1", "/chat/", NULL },
		{ "/accounts/language/", "/chat/", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct answer answer = { 0 };
		struct buf line = { 0 };
		struct str location;

		visitor_visit(&(struct visit){ .uri = cases[i].uri, .cookie = "" }, &answer);
		assert_int_equal(answer.status, 303);
		assert_int_equal(answer_header(&answer, "Location", &location), 1);
		if (!str_is(location, cases[i].location))
			fail_msg("%s leads to %.*s", cases[i].uri, STR_ARG(location));
		buf_append_format(&line, "Set-Cookie: %s",
			cases[i].cookie != NULL ? cases[i].cookie : "roomwire_language");
		assert_int_equal(
			memmem(answer.head.data, answer.head.len, line.data, line.len) != NULL,
			cases[i].cookie != NULL);
		buf_finish(&line);
		answer_finish(&answer);
	}
	(void)state;
}

static void choice_over_https_is_a_cookie_that_only_https_sets(void **state)
{
	static const char cookie[] = "Set-Cookie: __Host-roomwire_language=zh-CN; ";
	struct answer answer = { 0 };

	visitor_visit(
		&(struct visit){ .uri = "/accounts/language/?to=zh-CN", .extra = { "HTTPS=on" } },
		&answer);
	assert_non_null(memmem(answer.head.data, answer.head.len, cookie, strlen(cookie)));
	answer_finish(&answer);
	assert_true(is_answered_in(&(struct visit){ .uri = "/chat/",
					   .cookie = "__Host-roomwire_language=zh-CN",
					   .extra = { "HTTPS=on" } },
		"zh-CN"));
	assert_true(is_answered_in(&(struct visit){ .uri = "/chat/",
					   .cookie = "roomwire_language=zh-CN",
					   .extra = { "HTTPS=on" } },
		"en"));
	(void)state;
}

static void page_has_the_scripts_of_its_language(void **state)
{
	struct answer answer = { 0 };

	visitor_visit(&(struct visit){ .uri = "/chat/lobby/", .extra = { ASKS_CHINESE } }, &answer);
	assert_true(answer_says(&answer, "src=\"/static/js/zh-CN/room.js?"));
	assert_true(answer_says(&answer, LOG_IN_CHINESE));
	assert_false(answer_says(&answer, "/static/js/en/"));
	answer_finish(&answer);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page_speaks_what_was_chosen_or_else_asked_for),
		cmocka_unit_test(page_says_what_it_depends_on),
		cmocka_unit_test(site_has_a_language_for_who_asks_for_none_of_ours),
		cmocka_unit_test(pages_that_refuse_speak_it_too),
		cmocka_unit_test(page_offers_its_other_language_and_itself),
		cmocka_unit_test(choice_is_kept_and_leads_back_to_a_page_of_ours),
		cmocka_unit_test(choice_over_https_is_a_cookie_that_only_https_sets),
		cmocka_unit_test(page_has_the_scripts_of_its_language),
	};

	return cmocka_run_group_tests(tests, visitor_start, visitor_stop);
}
