/* SPDX-License-Identifier: MIT */
/* What becomes of each tag, and which pages are refused with which line. Parts come from
 * TEMPLATE_FOLDER. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fcgi/templatec/template.h"

#define ARGUMENTS                                                                 \
	"{{args text name; bool online; integer people; url link; json settings;" \
	" each rooms { text name; integer members; url link } }}"

static bool compile(struct str text, struct template_output *output, struct buf *problem)
{
	const struct template_page page = { "page", "page.html", TEMPLATE_FOLDER, text };

	return template_compile(&page, output, problem);
}

/* Behind ARGUMENTS. */
static bool compile_body(const char *body, struct template_output *output, struct buf *problem)
{
	struct buf text = { 0 };
	bool is_good;

	buf_append_text(&text, ARGUMENTS);
	buf_append_text(&text, body);
	is_good = compile(buf_str(&text), output, problem);
	buf_text(&output->source);
	buf_text(problem);
	buf_finish(&text);
	return is_good;
}

static const struct {
	const char *body;
	const char *source; /* is in the output */
} good[] = {
	{ "<p>{{name}}</p>", "\trender_text(render, page->name);\n" },
	{ "<p>{{ name }}</p>", "\trender_text(render, page->name);\n" },
	{ "<p>a\n\"b\"?", "\trender_raw(render,\n\t\t\"<p>a\\n\"\n\t\t\"\\\"b\\\"\\077\", 9);\n" },
	{ "<p title=\"{{name}}\">", "\trender_text(render, page->name);\n" },
	{ "<p lang='{{people}}'>", "\trender_integer(render, page->people);\n" },
	{ "<a href=\"{{link}}\">", "\trender_url(render, page->link);\n" },
	{ "<a href=\"/?a={{name}}\">", "\trender_url_part(render, page->name);\n" },
	{ "<a href=\"/?a={{link}}\">", "\trender_url_part(render, page->link);\n" },
	{ "<input value=\"{{link}}\">", "\trender_text(render, page->link);\n" },
	{ "{{#if online}}a{{/if}}", "\tif (page->online) {\n\t\trender_raw(render," },
	{ "{{#if rooms}}a{{/if}}", "\tif (page->rooms_count > 0) {\n" },
	{ "{{#if name}}a{{/if}}", "\tif (page->name.len > 0) {\n" },
	{ "{{#if people}}a{{/if}}", "\tif (page->people != 0) {\n" },
	{ "{{#if online}}{{#else}}{{name}}{{/if}}",
		"\t} else {\n\t\trender_text(render, page->name);\n\t}\n" },
	{ "{{#each rooms}}{{.name}}{{/each}}",
		"\tfor (size_t i = 0; i < page->rooms_count; i++) {\n"
		"\t\tconst struct template_page_rooms *item = &page->rooms[i];\n\n"
		"\t\trender_text(render, item->name);\n\t}\n" },
	{ "{{#each rooms}}{{#if .members}}{{name}}{{/if}}{{/each}}",
		"\t\tif (item->members != 0)" },
	{ "<script type=\"application/json\">{{json settings}}</script>",
		"\trender_json(render, page->settings);\n" },
	{ "<script type=\"application/json\">{{jsonstring name}}</script>",
		"\trender_json_string(render, page->name);\n" },
	{ "<p>{{linked name}}</p>", "\trender_linked(render, page->name);\n" },
	{ "{{_ \"Send\"}}", "\trender_message(render, \"Send\", NULL, 0);\n" },
	{ "<p title=\"{{_ \"Send\"}}\">", "\trender_message(render, \"Send\", NULL, 0);\n" },
	{ "{{#each rooms}}{{_ \"{a} in {b}\" a=name b=.name}}{{/each}}",
		"render_message(render, \"{a} in {b}\", (const struct render_value[]){ "
		"{ .name = \"a\", .text = page->name }, "
		"{ .name = \"b\", .text = item->name }, }, 2);\n" },
	{ "{{_n \"{count} person\" \"{count} people\" count=people}}",
		"render_plural(render, \"{count} person\", \"{count} people\", page->people, "
		"(const struct render_value[]){ "
		"{ .name = \"count\", .is_number = true, .number = page->people }, }, 1);\n" },
	{ "{{_n \"one\" \"many\" count=people}}", "\"one\", \"many\", page->people, " },
	{ "{{! nothing \" of <this> }}{{name}}", "\trender_text(render, page->name);\n" },
	{ "{{> line}}", "\trender_text(render, page->name);\n" },
	{ "{{> arguments}}<p>{{more}}</p>", "\trender_text(render, page->more);\n" },
	{ "<p{{#if online}} hidden{{/if}}>{{name}}", "render_text" },
	{ "<p {{#if online}}hidden{{/if}} title=\"{{name}}\">", "render_text" },
	{ "<p class=\"{{#if online}}a{{#else}}b{{/if}}\">{{name}}", "render_text" },
	{ "{ { } }", "\"{ { } }\", 7" },
};

static void template_becomes_calls(void **state)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct template_output output = { 0 };
		struct buf problem = { 0 };

		if (!compile_body(good[i].body, &output, &problem))
			fail_msg("%s: %s", good[i].body, problem.data);
		if (strstr(output.source.data, good[i].source) == NULL)
			fail_msg("%s: %s", good[i].body, output.source.data);
		template_output_finish(&output);
		buf_finish(&problem);
	}
	(void)state;
}

static const struct {
	const char *body;
	const char *problem; /* begins so */
} bad[] = {
	{ "{{nobody}}", "page.html:1: not declared: nobody" },
	{ "{{.name}}", "page.html:1: not declared: .name" },
	{ "{{#each rooms}}{{.people}}{{/each}}", "page.html:1: not declared: .people" },
	{ "\n\n<p>{{nobody}}", "page.html:3: not declared" },
	{ "{{!\n\n}}\n{{nobody}}", "page.html:4: not declared" },
	{ "{{#unless online}}", "page.html:1: no tag of templates: #unless online" },
	{ "{{name people}}", "page.html:1: no tag of templates: name people" },
	{ "{{}}", "page.html:1: no tag" },
	{ "{{{name}}}", "page.html:1: no tag of templates: {name" },
	{ "{{name", "page.html:1: the }} of this tag is missing" },
	{ "{{online}}", "page.html:1: a value of this type cannot stand here: online" },
	{ "{{rooms}}", "page.html:1: a value of this type cannot stand here: rooms" },
	{ "{{settings}}", "page.html:1: a value of this type cannot stand here: settings" },
	{ "<a href=\"{{name}}\">", "page.html:1: a value of this type cannot stand here: name" },
	{ "<a title=\"{{linked name}}\">", "page.html:1: linked takes a text, in text: name" },
	{ "{{linked people}}", "page.html:1: linked takes a text, in text: people" },
	{ "<a href=\"{{people}}\">", "page.html:1: a value of this type cannot stand here" },
	{ "<a href=\"javascript:{{name}}\">", "page.html:1: a value in an address" },
	{ "<a href=\"{{link}}{{name}}\">", "page.html:1: a value in an address" },
	{ "<p title={{name}}>", "page.html:1: put the attribute's value in quotes" },
	{ "<p title=a{{name}}>", "page.html:1: put the attribute's value in quotes" },
	{ "<{{name}}>", "page.html:1: a value cannot be a tag's name" },
	{ "<p {{name}}>", "page.html:1: a value cannot be an attribute's name" },
	{ "<p onclick=\"{{name}}\">", "page.html:1: a value cannot stand in an on… attribute" },
	{ "<p style=\"{{name}}\">", "page.html:1: a value in this attribute cannot be made safe" },
	{ "<script>{{name}}</script>", "page.html:1: a value cannot stand in a script" },
	{ "<script>{{json settings}}</script>", "page.html:1: a value cannot stand in a script" },
	{ "<script>{{_ \"Send\"}}</script>", "page.html:1: a value cannot stand in a script" },
	{ "<style>{{name}}</style>", "page.html:1: a value cannot stand in this element" },
	{ "<!-- {{name}} -->", "page.html:1: a value cannot stand in a comment" },
	{ "{{json settings}}", "page.html:1: JSON stands only inside" },
	{ "<p title=\"{{json settings}}\">", "page.html:1: JSON stands only inside" },
	{ "<script type=\"application/json\">{{json name}}</script>", "page.html:1: json takes" },
	{ "<script type=\"application/json\">{{name}}</script>",
		"page.html:1: a value of this type cannot stand here" },
	{ "{{#if online}}", "page.html:1: this block has no end" },
	{ "\n{{#if online}}\n{{#each rooms}}\n{{/each}}", "page.html:2: this block has no end" },
	{ "{{/if}}", "page.html:1: {{/if}} without {{#if}}" },
	{ "{{/each}}", "page.html:1: {{/each}} without {{#each}}" },
	{ "{{#else}}", "page.html:1: {{#else}} without {{#if}}" },
	{ "{{#if online}}{{#else}}{{#else}}{{/if}}", "page.html:1: {{#else}} without {{#if}}" },
	{ "{{#if online}}{{#each rooms}}{{/if}}", "page.html:1: {{/if}} without {{#if}}" },
	{ "{{#each rooms}}{{#each rooms}}", "page.html:1: an {{#each}} cannot stand in another" },
	{ "{{#each people}}", "page.html:1: not declared as each: people" },
	{ "{{#if online}}<p {{/if}}>", "page.html:1: the branches of this block end in different" },
	{ "{{#if online}}<p {{#else}}<a {{/if}}", "page.html:1: the branches of this block" },
	{ "<p{{#each rooms}} hidden{{/each}}>", "page.html:1: the branches of this block" },
	{ "<p{{#if online}} on{{/if}}click=\"", "page.html:1: put a space behind a block" },
	{ "<p{{#if online}} onclick{{/if}} =\"", "page.html:1: an attribute's name does not" },
	{ "<p{{#if online}}re{{/if}}>", "page.html:1: the branches of this block" },
	{ "<script{{#if online}} type{{/if}} type=\"application/json\">",
		"page.html:1: the branches of this block" },
	{ "{{#each rooms}}<!--{{/each}}", "page.html:1: the branches of this block" },
	{ "<a href=\"{{#if online}}/{{/if}}{{name}}\">",
		"page.html:1: the branches of this block" },
	{ "{{args text more}}", "page.html:1: a page or a part has one {{args}}" },
	{ "{{> nothing}}", TEMPLATE_FOLDER "/nothing.part.html" },
	{ "{{> ../line}}", "page.html:1: a part has a name like one of C: ../line" },
	{ "{{> endless}}", TEMPLATE_FOLDER "/endless.part.html:2: parts include each other too" },
	{ "{{> half}}{{/if}}", TEMPLATE_FOLDER "/half.part.html:1: this block has no end" },
	{ "{{> arguments}}{{> arguments}}",
		TEMPLATE_FOLDER "/arguments.part.html:1: this argument is declared twice" },
	{ "<p ", "page.html:1: the page ends inside a tag" },
	{ "<!-- ", "page.html:1: the page ends inside a tag" },
	{ "<meta http-equiv=\"refresh\">", "page.html:1: send a header" },
	{ "\xff", "page.html:1: the file is not UTF-8" },
	{ "{{_ Send}}", "page.html:1: a message stands in double quotes" },
	{ "{{_ \"Send}}", "page.html:1: the message's closing quote is missing" },
	{ "{{_ \"\"}}", "page.html:1: a message is one line" },
	{ "{{_ \"a\nb\"}}", "page.html:1: a message is one line" },
	{ "{{_ \"a\\nb\"}}", "page.html:1: a message is one line" },
	{ "{{_ \"Hello {user}\"}}", "page.html:1: this place in the message has no value: user" },
	{ "{{_ \"Hello\" user=name}}",
		"page.html:1: this value has no place in the message: user" },
	{ "{{_ \"Hello {user}\" user}}", "page.html:1: a value of a message is NAME=FIELD: user" },
	{ "{{_ \"{a}\" a=name a=name}}", "page.html:1: a value of a message is NAME=FIELD" },
	{ "{{_ \"{a}\" a=nobody}}", "page.html:1: not declared: nobody" },
	{ "{{_ \"{a}\" a=link}}", "page.html:1: a message takes texts and integers" },
	{ "{{_n \"one\" \"many\"}}", "page.html:1: a plural needs count=FIELD, an integer" },
	{ "{{_n \"one\" \"many\" count=name}}", "page.html:1: a plural needs count=FIELD" },
	{ "{{_n \"one\" count=people}}", "page.html:1: a message stands in double quotes" },
	{ "<a href=\"{{_ \"Send\"}}\">", "page.html:1: a message stands in text or in" },
};

/* A problem in a part that is not there names the part, behind the line that includes it. */
static bool is_expected(const char *problem, const char *expected)
{
	return strncmp(problem, expected, strlen(expected)) == 0 ||
	       (strncmp(expected, TEMPLATE_FOLDER, strlen(TEMPLATE_FOLDER)) == 0 &&
		       strstr(problem, expected) != NULL);
}

static void template_is_refused_with_its_line(void **state)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct template_output output = { 0 };
		struct buf problem = { 0 };

		if (compile_body(bad[i].body, &output, &problem))
			fail_msg("%s is taken", bad[i].body);
		if (!is_expected(problem.data, bad[i].problem))
			fail_msg("%s: %s", bad[i].body, problem.data);
		template_output_finish(&output);
		buf_finish(&problem);
	}
	(void)state;
}

static void template_has_a_struct_of_its_arguments(void **state)
{
	struct template_output output = { 0 };
	struct buf problem = { 0 };

	assert_true(compile(STR_OF("{{args text title}}"), &output, &problem));
	assert_non_null(strstr(
		buf_text(&output.header), "struct template_page {\n\tstruct str title;\n};\n"));
	assert_non_null(strstr(buf_text(&output.header),
		"void template_page(struct render *render, const struct template_page *page);\n"));
	template_output_finish(&output);
	buf_finish(&problem);
	(void)state;
}

static void arguments_of_a_part_are_the_page_s(void **state)
{
	struct template_output output = { 0 };
	struct buf problem = { 0 };

	assert_true(compile(STR_OF("{{args text title}}{{> arguments}}"), &output, &problem));
	assert_non_null(strstr(buf_text(&output.header),
		"struct template_page {\n\tstruct str title;\n\tstruct str more;\n};\n"));
	template_output_finish(&output);
	buf_finish(&problem);
	(void)state;
}

static void template_includes_so_many_parts_and_no_more(void **state)
{
	for (int count = 16; count <= 17; count++) {
		struct template_output output = { 0 };
		struct buf problem = { 0 }, body = { 0 };

		for (int i = 0; i < count; i++)
			buf_append_text(&body, "{{> line}}");
		assert_int_equal(compile_body(buf_text(&body), &output, &problem), count == 16);
		template_output_finish(&output);
		buf_finish(&problem);
		buf_finish(&body);
	}
	(void)state;
}

static void template_lists_each_message_once(void **state)
{
	struct template_output output = { 0 };
	struct buf problem = { 0 };

	assert_true(compile_body("{{_ \"Send\"}}\n{{_n \"{count} a\" \"{count} b\" count=people}}"
				 "{{_ \"Send\"}}",
		&output, &problem));
	assert_string_equal(buf_text(&output.messages),
		"msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=UTF-8\\n\"\n"
		"\n#: page.html:1\nmsgid \"Send\"\nmsgstr \"\"\n"
		"\n#: page.html:2\n#, python-brace-format\nmsgid \"{count} a\"\n"
		"msgid_plural \"{count} b\"\nmsgstr[0] \"\"\nmsgstr[1] \"\"\n");
	template_output_finish(&output);
	buf_finish(&problem);
	(void)state;
}

static void template_nests_blocks_so_deep_and_no_deeper(void **state)
{
	for (int depth = 16; depth <= 17; depth++) {
		struct template_output output = { 0 };
		struct buf problem = { 0 }, body = { 0 };

		for (int i = 0; i < depth; i++)
			buf_append_text(&body, "{{#if online}}");
		for (int i = 0; i < depth; i++)
			buf_append_text(&body, "{{/if}}");
		assert_int_equal(compile_body(buf_text(&body), &output, &problem), depth == 16);
		template_output_finish(&output);
		buf_finish(&problem);
		buf_finish(&body);
	}
	(void)state;
}

static void template_survives_a_cut_at_every_byte(void **state)
{
	const struct str whole = STR_OF(
		"{{args text a; each b { url c } integer d}}<p title=\"{{a}}\">{{#if a}}"
		"{{#each b}}<a href=\"{{.c}}\">{{/each}}{{#else}}{{_n \"{count} a\" \"b\" "
		"count=d}}{{/if}}<script type=\"application/json\">{{jsonstring a}}"
		"</script>{{> line}}");

	for (size_t len = 0; len < whole.len; len++) {
		struct template_output output = { 0 };
		struct buf problem = { 0 };
		bool is_good = compile(str_range(whole.data, len), &output, &problem);

		assert_true(is_good == (problem.len == 0));
		template_output_finish(&output);
		buf_finish(&problem);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(template_becomes_calls),
		cmocka_unit_test(template_is_refused_with_its_line),
		cmocka_unit_test(template_has_a_struct_of_its_arguments),
		cmocka_unit_test(arguments_of_a_part_are_the_page_s),
		cmocka_unit_test(template_includes_so_many_parts_and_no_more),
		cmocka_unit_test(template_lists_each_message_once),
		cmocka_unit_test(template_nests_blocks_so_deep_and_no_deeper),
		cmocka_unit_test(template_survives_a_cut_at_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
