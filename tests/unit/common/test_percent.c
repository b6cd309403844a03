/* SPDX-License-Identifier: MIT */
/* Percent-encoding: what is decoded, what is refused, and that encoding is undone by decoding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/percent.h"

static void decodes_escapes_once(void **state)
{
	static const struct {
		const char *raw;
		bool plus_is_blank;
		const char *decoded; /* NULL: refused */
	} cases[] = {
		{ "", false, "" },
		{ "abc", false, "abc" },
		{ "a%20b", false, "a b" },
		{ "%E6%88%bf", false, "\xe6\x88\xbf" },
		{ "%2541", false, "%41" },
		{ "a+b", false, "a+b" },
		{ "a+b%2B", true, "a b+" },
		{ "%", false, NULL },
		{ "%4", false, NULL },
		{ "%4g", false, NULL },
		{ "%00", false, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = { 0 };
		bool is_good = percent_decode(str_from(cases[i].raw), cases[i].plus_is_blank, &out);

		assert_int_equal(is_good, cases[i].decoded != NULL);
		if (is_good)
			assert_string_equal(buf_text(&out), cases[i].decoded);
		buf_finish(&out);
	}
}

static void encodes_all_that_is_not_unreserved(void **state)
{
	struct buf out = { 0 };

	(void)state;
	percent_encode(STR_OF("aZ9-._~/ ?\xe6%"), "/", &out);
	assert_string_equal(buf_text(&out), "aZ9-._~/%20%3F%E6%25");
	buf_finish(&out);
}

static void decoding_undoes_encoding_of_every_byte(void **state)
{
	struct buf encoded = { 0 }, decoded = { 0 };
	char bytes[255];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i + 1);
	percent_encode(str_range(bytes, sizeof(bytes)), "", &encoded);
	assert_true(percent_decode(buf_str(&encoded), false, &decoded));
	assert_int_equal(decoded.len, sizeof(bytes));
	assert_memory_equal(decoded.data, bytes, sizeof(bytes));
	buf_finish(&encoded);
	buf_finish(&decoded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_escapes_once),
		cmocka_unit_test(encodes_all_that_is_not_unreserved),
		cmocka_unit_test(decoding_undoes_encoding_of_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
