/* SPDX-License-Identifier: MIT */
/* The rule of names, as a table: the raw text, the verdict, and the name that comes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/utf8.h"
#include "common/name.h"

static const struct {
	const char *raw;
	const char *code;
	const char *name;
} table[] = {
	{ "lobby", "ok", "lobby" },
	{ "  a b\t\n", "ok", "a b" },
	{ "\xe3\x80\x80\xe6\x88\xbf\xe9\x97\xb4\xc2\xa0", "ok", "\xe6\x88\xbf\xe9\x97\xb4" },
	{ "e\xcc\x81", "ok", "\xc3\xa9" }, /* composed */
	{ "\xe2\x84\xab", "ok", "\xc3\x85" }, /* the sign of Angstrom is a letter */
	{ "\xf0\x9f\x98\x80", "ok", "\xf0\x9f\x98\x80" },
	{ "...", "ok", "..." },
	{ "a:b*c'--;%_", "ok", "a:b*c'--;%_" },
	{ "", "empty", NULL },
	{ " \t\xe2\x80\x83 ", "empty", NULL },
	{ "a\xff", "not_utf8", NULL },
	{ "\xc0\xaf", "not_utf8", NULL },
	{ "a\x01"
	  "b",
		"forbidden_character", NULL },
	{ "a\nb", "forbidden_character", NULL },
	{ "a\xc2\x85"
	  "b",
		"forbidden_character", NULL },
	{ "a\xe2\x80\xae"
	  "b",
		"forbidden_character", NULL }, /* right-to-left override */
	{ "a\xe2\x80\x8b", "forbidden_character", NULL }, /* zero-width space */
	{ "a\xe2\x80\x8d"
	  "b",
		"forbidden_character", NULL }, /* zero-width joiner */
	{ "\xef\xbb\xbf"
	  "a",
		"forbidden_character", NULL }, /* byte order mark */
	{ "\xee\x80\x80", "forbidden_character", NULL }, /* private use */
	{ "\xef\xbf\xbf", "forbidden_character", NULL }, /* no character */
	{ "a\xe2\x80\xa8"
	  "b",
		"forbidden_character", NULL }, /* line separator */
	{ "a/b", "slash", NULL },
	{ "/", "slash", NULL },
	{ ".", "dots", NULL },
	{ " .. ", "dots", NULL },
};

static void name_is_judged_and_normalized(void **state)
{
	struct buf name = { 0 };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		enum name_problem problem = name_normalize(
			str_from(table[i].raw), NAME_PERSON_MAX, &name);

		assert_string_equal(name_problem_code(problem), table[i].code);
		assert_true(strlen(name_problem_sentence(problem)) > 0);
		if (problem == NAME_OK)
			assert_string_equal(buf_text(&name), table[i].name);
	}
	buf_finish(&name);
	(void)state;
}

static void normalizing_again_changes_nothing(void **state)
{
	struct buf again = { 0 };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].name == NULL)
			continue;
		assert_int_equal(
			name_normalize(str_from(table[i].name), NAME_PERSON_MAX, &again), NAME_OK);
		assert_string_equal(buf_text(&again), table[i].name);
	}
	buf_finish(&again);
	(void)state;
}

static void length_counts_code_points_after_composing(void **state)
{
	struct buf raw = { 0 }, name = { 0 };

	for (int i = 0; i < 32; i++)
		buf_append_text(&raw, "e\xcc\x81");
	assert_int_equal(name_normalize(buf_str(&raw), 32, &name), NAME_OK);
	assert_int_equal(utf8_count(buf_str(&name)), 32);
	buf_append_char(&raw, 'x');
	assert_int_equal(name_normalize(buf_str(&raw), 32, &name), NAME_TOO_LONG);
	buf_finish(&raw);
	buf_finish(&name);
	(void)state;
}

static void huge_name_is_refused(void **state)
{
	struct buf raw = { 0 }, name = { 0 };

	for (int i = 0; i < 1000000; i++)
		buf_append_char(&raw, 'x');
	assert_int_equal(name_normalize(buf_str(&raw), NAME_ROOM_MAX, &name), NAME_TOO_LONG);
	buf_finish(&raw);
	buf_finish(&name);
	(void)state;
}

static void name_without_any_data_is_empty(void **state)
{
	struct buf name = { 0 };

	assert_int_equal(name_normalize((struct str){ 0 }, 32, &name), NAME_EMPTY);
	buf_finish(&name);
	(void)state;
}

static void nul_in_a_name_is_refused(void **state)
{
	struct buf name = { 0 };

	assert_int_equal(name_normalize(str_range("a\0b", 3), 32, &name), NAME_FORBIDDEN_CHARACTER);
	assert_int_equal(name_normalize(str_range("a\0", 2), 32, &name), NAME_FORBIDDEN_CHARACTER);
	buf_finish(&name);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_is_judged_and_normalized),
		cmocka_unit_test(normalizing_again_changes_nothing),
		cmocka_unit_test(length_counts_code_points_after_composing),
		cmocka_unit_test(huge_name_is_refused),
		cmocka_unit_test(name_without_any_data_is_empty),
		cmocka_unit_test(nul_in_a_name_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
