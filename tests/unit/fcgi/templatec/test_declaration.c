/* SPDX-License-Identifier: MIT */
/* The block at the head of a page, and the struct that it becomes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fcgi/templatec/declaration.h"

static void declaration_becomes_a_struct(void **state)
{
	struct declaration declaration = { 0 };
	struct buf out = { 0 };
	const char *problem;

	assert_true(declaration_parse(&declaration,
		STR_OF("text title\n\tbool online; integer people\nurl link\njson settings\n"
		       "each rooms { text name; integer members }"),
		&problem));
	declaration_write(&declaration, "page", &out);
	assert_string_equal(buf_text(&out),
		"struct template_page_rooms {\n"
		"\tstruct str name;\n"
		"\tint64_t members;\n"
		"};\n\n"
		"struct template_page {\n"
		"\tstruct str title;\n"
		"\tbool online;\n"
		"\tint64_t people;\n"
		"\tstruct str link;\n"
		"\tstruct str settings;\n"
		"\tconst struct template_page_rooms *rooms; /* borrowed */\n"
		"\tsize_t rooms_count;\n"
		"};\n");
	buf_finish(&out);
	(void)state;
}

static void declaration_finds_fields_in_their_scope(void **state)
{
	struct declaration declaration = { 0 };
	const struct field *rooms;
	const char *problem;
	int scope;

	assert_true(declaration_parse(
		&declaration, STR_OF("text name each rooms { integer name } bool last"), &problem));
	rooms = declaration_find(&declaration, STR_OF("rooms"), -1);
	assert_non_null(rooms);
	scope = declaration_index(&declaration, rooms);
	assert_int_equal(declaration_find(&declaration, STR_OF("name"), -1)->type, FIELD_TEXT);
	assert_int_equal(
		declaration_find(&declaration, STR_OF("name"), scope)->type, FIELD_INTEGER);
	assert_null(declaration_find(&declaration, STR_OF("last"), scope));
	assert_null(declaration_find(&declaration, STR_OF("nam"), -1));
	(void)state;
}

static const char *const bad[] = {
	"text",
	"string name",
	"text 1st",
	"text name text name",
	"text name }",
	"each rooms",
	"each rooms text name",
	"each rooms {",
	"each rooms { text name",
	"each rooms { each people { text name } }",
	"text int",
	"bool default",
	"text a-b",
	"text title, text name",
};

static void declaration_refuses_what_is_no_field(void **state)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct declaration declaration = { 0 };
		const char *problem = NULL;

		if (declaration_parse(&declaration, str_from(bad[i]), &problem))
			fail_msg("%s is taken", bad[i]);
		assert_non_null(problem);
	}
	(void)state;
}

static void declaration_has_room_for_so_many_fields_and_no_more(void **state)
{
	struct declaration declaration = { 0 };
	struct buf text = { 0 };
	const char *problem;

	for (int i = 0; i < DECLARATION_FIELDS_MAX; i++)
		buf_append_format(&text, "text field_%d\n", i);
	assert_true(declaration_parse(&declaration, buf_str(&text), &problem));
	buf_append_text(&text, "text other\n");
	declaration = (struct declaration){ 0 };
	assert_false(declaration_parse(&declaration, buf_str(&text), &problem));
	buf_finish(&text);
	(void)state;
}

static void declaration_survives_a_cut_at_every_byte(void **state)
{
	const struct str whole = STR_OF("text a; each rooms { url b; json c } integer d");

	for (size_t len = 0; len < whole.len; len++) {
		struct declaration declaration = { 0 };
		const char *problem = NULL;
		bool is_good = declaration_parse(
			&declaration, str_range(whole.data, len), &problem);

		assert_true(is_good || problem != NULL);
		assert_true(declaration.count < 5);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(declaration_becomes_a_struct),
		cmocka_unit_test(declaration_finds_fields_in_their_scope),
		cmocka_unit_test(declaration_refuses_what_is_no_field),
		cmocka_unit_test(declaration_has_room_for_so_many_fields_and_no_more),
		cmocka_unit_test(declaration_survives_a_cut_at_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
