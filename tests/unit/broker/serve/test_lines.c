/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/serve/lines.h"

#define LEN_MAX 5

/* Feeds text in pieces of this size; each line that comes out is followed by '|'. */
static void read_lines(struct lines *lines, struct str text, size_t piece_len, struct buf *out)
{
	struct str line;

	for (size_t i = 0; i < text.len; i += piece_len) {
		size_t left = text.len - i;

		lines_feed(lines, text.data + i, left < piece_len ? left : piece_len);
		while (lines_next(lines, &line)) {
			buf_append_str(out, line);
			buf_append_char(out, '|');
		}
		assert_true(lines->pending.len <= LEN_MAX + piece_len);
	}
}

static const struct {
	struct str text;
	const char *lines;
	uint64_t skipped;
	bool has_rest;
} cases[] = {
	{ STR(""), "", 0, false },
	{ STR("a\n"), "a|", 0, false },
	{ STR("a\nb"), "a|", 0, true },
	{ STR("\n\nab\n"), "||ab|", 0, false },
	{ STR("12345\n123456\n1\n"), "12345|1|", 1, false },
	{ STR("1234567890123\n12\n123456\n"), "12|", 2, false },
	{ STR("1234567890123"), "", 1, true },
	{ STR("12\n12345678\n\n12345"), "12||", 1, true },
};

static void lines_come_out_whole_however_they_come_in(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t piece_len = 1; piece_len <= cases[i].text.len + 1; piece_len++) {
			struct lines lines = { .len_max = LEN_MAX };
			struct buf out = { 0 };

			read_lines(&lines, cases[i].text, piece_len, &out);
			assert_string_equal(buf_text(&out), cases[i].lines);
			assert_int_equal(lines.skipped, cases[i].skipped);
			assert_int_equal(lines_drop_rest(&lines), cases[i].has_rest);
			buf_finish(&out);
			lines_finish(&lines);
		}
	}
	(void)state;
}

static void what_is_dropped_does_not_begin_the_next_line(void **state)
{
	struct lines lines = { .len_max = LEN_MAX };
	struct buf out = { 0 };

	read_lines(&lines, STR_OF("123"), 1, &out);
	assert_true(lines_drop_rest(&lines));
	read_lines(&lines, STR_OF("45\n123456789"), 1, &out);
	assert_true(lines_drop_rest(&lines));
	read_lines(&lines, STR_OF("67\n"), 1, &out);
	assert_string_equal(buf_text(&out), "45|67|");
	assert_false(lines_drop_rest(&lines));
	buf_finish(&out);
	lines_finish(&lines);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_out_whole_however_they_come_in),
		cmocka_unit_test(what_is_dropped_does_not_begin_the_next_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
