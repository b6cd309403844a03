/* SPDX-License-Identifier: MIT */
/* The colours of a page: as its reader has chosen, and otherwise as their system has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/support/visitor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define LIGHT "<html lang=\"en\" data-theme=\"light\">"
#define DARK "<html lang=\"en\" data-theme=\"dark\">"
#define SYSTEM "<html lang=\"en\">"

static bool head_says(const struct answer *answer, const char *text)
{
	return memmem(answer->head.data, answer->head.len, text, strlen(text)) != NULL;
}

static void assert_says(const struct visit *visit, const char *text)
{
	struct answer answer = { 0 };

	visitor_visit(visit, &answer);
	if (!answer_says(&answer, text))
		fail_msg("%s with %s: no %s", visit->uri, visit->cookie, text);
	answer_finish(&answer);
}

static void page_is_as_it_was_chosen(void **state)
{
	static const struct {
		const char *cookie;
		const char *root;
	} cases[] = {
		{ "", SYSTEM },
		{ "roomwire_theme=light", LIGHT },
		{ "roomwire_theme=dark", DARK },
		{ "roomwire_theme=system", SYSTEM },
		{ "roomwire_theme=Dark", SYSTEM },
		{ "roomwire_theme=\">", SYSTEM },
		{ "roomwire_theme=blue; roomwire_theme=dark", DARK },
		{ "a=1; roomwire_theme=dark; roomwire_language=en", DARK },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_says(&(struct visit){ .uri = "/chat/", .cookie = cases[i].cookie },
			cases[i].root);
		assert_says(&(struct visit){ .uri = "/chat/lobby/", .cookie = cases[i].cookie },
			cases[i].root);
		assert_says(&(struct visit){ .uri = "/nowhere", .cookie = cases[i].cookie },
			cases[i].root);
	}
	(void)state;
}

static void page_offers_all_and_says_which_it_is(void **state)
{
	static const char current[] =
		"href=\"/accounts/theme/?to=dark&amp;next=%2Fchat%2Flobby%2F\" "
		"aria-current=\"true\"";
	static const char other[] =
		"href=\"/accounts/theme/?to=system&amp;next=%2Fchat%2Flobby%2F\" "
		"aria-current=\"false\"";
	struct visit visit = { .uri = "/chat/lobby/", .cookie = "roomwire_theme=dark" };

	assert_says(&visit, current);
	assert_says(&visit, other);
	assert_says(&visit, "<meta name=\"color-scheme\" content=\"dark\">");
	assert_says(&visit, "<meta name=\"theme-color\" content=\"#14181b\">");
	(void)state;
}

static void choice_is_kept_and_leads_back_to_a_page_of_ours(void **state)
{
	static const struct {
		const char *uri;
		const char *location;
		const char *cookie; /* NULL: none */
	} cases[] = {
		{ "/accounts/theme/?to=dark&next=%2Fchat%2Flobby%2F", "Location: /chat/lobby/\r\n",
			"Set-Cookie: roomwire_theme=dark; Path=/; Max-Age=31536000; " },
		{ "/accounts/theme/?to=system&next=%2Fchat%2Flobby%2F",
			"Location: /chat/lobby/\r\n",
			"Set-Cookie: roomwire_theme=system; Path=/; Max-Age=0; " },
		{ "/accounts/theme/?to=light&next=%2F%2Fevil.example", "Location: /chat/\r\n",
			"Set-Cookie: roomwire_theme=light; " },
		{ "/accounts/theme/?to=blue", "Location: /chat/\r\n", NULL },
		{ "/accounts/theme/", "Location: /chat/\r\n", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct answer answer = { 0 };

		visitor_visit(&(struct visit){ .uri = cases[i].uri, .cookie = "" }, &answer);
		assert_int_equal(answer.status, 303);
		if (!head_says(&answer, cases[i].location))
			fail_msg("%s leads elsewhere", cases[i].uri);
		if (!head_says(&answer, cases[i].cookie != NULL ? cases[i].cookie : "Location"))
			fail_msg("%s is not kept", cases[i].uri);
		assert_int_equal(head_says(&answer, "roomwire_theme"), cases[i].cookie != NULL);
		answer_finish(&answer);
	}
	(void)state;
}

static void choice_over_https_is_a_cookie_that_only_https_sets(void **state)
{
	assert_says(&(struct visit){ .uri = "/chat/",
			    .cookie = "__Host-roomwire_theme=dark",
			    .extra = { "HTTPS=on" } },
		DARK);
	assert_says(
		&(struct visit){
			.uri = "/chat/", .cookie = "roomwire_theme=dark", .extra = { "HTTPS=on" } },
		SYSTEM);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page_is_as_it_was_chosen),
		cmocka_unit_test(page_offers_all_and_says_which_it_is),
		cmocka_unit_test(choice_is_kept_and_leads_back_to_a_page_of_ours),
		cmocka_unit_test(choice_over_https_is_a_cookie_that_only_https_sets),
	};

	return cmocka_run_group_tests(tests, visitor_start, visitor_stop);
}
