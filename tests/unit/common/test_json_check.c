/* SPDX-License-Identifier: MIT */
/* The grammar of RFC 8259, row by row, and every valid text cut at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/buf.h"
#include "common/json_check.h"

static const struct {
	const char *text;
	const char *problem; /* NULL: valid */
} table[] = {
	{ "{}", NULL },
	{ " [ ] \r\n\t", NULL },
	{ "true", NULL },
	{ "null", NULL },
	{ "-0", NULL },
	{ "0.5e-10", NULL },
	{ "1E+2", NULL },
	{ "-9223372036854775808", NULL },
	{ "18446744073709551615", NULL },
	{ "{\"a\": [1, {\"b\": \"\\u00e9\\n\\/\"}], \"\": null}", NULL },
	{ "\"\\u0000\"", NULL },
	{ "\"\xe6\x88\xbf\"", NULL },
	{ "[[[[[[[[8]]]]]]]]", NULL },
	{ "[[[[[[[[[9]]]]]]]]]", "nested too deeply" },
	{ "", "a value is missing" },
	{ "nul", "a value is missing" },
	{ "NaN", "a value is missing" },
	{ "Infinity", "a value is missing" },
	{ "-", "a value is missing" },
	{ "+1", "a value is missing" },
	{ ".5", "a value is missing" },
	{ "TRUE", "a value is missing" },
	{ "'a'", "a value is missing" },
	{ "[1,]", "a value is missing" },
	{ "[,1]", "a value is missing" },
	{ "// comment\n1", "a value is missing" },
	{ "01", "a number begins with 0" },
	{ "-012", "a number begins with 0" },
	{ "1.", "a number ends in a point" },
	{ "1e", "a number has no exponent" },
	{ "1e+-2", "a number has no exponent" },
	{ "18446744073709551616", "an integer is too large" },
	{ "-9223372036854775809", "an integer is too large" },
	{ "{\"a\": 1,}", "a key must be a string" },
	{ "{a: 1}", "a key must be a string" },
	{ "{1: 1}", "a key must be a string" },
	{ "{\"a\" 1}", "a key has no value" },
	{ "{\"a\": }", "a value is missing" },
	{ "{\"a\\u0000b\": 1}", "a key has a NUL character" },
	{ "[1 2]", "a comma or a closing bracket is missing" },
	{ "[1}", "a comma or a closing bracket is missing" },
	{ "{\"a\": 1]", "a comma or a closing bracket is missing" },
	{ "1 2", "something follows the value" },
	{ "{} x", "something follows the value" },
	{ "\"a", "a string has no end" },
	{ "\"a\\", "a string has an unknown escape" },
	{ "\"\\x41\"", "a string has an unknown escape" },
	{ "\"\\u12g4\"", "a string has an unknown escape" },
	{ "\"\\u12\"", "a string has an unknown escape" },
	{ "\"a\nb\"", "a string has a control character" },
	{ "\"\xff\"", "not valid UTF-8" },
	{ "\"\xed\xa0\x80\"", "not valid UTF-8" },
};

static void text_is_judged_as_the_grammar_has_it(void **state)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *problem = NULL;
		size_t members;
		bool is_valid = json_check(str_from(table[i].text), &members, &problem);

		if (is_valid != (table[i].problem == NULL))
			fail_msg("judged wrongly: %s", table[i].text);
		if (!is_valid)
			assert_string_equal(problem, table[i].problem);
	}
	(void)state;
}

static void object_cut_at_any_byte_is_refused(void **state)
{
	const struct str text = STR(
		"{\"type\": \"message\", \"n\": [-1.5e3, true, \"\\u00e9\\\\\"], \"x\": {}}");
	const char *problem;
	size_t members;

	for (size_t len = 0; len < text.len; len++) {
		char piece[128];

		/* Copied, so that reading past the piece is seen by a sanitizer. */
		memset(piece, '\x01', sizeof(piece));
		memcpy(piece, text.data, len);
		assert_false(json_check(str_range(piece, len), &members, &problem));
	}
	assert_true(json_check(text, &members, &problem));
	(void)state;
}

static void nul_byte_in_the_text_is_refused(void **state)
{
	const char *problem;
	size_t members;

	assert_false(json_check(str_range("{}\0", 3), &members, &problem));
	assert_false(json_check(str_range("\"a\0b\"", 5), &members, &problem));
	assert_false(json_check(str_range("[1\0]", 4), &members, &problem));
	(void)state;
}

static void members_of_all_objects_are_counted(void **state)
{
	const char *problem;
	size_t members;

	assert_true(json_check(
		STR_OF("[{\"a\": {\"a\": 1, \"a\": 2}}, {\"b\": []}]"), &members, &problem));
	assert_int_equal(members, 4);
	(void)state;
}

static void bomb_of_brackets_ends_at_the_limit(void **state)
{
	struct buf bomb = { 0 };
	const char *problem;
	size_t members;

	for (int i = 0; i < 100000; i++)
		buf_append_char(&bomb, '[');
	assert_false(json_check(buf_str(&bomb), &members, &problem));
	assert_string_equal(problem, "nested too deeply");
	buf_finish(&bomb);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_judged_as_the_grammar_has_it),
		cmocka_unit_test(object_cut_at_any_byte_is_refused),
		cmocka_unit_test(nul_byte_in_the_text_is_refused),
		cmocka_unit_test(members_of_all_objects_are_counted),
		cmocka_unit_test(bomb_of_brackets_ends_at_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
