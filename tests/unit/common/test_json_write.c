/* SPDX-License-Identifier: MIT */
/* Written JSON, byte for byte as Python's json.dumps(ensure_ascii=False) spaces it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/json.h"

static void spacing_is_that_of_python(void **state)
{
	struct buf out = { 0 };
	struct json_writer writer = json_writer_to(&out);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "a", STR_OF("b"));
	json_add_integer(&writer, "n", INT64_MIN);
	json_begin_array(&writer, "list");
	json_add_bool(&writer, NULL, true);
	json_add_bytes(&writer, NULL, "\xfb\xff", 2);
	json_add_null(&writer, NULL);
	json_begin_object(&writer, NULL);
	json_end_object(&writer);
	json_end_array(&writer);
	json_add_json(&writer, "raw", STR_OF("{\"x\": 1}"));
	json_add_members(&writer, STR_OF(""));
	json_add_members(&writer, STR_OF("\"y\": 2, \"z\": 3"));
	json_add_bool(&writer, "", false);
	json_end_object(&writer);
	assert_string_equal(buf_text(&out),
		"{\"a\": \"b\", \"n\": -9223372036854775808, "
		"\"list\": [true, \"-_8\", null, {}], \"raw\": {\"x\": 1}, "
		"\"y\": 2, \"z\": 3, \"\": false}");
	buf_finish(&out);
	(void)state;
}

static void strings_escape_what_json_requires_and_no_more(void **state)
{
	struct buf out = { 0 };

	json_write_string(&out, str_range("\"\\/\b\f\n\r\t\x01\x1f\x7f\0\xc3\xa9", 14));
	assert_string_equal(
		buf_text(&out), "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\u0000\xc3\xa9\"");
	buf_clear(&out);
	json_write_string(&out, (struct str){ 0 });
	assert_string_equal(buf_text(&out), "\"\"");
	buf_finish(&out);
	(void)state;
}

static void keys_of_others_are_escaped(void **state)
{
	struct buf out = { 0 };
	struct json_writer writer = json_writer_to(&out);

	json_begin_object(&writer, NULL);
	json_add_string_under(&writer, STR_OF("a\"b"), STR_OF("c"));
	json_add_string_under(&writer, STR_OF(""), STR_OF("d"));
	json_end_object(&writer);
	assert_string_equal(buf_text(&out), "{\"a\\\"b\": \"c\", \"\": \"d\"}");
	buf_finish(&out);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spacing_is_that_of_python),
		cmocka_unit_test(keys_of_others_are_escaped),
		cmocka_unit_test(strings_escape_what_json_requires_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
