/* SPDX-License-Identifier: MIT */
/* Every form of a value, row by row, whole and cut at every byte; what channels_redis writes; and
 * lengths that are announced but do not come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/mem.h"
#include "common/msgpack.h"

#define BYTES(literal) literal, sizeof(literal) - 1

static const struct {
	const char *bytes;
	size_t len;
	const char *json;
	bool is_written_so; /* else there is a shorter form, or another */
} good[] = {
	{ BYTES("\xc0"), "null", true },
	{ BYTES("\xc2"), "false", true },
	{ BYTES("\xc3"), "true", true },
	{ BYTES("\x00"), "0", true },
	{ BYTES("\x7f"), "127", true },
	{ BYTES("\xff"), "-1", true },
	{ BYTES("\xe0"), "-32", true },
	{ BYTES("\xcc\xff"), "255", true },
	{ BYTES("\xcc\x01"), "1", false },
	{ BYTES("\xcd\xff\xff"), "65535", true },
	{ BYTES("\xce\xff\xff\xff\xff"), "4294967295", true },
	{ BYTES("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), "18446744073709551615", true },
	{ BYTES("\xd0\x80"), "-128", true },
	{ BYTES("\xd1\x80\x00"), "-32768", true },
	{ BYTES("\xd2\x80\x00\x00\x00"), "-2147483648", true },
	{ BYTES("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"), "-9223372036854775808", true },
	{ BYTES("\xca\x3f\x80\x00\x00"), "1.0", false },
	{ BYTES("\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00"), "1.0", true },
	{ BYTES("\xcb\xbf\xb9\x99\x99\x99\x99\x99\x9a"), "-0.1", true },
	{ BYTES("\xcb\x80\x00\x00\x00\x00\x00\x00\x00"), "-0.0", true },
	{ BYTES("\xcb\x7f\xef\xff\xff\xff\xff\xff\xff"), "1.7976931348623157e+308", true },
	{ BYTES("\xcb\x00\x00\x00\x00\x00\x00\x00\x01"), "4.94065645841247e-324", true },
	{ BYTES("\xa0"), "\"\"", true },
	{ BYTES("\xa6房间"), "\"房间\"", true },
	{ BYTES("\xa3\"\\\0"), "\"\\\"\\\\\\u0000\"", true },
	{ BYTES("\xd9\x01x"), "\"x\"", false },
	{ BYTES("\xda\x00\x01x"), "\"x\"", false },
	{ BYTES("\xdb\x00\x00\x00\x01x"), "\"x\"", false },
	{ BYTES("\x90"), "[]", true },
	{ BYTES("\x80"), "{}", true },
	{ BYTES("\x93\x01\x90\x80"), "[1, [], {}]", true },
	{ BYTES("\xdc\x00\x01\xc0"), "[null]", false },
	{ BYTES("\xdd\x00\x00\x00\x01\xc0"), "[null]", false },
	{ BYTES("\xdd\x00\x00\x00\x00"), "[]", false },
	{ BYTES("\x82\xa1"
		"a\x81\xa0\xc0\xa1"
		"b\x91\xa1"
		"c"),
		"{\"a\": {\"\": null}, \"b\": [\"c\"]}", true },
	{ BYTES("\xde\x00\x01\xa1"
		"a\x01"),
		"{\"a\": 1}", false },
	{ BYTES("\xdf\x00\x00\x00\x01\xa1"
		"a\x01"),
		"{\"a\": 1}", false },
	{ BYTES("\x91\x91\x91\x91\x91\x91\x91\x90"), "[[[[[[[[]]]]]]]]", true },
	/* What channels_redis writes. */
	{ BYTES("\x81\xa4type\xa5hello"), "{\"type\": \"hello\"}", true },
	{ BYTES("\x82\xa4type\xac"
		"chat.message\xa7message\xa2hi"),
		"{\"type\": \"chat.message\", \"message\": \"hi\"}", true },
	{ BYTES("\x83\xa4type\xac"
		"chat.message\xa7message\xa3h\xc3\xa9\xb0__asgi_channel__\x91\xb8"
		"specific.cbroker01!lobby"),
		"{\"type\": \"chat.message\", \"message\": \"h\xc3\xa9\", \"__asgi_channel__\": "
		"[\"specific.cbroker01!lobby\"]}",
		true },
};

static const struct {
	const char *bytes;
	size_t len;
	const char *problem;
} bad[] = {
	{ BYTES("\xc1"), "begins no value" },
	{ BYTES("\x91\xc1"), "begins no value" },
	{ BYTES("\xc0\xc0"), "something follows" },
	{ BYTES("\x81\xa4type\xa5hello\x00"), "something follows" },
	{ BYTES("\xc4\x00"), "no bytes" },
	{ BYTES("\x91\xc4\x02hi"), "no bytes" },
	{ BYTES("\xc5\x00\x01x"), "no bytes" },
	{ BYTES("\xc6\x00\x00\x00\x01x"), "no bytes" },
	{ BYTES("\xd4\x01x"), "no extensions" },
	{ BYTES("\xd6\xff\x00\x00\x00\x00"), "no extensions" }, /* a timestamp */
	{ BYTES("\xd8\x01xxxxxxxxxxxxxxxx"), "no extensions" },
	{ BYTES("\xc7\x00\x01"), "no extensions" },
	{ BYTES("\xc8\x00\x01\x01x"), "no extensions" },
	{ BYTES("\xc9\x00\x00\x00\x01\x01x"), "no extensions" },
	{ BYTES("\xc9\xff\xff\xff\xff"), "no extensions" },
	{ BYTES("\x81\x01\x01"), "a key is no text" },
	{ BYTES("\x81\xc0\x01"), "a key is no text" },
	{ BYTES("\x81\x90\x01"), "a key is no text" },
	{ BYTES("\x81\x80\x01"), "a key is no text" },
	{ BYTES("\x81\xc3\x01"), "a key is no text" },
	{ BYTES("\x81\xc2\x01"), "a key is no text" },
	{ BYTES("\x81\xff\x01"), "a key is no text" },
	{ BYTES("\x81\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00\x01"), "a key is no text" },
	{ BYTES("\x82\xa1"
		"a\x01\x02\x03"),
		"a key is no text" },
	{ BYTES("\x81\xa1\0\x01"), "a NUL" },
	{ BYTES("\xa1\xff"), "UTF-8" },
	{ BYTES("\xa2\xc3\x28"), "UTF-8" },
	{ BYTES("\xa3\xed\xa0\x80"), "UTF-8" },
	{ BYTES("\x81\xa1\x80\x01"), "UTF-8" },
	{ BYTES("\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"), "not finite" },
	{ BYTES("\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"), "not finite" },
	{ BYTES("\xcb\xff\xf0\x00\x00\x00\x00\x00\x00"), "not finite" },
	{ BYTES("\xca\x7f\xc0\x00\x00"), "not finite" },
	{ BYTES("\x91\x91\x91\x91\x91\x91\x91\x91\x90"), "too deep" },
	{ BYTES("\xdd\xff\xff\xff\xff"), "too many" },
	{ BYTES("\xdf\xff\xff\xff\xff"), "too many" },
	{ BYTES("\x91\xdd\x00\x01\x00\x00"), "too many" },
	{ BYTES("\xdb\xff\xff\xff\xffx"), "ends too soon" },
	{ BYTES("\xdc\xff\xff\x01"), "ends too soon" },
	{ BYTES(""), "ends too soon" },
};

static const char *decode(struct str bytes, struct buf *out)
{
	/* Of that size exactly, so that a sanitizer sees who reads behind it. */
	char *exact = mem_alloc(bytes.len);
	const char *problem;

	if (bytes.len > 0)
		memcpy(exact, bytes.data, bytes.len);
	buf_clear(out);
	if (msgpack_decode(str_range(exact, bytes.len), out, &problem))
		assert_null(problem);
	else
		assert_int_equal(out->len, 0);
	mem_free(exact);
	return problem;
}

static void encode(const char *text, struct buf *out)
{
	const char *problem;
	struct json *document = json_parse(str_from(text), &problem);

	buf_clear(out);
	msgpack_add_value(out, document);
	json_destroy(document);
}

static void good_ones_become_json_and_are_cut_nowhere(void **state)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_null(decode(str_range(good[i].bytes, good[i].len), &out));
		assert_string_equal(buf_text(&out), good[i].json);
		for (size_t len = 0; len < good[i].len; len++)
			assert_string_equal(
				decode(str_range(good[i].bytes, len), &out), "it ends too soon");
	}
	buf_finish(&out);
	(void)state;
}

static void what_is_written_is_what_python_writes(void **state)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		encode(good[i].json, &out);
		assert_true(str_equals(buf_str(&out), str_range(good[i].bytes, good[i].len)) ==
			    good[i].is_written_so);
	}
	buf_finish(&out);
	(void)state;
}

static void bad_ones_are_told_why(void **state)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *problem = decode(str_range(bad[i].bytes, bad[i].len), &out);

		assert_non_null(problem);
		assert_non_null(strstr(problem, bad[i].problem));
	}
	buf_finish(&out);
	(void)state;
}

static void refusal_leaves_what_was_there(void **state)
{
	struct buf out = { 0 };
	const char *problem;

	buf_append_text(&out, "before");
	assert_false(msgpack_decode(STR_OF("\x92\x01\xc1"), &out, &problem));
	assert_string_equal(buf_text(&out), "before");
	assert_true(msgpack_decode(STR_OF("\x91\x01"), &out, &problem));
	assert_string_equal(buf_text(&out), "before[1]");
	buf_finish(&out);
	(void)state;
}

/* A list of that many small numbers. */
static void write_list(struct buf *out, size_t count)
{
	msgpack_add_list(out, count);
	for (size_t i = 0; i < count; i++)
		buf_append_char(out, 1);
}

static void limits_are_the_last_that_is_taken(void **state)
{
	struct buf bytes = { 0 }, out = { 0 };

	write_list(&bytes, MSGPACK_VALUES_MAX - 1);
	assert_null(decode(buf_str(&bytes), &out));
	buf_clear(&bytes);
	write_list(&bytes, MSGPACK_VALUES_MAX);
	assert_string_equal(decode(buf_str(&bytes), &out), "there are too many values");
	/* Many lists that announce little each. */
	buf_clear(&bytes);
	msgpack_add_list(&bytes, MSGPACK_VALUES_MAX / 2);
	for (size_t i = 0; i < MSGPACK_VALUES_MAX / 2; i++)
		write_list(&bytes, 2);
	assert_string_equal(decode(buf_str(&bytes), &out), "there are too many values");
	buf_clear(&bytes);
	msgpack_add_list(&bytes, 1);
	buf_reserve(&bytes, MSGPACK_BYTES_MAX);
	memset(bytes.data + bytes.len, 0, MSGPACK_BYTES_MAX);
	bytes.len += MSGPACK_BYTES_MAX;
	assert_string_equal(decode(buf_str(&bytes), &out), "it is too long");
	buf_finish(&bytes);
	buf_finish(&out);
	(void)state;
}

static void key_that_comes_twice_is_left_to_json(void **state)
{
	struct buf out = { 0 };
	const char *problem;

	assert_null(decode(STR_OF("\x82\xa1"
				  "a\x01\xa1"
				  "a\x02"),
		&out));
	assert_null(json_parse(buf_str(&out), &problem));
	buf_finish(&out);
	(void)state;
}

static void number_beyond_all_floats_is_the_largest(void **state)
{
	struct buf bytes = { 0 }, out = { 0 };

	encode("[1e999, -1e999, 1e-999]", &bytes);
	assert_null(decode(buf_str(&bytes), &out));
	assert_string_equal(
		buf_text(&out), "[1.7976931348623157e+308, -1.7976931348623157e+308, 0.0]");
	buf_finish(&bytes);
	buf_finish(&out);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones_become_json_and_are_cut_nowhere),
		cmocka_unit_test(what_is_written_is_what_python_writes),
		cmocka_unit_test(bad_ones_are_told_why),
		cmocka_unit_test(refusal_leaves_what_was_there),
		cmocka_unit_test(limits_are_the_last_that_is_taken),
		cmocka_unit_test(key_that_comes_twice_is_left_to_json),
		cmocka_unit_test(number_beyond_all_floats_is_the_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
