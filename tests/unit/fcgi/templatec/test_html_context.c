/* SPDX-License-Identifier: MIT */
/* What a value would be behind a piece of HTML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fcgi/templatec/html_context.h"

static const struct {
	const char *html;
	enum html_place place;
} table[] = {
	{ "", HTML_PLACE_TEXT },
	{ "<p>a > b < c ", HTML_PLACE_TEXT },
	{ "<p class=a>", HTML_PLACE_TEXT },
	{ "<br/>", HTML_PLACE_TEXT },
	{ "</p>", HTML_PLACE_TEXT },
	{ "</>", HTML_PLACE_TEXT },
	{ "<p title=\"", HTML_PLACE_ATTRIBUTE },
	{ "<p title='a \"b\" ", HTML_PLACE_ATTRIBUTE },
	{ "<p title = \"", HTML_PLACE_ATTRIBUTE },
	{ "<p hidden title=\"", HTML_PLACE_ATTRIBUTE },
	{ "<p a=b title=\"", HTML_PLACE_ATTRIBUTE },
	{ "<p TITLE=\"x\" data-on=\"", HTML_PLACE_ATTRIBUTE },
	{ "<a href=\"", HTML_PLACE_URL_START },
	{ "<A HREF='", HTML_PLACE_URL_START },
	{ "<a xlink:href=\"", HTML_PLACE_URL_START },
	{ "<form action=\"", HTML_PLACE_URL_START },
	{ "<a href=\"/chat/", HTML_PLACE_URL_PART },
	{ "<script src=\"/static/a.js?v=", HTML_PLACE_URL_PART },
	{ "<title>", HTML_PLACE_TEXT },
	{ "<title>a <b title=\"", HTML_PLACE_TEXT },
	{ "<textarea></textarea><a href=\"", HTML_PLACE_URL_START },
	{ "<script type=\"application/json\">", HTML_PLACE_JSON },
	{ "<script id=a type=application/json>", HTML_PLACE_JSON },
	{ "<SCRIPT TYPE='Application/JSON'>{\"a\": ", HTML_PLACE_JSON },
	{ "<script type=\"application/json\"></script>", HTML_PLACE_TEXT },
	{ "<script type=\"application/json\"></SCRIPT >", HTML_PLACE_TEXT },
	{ "<script type=\"application/json\"></scripts>", HTML_PLACE_JSON },
	{ "<!-- a -- b --><p>", HTML_PLACE_TEXT },
	{ "<!-->", HTML_PLACE_TEXT },
	{ "<!--->", HTML_PLACE_TEXT },
	{ "<!doctype html>", HTML_PLACE_TEXT },
	{ "<style>a > b</style>", HTML_PLACE_TEXT },
	{ "<script>a < b</script>", HTML_PLACE_TEXT },

	{ "<", HTML_PLACE_FORBIDDEN },
	{ "</", HTML_PLACE_FORBIDDEN },
	{ "<p", HTML_PLACE_FORBIDDEN },
	{ "<p ", HTML_PLACE_FORBIDDEN },
	{ "<p da", HTML_PLACE_FORBIDDEN },
	{ "<p data ", HTML_PLACE_FORBIDDEN },
	{ "<p title=", HTML_PLACE_FORBIDDEN },
	{ "<p title=a", HTML_PLACE_FORBIDDEN },
	{ "<p title=\"a\"", HTML_PLACE_FORBIDDEN },
	{ "<p onclick=\"", HTML_PLACE_FORBIDDEN },
	{ "<p ONCLICK=\"a(", HTML_PLACE_FORBIDDEN },
	{ "<p onclick = \"", HTML_PLACE_FORBIDDEN },
	{ "<p title = \"a\" onclick = \"x>", HTML_PLACE_FORBIDDEN },
	{ "<p/onclick=\"", HTML_PLACE_FORBIDDEN },
	{ "<p style=\"", HTML_PLACE_FORBIDDEN },
	{ "<iframe srcdoc=\"", HTML_PLACE_FORBIDDEN },
	{ "<img srcset=\"", HTML_PLACE_FORBIDDEN },
	{ "<animate to=\"", HTML_PLACE_FORBIDDEN },
	{ "<a href=\"javascript:", HTML_PLACE_FORBIDDEN },
	{ "<a href=\"https://", HTML_PLACE_FORBIDDEN },
	{ "<a href=\"//", HTML_PLACE_FORBIDDEN },
	{ "<a href=\"room-", HTML_PLACE_FORBIDDEN },
	{ "<script src=\"", HTML_PLACE_FORBIDDEN },
	{ "<base href=\"", HTML_PLACE_FORBIDDEN },
	{ "<script>", HTML_PLACE_FORBIDDEN },
	{ "<<script>", HTML_PLACE_FORBIDDEN },
	{ "<script type=\"text/javascript\" type=\"application/json\">", HTML_PLACE_FORBIDDEN },
	{ "<script type type=\"application/json\">", HTML_PLACE_FORBIDDEN },
	{ "<script data-type=\"application/json\">", HTML_PLACE_FORBIDDEN },
	{ "<script type=\"", HTML_PLACE_FORBIDDEN },
	{ "<script type=\"application/json", HTML_PLACE_FORBIDDEN },
	{ "<script type=\"application/json\">a<", HTML_PLACE_FORBIDDEN },
	{ "<title></tit", HTML_PLACE_FORBIDDEN },
	{ "<style>", HTML_PLACE_FORBIDDEN },
	{ "<style></p>", HTML_PLACE_FORBIDDEN },
	{ "<xmp>", HTML_PLACE_FORBIDDEN },
	{ "<!--", HTML_PLACE_FORBIDDEN },
	{ "<!-- > ", HTML_PLACE_FORBIDDEN },
	{ "<!--><script>", HTML_PLACE_FORBIDDEN },
	{ "<!doctype ", HTML_PLACE_FORBIDDEN },
	{ "<?xml ", HTML_PLACE_FORBIDDEN },
	{ "</ p ", HTML_PLACE_FORBIDDEN },
	{ "</!--><script>", HTML_PLACE_FORBIDDEN },
};

static const char *const problems[] = {
	"<meta http-equiv=\"refresh\"",
	"<meta http-equiv=refresh ",
	"<meta http-equiv>",
	"<!-- a --!>",
	"<script><!--",
	"<script type=\"application/json\">\"<!--",
	"<![CDATA[",
};

static struct html_context context_of(const char *html)
{
	struct html_context context = { 0 };

	for (; *html != '\0'; html++)
		html_context_feed(&context, *html);
	return context;
}

static void html_context_knows_what_a_value_would_be(void **state)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct html_context context = context_of(table[i].html);
		const char *problem = NULL;
		enum html_place place = html_context_place(&context, &problem);

		if (place != table[i].place || context.problem != NULL)
			fail_msg("%s: place %d", table[i].html, (int)place);
		assert_int_equal(problem != NULL, place == HTML_PLACE_FORBIDDEN);
	}
	(void)state;
}

static void html_context_refuses_what_readers_take_in_two_ways(void **state)
{
	for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
		if (context_of(problems[i]).problem == NULL)
			fail_msg("%s: no problem", problems[i]);
	}
	(void)state;
}

static void html_context_outlives_names_of_any_length(void **state)
{
	struct html_context context = context_of("<");
	const char *problem;

	for (int i = 0; i < 1000; i++)
		html_context_feed(&context, 'a');
	html_context_feed(&context, ' ');
	for (int i = 0; i < 1000; i++)
		html_context_feed(&context, i == 0 ? 'o' : 'n');
	html_context_feed(&context, '=');
	html_context_feed(&context, '"');
	assert_int_equal(html_context_place(&context, &problem), HTML_PLACE_FORBIDDEN);
	for (int i = 0; i < 1000; i++)
		html_context_feed(&context, '<');
	html_context_feed(&context, '"');
	html_context_feed(&context, '>');
	assert_int_equal(html_context_place(&context, &problem), HTML_PLACE_TEXT);
	(void)state;
}

static const struct {
	const char *one;
	const char *other;
	bool are_equal;
} pairs[] = {
	{ "<p>a", "<div class=\"b\">c<br>", true },
	{ "<p title=\"a", "<p title=\"", true },
	{ "<p ", "<p class=\"a\" ", true },
	{ "<a href=\"/a", "<a href=\"/chat/b?c=", true },
	{ "<!-- a", "<!-- b", true },
	{ "<script type=\"application/json\">1", "<script type=\"application/json\">null", true },
	{ "<p title=\"", "<p title='", false },
	{ "<p title=\"", "<p lang=\"", false },
	{ "<p ", "<a ", false },
	{ "<p>", "<p", false },
	{ "<a href=\"", "<a href=\"/", false },
	{ "<a href=\"http", "<a href=\"java", false },
	{ "<script type=\"application/json\"", "<script type=\"text/javascript\"", false },
	{ "<script type=\"application/json", "<script type=\"text/javascript", false },
	{ "<script type=\"application/json\">", "<script>", false },
	{ "<style></sty", "<style>", false },
	{ "<!-- -", "<!-- ", false },
};

static void html_context_equals_where_the_same_values_are_safe(void **state)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct html_context one = context_of(pairs[i].one);
		struct html_context other = context_of(pairs[i].other);

		if (html_context_equals(&one, &other) != pairs[i].are_equal)
			fail_msg("%s and %s", pairs[i].one, pairs[i].other);
	}
	(void)state;
}

static void html_context_sees_no_address_behind_a_value_that_may_have_been_a_slash(void **state)
{
	struct html_context context = context_of("<a href=\"");
	const char *problem;

	html_context_value(&context);
	assert_int_equal(html_context_place(&context, &problem), HTML_PLACE_FORBIDDEN);
	html_context_feed(&context, '/');
	assert_int_equal(html_context_place(&context, &problem), HTML_PLACE_FORBIDDEN);
	html_context_feed(&context, 'a');
	html_context_feed(&context, '/');
	assert_int_equal(html_context_place(&context, &problem), HTML_PLACE_URL_PART);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_context_knows_what_a_value_would_be),
		cmocka_unit_test(html_context_refuses_what_readers_take_in_two_ways),
		cmocka_unit_test(html_context_outlives_names_of_any_length),
		cmocka_unit_test(html_context_equals_where_the_same_values_are_safe),
		cmocka_unit_test(
			html_context_sees_no_address_behind_a_value_that_may_have_been_a_slash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
