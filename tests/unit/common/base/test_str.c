/* SPDX-License-Identifier: MIT */
/* Borrowed pieces of text: cutting, comparing, and numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/mem.h"
#include "common/base/str.h"

static void assert_text(struct str text, const char *expected)
{
	assert_int_equal(text.len, strlen(expected));
	if (text.len > 0)
		assert_memory_equal(text.data, expected, text.len);
}

static void comparing_ignores_case_of_ascii_only(void **state)
{
	assert_true(str_equals_ignore_case(STR_OF("Upgrade"), STR_OF("uPGRADE")));
	assert_false(str_equals_ignore_case(STR_OF("\xc3\x84"), STR_OF("\xc3\xa4")));
	assert_false(str_equals_ignore_case(STR_OF("@"), STR_OF("`")));
	assert_false(str_equals(STR_OF("a"), STR_OF("A")));
	assert_true(str_equals((struct str){ 0 }, STR_OF("")));
	(void)state;
}

static void order_is_that_of_bytes_and_shorter_is_first(void **state)
{
	static const char *const ordered[] = { "", "B", "a", "a!", "ab", "b", "\xc3\xa4" };
	size_t count = sizeof(ordered) / sizeof(ordered[0]);

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			int order = str_compare(str_from(ordered[i]), str_from(ordered[j]));

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
	}
	(void)state;
}

static void prefix_and_suffix_may_be_the_whole_text(void **state)
{
	assert_true(str_starts_with(STR_OF("abc"), STR_OF("abc")));
	assert_true(str_ends_with(STR_OF("abc"), STR_OF("abc")));
	assert_true(str_ends_with(STR_OF("abc"), STR_OF("")));
	assert_false(str_starts_with(STR_OF("ab"), STR_OF("abc")));
	assert_false(str_ends_with(STR_OF("bc"), STR_OF("abc")));
	(void)state;
}

static void next_cuts_pieces_and_keeps_empty_ones_inside(void **state)
{
	struct str rest = STR(",a,,b,");
	struct str piece;
	static const char *const expected[] = { "", "a", "", "b" };

	for (size_t i = 0; i < 4; i++) {
		assert_true(str_next(&rest, ',', &piece));
		assert_text(piece, expected[i]);
	}
	assert_false(str_next(&rest, ',', &piece));
	(void)state;
}

static void next_word_skips_empty_pieces(void **state)
{
	struct str rest = STR(" ,a b,, c ");
	struct str word;
	static const char *const expected[] = { "a", "b", "c" };

	for (size_t i = 0; i < 3; i++) {
		assert_true(str_next_word(&rest, " ,", &word));
		assert_text(word, expected[i]);
	}
	assert_false(str_next_word(&rest, " ,", &word));
	(void)state;
}

static void trim_takes_spaces_and_tabs_but_no_newlines(void **state)
{
	assert_text(str_trim(STR_OF(" \t a b\t ")), "a b");
	assert_text(str_trim(STR_OF("\na\n")), "\na\n");
	assert_text(str_trim(STR_OF("  ")), "");
	(void)state;
}

static void skip_beyond_the_end_leaves_nothing(void **state)
{
	assert_text(str_skip(STR_OF("abc"), 2), "c");
	assert_text(str_skip(STR_OF("abc"), 3), "");
	assert_text(str_skip(STR_OF("abc"), SIZE_MAX), "");
	(void)state;
}

static void number_is_digits_up_to_the_largest(void **state)
{
	static const char *const refused[] = { "", "-1", "+1", " 1", "1 ", "0x10", "1.0",
		"18446744073709551616", "99999999999999999999999" };
	uint64_t number = 7;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_false(str_to_uint64(str_from(refused[i]), &number));
	assert_int_equal(number, 7);
	assert_true(str_to_uint64(STR_OF("18446744073709551615"), &number));
	assert_true(number == UINT64_MAX);
	assert_true(str_to_uint64(STR_OF("007"), &number));
	assert_int_equal(number, 7);
	(void)state;
}

static void bytes_are_two_lower_case_digits_each(void **state)
{
	static const char *const refused[] = { "", "00ff1", "00FF1a", "00ff1g", "00ff1a00",
		"0x0f1a" };
	uint8_t bytes[3] = { 7 };

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_false(str_to_bytes(str_from(refused[i]), bytes, sizeof(bytes)));
	assert_true(str_to_bytes(STR_OF("00ff1a"), bytes, sizeof(bytes)));
	assert_memory_equal(bytes, "\x00\xff\x1a", sizeof(bytes));
	(void)state;
}

static void find_tells_the_length_when_there_is_none(void **state)
{
	char *copy = str_dup(STR_OF("a:b"));

	assert_int_equal(str_find(STR_OF("a:b:c"), ':'), 1);
	assert_int_equal(str_find(STR_OF("abc"), ':'), 3);
	assert_int_equal(str_find((struct str){ 0 }, ':'), 0);
	assert_string_equal(copy, "a:b");
	mem_free(copy);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparing_ignores_case_of_ascii_only),
		cmocka_unit_test(order_is_that_of_bytes_and_shorter_is_first),
		cmocka_unit_test(prefix_and_suffix_may_be_the_whole_text),
		cmocka_unit_test(next_cuts_pieces_and_keeps_empty_ones_inside),
		cmocka_unit_test(next_word_skips_empty_pieces),
		cmocka_unit_test(trim_takes_spaces_and_tabs_but_no_newlines),
		cmocka_unit_test(skip_beyond_the_end_leaves_nothing),
		cmocka_unit_test(number_is_digits_up_to_the_largest),
		cmocka_unit_test(bytes_are_two_lower_case_digits_each),
		cmocka_unit_test(find_tells_the_length_when_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
