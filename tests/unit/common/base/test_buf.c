/* SPDX-License-Identifier: MIT */
/* The growing run of bytes: what goes in comes out, over every growth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/buf.h"
#include "common/base/mem.h"

static void bytes_survive_every_growth(void **state)
{
	struct buf buf = { 0 };

	for (int i = 0; i < 5000; i++)
		buf_append_char(&buf, (char)i);
	assert_int_equal(buf.len, 5000);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(buf.data[i], (char)i);
	buf_finish(&buf);
	assert_null(buf.data);
	(void)state;
}

static void format_appends_texts_longer_than_the_room(void **state)
{
	struct buf buf = { 0 };
	char text[1000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	buf_append_text(&buf, "a=");
	buf_append_format(&buf, "%s;%d", text, 42);
	assert_int_equal(buf.len, 2 + 999 + 3);
	assert_true(str_ends_with(buf_str(&buf), STR_OF("xx;42")));
	buf_finish(&buf);
	(void)state;
}

static void hex_is_two_digits_a_byte(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x0a, 0x7f, 0xff };
	struct buf buf = { 0 };

	buf_append_hex(&buf, bytes, sizeof(bytes));
	assert_string_equal(buf_text(&buf), "000a7fff");
	buf_finish(&buf);
	(void)state;
}

static void drop_keeps_what_stands_behind(void **state)
{
	struct buf buf = { 0 };

	buf_append_text(&buf, "hello");
	buf_drop(&buf, 2);
	assert_string_equal(buf_text(&buf), "llo");
	assert_int_equal(buf.len, 3);
	buf_drop(&buf, 99);
	assert_int_equal(buf.len, 0);
	buf_finish(&buf);
	(void)state;
}

static void take_hands_the_memory_over(void **state)
{
	struct buf buf = { 0 };
	char *text;

	buf_append_str(&buf, STR_OF("mine"));
	text = buf_take(&buf);
	assert_string_equal(text, "mine");
	assert_null(buf.data);
	assert_int_equal(buf.len, 0);
	mem_free(text);
	text = buf_take(&buf);
	assert_string_equal(text, "");
	mem_free(text);
	(void)state;
}

static void appending_nothing_needs_no_data(void **state)
{
	struct buf buf = { 0 };

	buf_append(&buf, NULL, 0);
	buf_append_str(&buf, (struct str){ 0 });
	assert_int_equal(buf.len, 0);
	assert_string_equal(buf_text(&buf), "");
	buf_finish(&buf);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_survive_every_growth),
		cmocka_unit_test(format_appends_texts_longer_than_the_room),
		cmocka_unit_test(hex_is_two_digits_a_byte),
		cmocka_unit_test(drop_keeps_what_stands_behind),
		cmocka_unit_test(take_hands_the_memory_over),
		cmocka_unit_test(appending_nothing_needs_no_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
