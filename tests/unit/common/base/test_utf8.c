/* SPDX-License-Identifier: MIT */
/* UTF-8 as RFC 3629 has it: every code point there and back, every bad form refused, in one piece
 * and in many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/utf8.h"

static const struct {
	const char *bytes;
	bool is_valid;
} table[] = {
	{ "", true },
	{ "plain ascii that is longer than a word of eight bytes", true },
	{ "\xc2\x80", true },
	{ "\xdf\xbf", true },
	{ "\xe0\xa0\x80", true },
	{ "\xed\x9f\xbf", true },
	{ "\xee\x80\x80", true },
	{ "\xf0\x90\x80\x80", true },
	{ "\xf4\x8f\xbf\xbf", true },
	{ "12345678\xe6\x88\xbf\xe9\x97\xb4 12345678", true },
	{ "\x80", false },
	{ "\xc0\x80", false },
	{ "\xc1\xbf", false },
	{ "\xc2", false },
	{ "\xc2\x41", false },
	{ "\xe0\x9f\xbf", false },
	{ "\xed\xa0\x80", false },
	{ "\xed\xbf\xbf", false },
	{ "\xe2\x82", false },
	{ "\xf0\x8f\xbf\xbf", false },
	{ "\xf4\x90\x80\x80", false },
	{ "\xf5\x80\x80\x80", false },
	{ "\xff", false },
	{ "1234567\x80", false },
	{ "12345678901234567890\xfe", false },
};

#define ROWS (sizeof(table) / sizeof(table[0]))

static void text_is_judged_as_the_rfc_has_it(void **state)
{
	for (size_t i = 0; i < ROWS; i++)
		assert_int_equal(utf8_is_valid(str_from(table[i].bytes)), table[i].is_valid);
	(void)state;
}

static void verdict_is_the_same_cut_at_every_byte(void **state)
{
	for (size_t i = 0; i < ROWS; i++) {
		size_t len = strlen(table[i].bytes);

		for (size_t cut = 0; cut <= len; cut++) {
			utf8_state at_cut = utf8_check(UTF8_ACCEPT, table[i].bytes, cut);
			utf8_state at_end = utf8_check(at_cut, table[i].bytes + cut, len - cut);

			assert_int_equal(at_end == UTF8_ACCEPT, table[i].is_valid);
			if (table[i].is_valid)
				assert_int_not_equal(at_cut, UTF8_REJECT);
		}
	}
	(void)state;
}

static void bad_byte_is_noticed_at_once_and_for_ever(void **state)
{
	utf8_state rejected = utf8_check(UTF8_ACCEPT, "\xf4\x90", 2);

	assert_int_equal(rejected, UTF8_REJECT);
	assert_int_equal(utf8_check(rejected, "good", 4), UTF8_REJECT);
	(void)state;
}

static void every_code_point_comes_back(void **state)
{
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		char bytes[4];
		struct str text = str_range(bytes, utf8_write(c, bytes));
		size_t position = 0;
		uint32_t again = UINT32_MAX;

		if (utf8_is_valid(text) != (c < 0xd800 || c > 0xdfff))
			fail_msg("U+%04X is judged wrongly", (unsigned)c);
		if (!utf8_next(text, &position, &again) || again != c || position != text.len)
			fail_msg("U+%04X comes back as U+%04X", (unsigned)c, (unsigned)again);
	}
	(void)state;
}

static void count_is_of_code_points(void **state)
{
	assert_int_equal(utf8_count(STR_OF("a\xc3\xa9\xe6\x88\xbf\xf0\x9f\x98\x80")), 4);
	assert_int_equal(utf8_count((struct str){ 0 }), 0);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_judged_as_the_rfc_has_it),
		cmocka_unit_test(verdict_is_the_same_cut_at_every_byte),
		cmocka_unit_test(bad_byte_is_noticed_at_once_and_for_ever),
		cmocka_unit_test(every_code_point_comes_back),
		cmocka_unit_test(count_is_of_code_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
