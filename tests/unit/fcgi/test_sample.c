/* SPDX-License-Identifier: MIT */
/* A whole page, compiled by the build from templates/sample.html: all of it, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fcgi/translate.h"
#include "templates/sample.h"

static void render_sample(const struct template_sample *page, const char *language, struct buf *out)
{
	struct render render = { out, translation_find(str_from(language), translations[0]) };

	template_sample(&render, page);
	buf_text(out);
}

static void sample_is_safe_wherever_a_value_stands(void **state)
{
	const struct template_sample_rooms rooms[] = {
		{ STR("a&b"), STR("/chat/a%26b/") },
		{ STR("'"), STR("javascript:alert(1)") },
	};
	const struct template_sample page = {
		.name = STR("\"><script>"),
		.link = STR("//example.org/"),
		.people = 1,
		.settings = STR("{\"a\":\"</script>\"}"),
		.rooms = rooms,
		.rooms_count = 2,
	};
	struct buf out = { 0 };

	render_sample(&page, "en", &out);
	assert_string_equal(out.data,
		"<h1 title=\"&quot;&gt;&lt;script&gt;\">&quot;&gt;&lt;script&gt;</h1>\n"
		"<a href=\"#\">Hello &quot;&gt;&lt;script&gt;</a>\n"
		"<a href=\"/chat/%22%3E%3Cscript%3E/?people=1\">1 person</a>\n"
		"<a href='/chat/a%26b/'>a&amp;b</a><a href='#'>&#39;</a>\n"
		"<script type=\"application/json\">{\"a\":\"\\u003c/script\\u003e\"}</script>\n"
		"<script type=\"application/json\">\"\\\"\\u003e\\u003cscript\\u003e\"</script>\n"
		"<p>&quot;&gt;&lt;script&gt;</p>\n");
	buf_finish(&out);
	(void)state;
}

static void sample_speaks_its_readers_language(void **state)
{
	const struct template_sample page = { .name = STR("ann"), .people = 2 };
	struct buf out = { 0 };

	render_sample(&page, "zh", &out);
	assert_string_equal(out.data,
		"<h1 title=\"ann\">ann</h1>\n"
		"<a href=\"\">ann\xef\xbc\x8c\xe4\xbd\xa0\xe5\xa5\xbd &quot;&lt;b&gt;&quot;</a>\n"
		"<a href=\"/chat/ann/?people=2\">2 \xe4\xba\xba</a>\n"
		"none\n"
		"<script type=\"application/json\"></script>\n"
		"<script type=\"application/json\">\"ann\"</script>\n"
		"<p>ann</p>\n");
	buf_finish(&out);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample_is_safe_wherever_a_value_stands),
		cmocka_unit_test(sample_speaks_its_readers_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
