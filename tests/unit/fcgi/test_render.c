/* SPDX-License-Identifier: MIT */
/* One table for each context that a value can stand in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fcgi/render.h"
#include "fcgi/translate.h"

struct row {
	const char *value;
	const char *html;
};

typedef void render_fn(struct render *render, struct str text);

static void check_rows(render_fn *function, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct buf out = { 0 };
		struct render render = { &out, NULL };

		function(&render, str_from(rows[i].value));
		assert_string_equal(buf_text(&out), rows[i].html);
		buf_finish(&out);
	}
}

static void render_text_leaves_no_byte_that_html_reads(void **state)
{
	static const struct row rows[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
		{ "\" onclick='a' & b", "&quot; onclick=&#39;a&#39; &amp; b" },
		{ "&amp;", "&amp;amp;" },
		{ "caf\xc3\xa9 {{7*7}} %n%s", "caf\xc3\xa9 {{7*7}} %n%s" },
	};

	check_rows(render_text, rows, sizeof(rows) / sizeof(rows[0]));
	(void)state;
}

#define LINK(address)                            \
	"<a class=\"text-link\" href=\"" address \
	"\" target=\"_blank\" rel=\"noopener noreferrer nofollow ugc\">" address "</a>"

static void render_linked_makes_links_and_nothing_else(void **state)
{
	static const struct row rows[] = {
		{ "", "" },
		{ "<b> & javascript:alert(1)", "&lt;b&gt; &amp; javascript:alert(1)" },
		{ "see https://a.example/?b=c&d='e, \"f\"",
			"see " LINK("https://a.example/?b=c&amp;d=&#39;e") ", &quot;f&quot;" },
		{ "mailto:a@b.example,http://c", LINK("mailto:a@b.example") "," LINK("http://c") },
	};

	check_rows(render_linked, rows, sizeof(rows) / sizeof(rows[0]));
	(void)state;
}

static void render_url_leads_only_where_links_may(void **state)
{
	static const struct row rows[] = {
		{ "", "" },
		{ "/", "/" },
		{ "/chat/a/?b=c&d='", "/chat/a/?b=c&amp;d=&#39;" },
		{ "?a", "?a" },
		{ "#a", "#a" },
		{ "http://example.org/", "http://example.org/" },
		{ "HTTPS://example.org/", "HTTPS://example.org/" },
		{ "mailto:ann@example.org", "mailto:ann@example.org" },
		{ "//example.org/", "#" },
		{ "/\\example.org/", "#" },
		{ "/\t/example.org/", "#" },
		{ "\n//example.org/", "#" },
		{ "\\\\example.org", "#" },
		{ "javascript:alert(1)", "#" },
		{ "JaVaScRiPt:alert(1)", "#" },
		{ " javascript:alert(1)", "#" },
		{ "java\tscript:alert(1)", "#" },
		{ "\x01javascript:alert(1)", "#" },
		{ "data:text/html,a", "#" },
		{ "vbscript:a", "#" },
		{ "http:", "#" },
		{ "chat/a/", "#" },
	};

	check_rows(render_url, rows, sizeof(rows) / sizeof(rows[0]));
	(void)state;
}

static void render_url_part_encodes_all_but_unreserved_characters(void **state)
{
	static const struct row rows[] = {
		{ "Az09-._~", "Az09-._~" },
		{ "a/b?c#d&e=f", "a%2Fb%3Fc%23d%26e%3Df" },
		{ "\"'<>% :\\", "%22%27%3C%3E%25%20%3A%5C" },
		{ "\xc3\xa9", "%C3%A9" },
	};

	check_rows(render_url_part, rows, sizeof(rows) / sizeof(rows[0]));
	(void)state;
}

static void render_json_cannot_end_its_script(void **state)
{
	static const struct row rows[] = {
		{ "{\"a\":[1,null]}", "{\"a\":[1,null]}" },
		{ "\"</script><!--&\"", "\"\\u003c/script\\u003e\\u003c!--\\u0026\"" },
		{ "\"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\"", "\"\\u2028\\u2029\xe2\x80\xaa\"" },
		{ "\xe2\x80", "\xe2\x80" },
	};

	check_rows(render_json, rows, sizeof(rows) / sizeof(rows[0]));
	(void)state;
}

static void render_json_string_writes_a_text_as_json(void **state)
{
	static const struct row rows[] = {
		{ "", "\"\"" },
		{ "lobby", "\"lobby\"" },
		{ "\"</script>\\\n", "\"\\\"\\u003c/script\\u003e\\\\\\n\"" },
	};

	check_rows(render_json_string, rows, sizeof(rows) / sizeof(rows[0]));
	(void)state;
}

static void render_integer_writes_every_integer(void **state)
{
	struct buf out = { 0 };
	struct render render = { &out, NULL };

	render_integer(&render, INT64_MIN);
	render_integer(&render, 0);
	render_integer(&render, INT64_MAX);
	assert_string_equal(buf_text(&out), "-922337203685477580809223372036854775807");
	buf_finish(&out);
	(void)state;
}

static const struct {
	const char *message;
	const char *html;
} messages[] = {
	{ "Hello", "Hello" },
	{ "a < b", "a &lt; b" },
	{ "{user}!", "&lt;ann&gt; {count}!" },
	{ "{user} and {user}", "&lt;ann&gt; {count} and &lt;ann&gt; {count}" },
	{ "{count} of {nobody}", "-3 of {nobody}" },
	{ "{", "{" },
	{ "{}", "{}" },
	{ "{user", "{user" },
	{ "{{user}", "{&lt;ann&gt; {count}" },
	{ "a}b", "a}b" },
};

/* A value that looks like a place stays what it is. */
static void render_message_fills_its_places_once(void **state)
{
	const struct translation *english = translations[0];
	const struct render_value values[] = {
		{ .name = "user", .text = STR("<ann> {count}") },
		{ .name = "count", .is_number = true, .number = -3 },
	};

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		struct buf out = { 0 };
		struct render render = { &out, english };

		render_message(&render, messages[i].message, values, 2);
		assert_string_equal(buf_text(&out), messages[i].html);
		buf_finish(&out);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(render_text_leaves_no_byte_that_html_reads),
		cmocka_unit_test(render_linked_makes_links_and_nothing_else),
		cmocka_unit_test(render_url_leads_only_where_links_may),
		cmocka_unit_test(render_url_part_encodes_all_but_unreserved_characters),
		cmocka_unit_test(render_json_cannot_end_its_script),
		cmocka_unit_test(render_json_string_writes_a_text_as_json),
		cmocka_unit_test(render_integer_writes_every_integer),
		cmocka_unit_test(render_message_fills_its_places_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
