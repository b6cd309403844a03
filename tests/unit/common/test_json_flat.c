/* SPDX-License-Identifier: MIT */
/* What the flat reader takes it reads as json_parse does, and it takes nothing that json_parse
 * refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/json.h"
#include "common/json_flat.h"

static void assert_agrees(struct str text, const struct json_flat_field *fields, size_t count)
{
	const char *problem = "";
	struct json *document = json_parse(text, &problem);

	if (document == NULL)
		fail_msg("%.*s: %s", STR_ARG(text), problem);
	for (size_t i = 0; i < count; i++) {
		const struct json *value = json_find(document, fields[i].key);
		struct str expected = STR("");

		assert_int_equal(fields[i].is_there, value != NULL);
		assert_int_equal(fields[i].is_string, json_get_string(value, &expected));
		if (fields[i].is_string)
			assert_true(str_equals(fields[i].text, expected));
	}
	json_destroy(document);
}

static const struct {
	struct str text;
	bool is_taken;
} texts[] = {
	{ STR("{\"message\": \"hello\"}"), true },
	{ STR("{\"message\":\"hello\",\"ref\":\"r1\",\"type\":\"message\"}"), true },
	{ STR(" \t\r\n{ \"message\" : \"\" } \n"), true },
	{ STR("{\"message\": \"a longer message, longer than a word or two\"}"), true },
	{ STR("{\"message\": \"\\\"q\\\" \\\\ \\/ \\b\\f\\n\\r\\t.\", \"ref\": \"a\\nb\"}"), true },
	{ STR("{\"message\": \"\xe6\x88\xbf\xe9\x97\xb4 \xf0\x9f\x98\x80 mixed\"}"), true },
	{ STR("{\"message\": true, \"ref\": null, \"type\": false}"), true },
	{ STR("{\"other\": \"x\", \"message\": \"y\", \"\": \"z\"}"), true },
	{ STR("{\"a\":\"\",\"b\":\"\",\"c\":\"\",\"d\":\"\",\"e\":\"\",\"f\":\"\",\"g\":\"\",\"h\":"
	      "\"\"}"),
		true },
	/* Left to json_parse, good or bad. */
	{ STR("{}"), false },
	{ STR("{\"a\":\"\",\"b\":\"\",\"c\":\"\",\"d\":\"\",\"e\":\"\",\"f\":\"\",\"g\":\"\",\"h\":"
	      "\"\","
	      "\"i\":\"\"}"),
		false },
	{ STR("{\"message\": \"\\u0041\"}"), false },
	{ STR("{\"m\\u0065ssage\": \"a\"}"), false },
	{ STR("{\"message\": 1}"), false },
	{ STR("{\"message\": {\"a\": \"b\"}}"), false },
	{ STR("{\"message\": [\"a\"]}"), false },
	{ STR("[\"message\"]"), false },
	{ STR("\"message\""), false },
	{ STR("{\"message\": \"a\", \"message\": \"b\"}"), false },
	{ STR("{\"x\": \"a\", \"x\": \"b\"}"), false },
	{ STR("{\"message\": \"a\" \"ref\": \"b\"}"), false },
	{ STR("{\"message\": \"a\",}"), false },
	{ STR("{\"message\": \"a\"} x"), false },
	{ STR("{\"message\": \"a\nb\"}"), false },
	{ STR("{\"message\": \"a\0b\"}"), false },
	{ STR("{\"message\": \"\\x\"}"), false },
	{ STR("{\"message\": \"\\\0\"}"), false },
	{ STR("{\"message\": tru}"), false },
	{ STR("{\"message\": trueish}"), false },
	{ STR("{\"message\" \"a\"}"), false },
	{ STR("{message: \"a\"}"), false },
	{ STR("{'message': 'a'}"), false },
	{ STR(""), false },
};

static void texts_are_read_as_json_parse_reads_them(void **state)
{
	struct buf unescaped = { 0 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct json_flat_field fields[] = { { .key = "message" }, { .key = "ref" },
			{ .key = "type" } };

		if (json_flat_read(texts[i].text, fields, 3, &unescaped) != texts[i].is_taken)
			fail_msg("%.*s", STR_ARG(texts[i].text));
		if (texts[i].is_taken)
			assert_agrees(texts[i].text, fields, 3);
	}
	buf_finish(&unescaped);
	(void)state;
}

static void text_that_is_cut_is_not_taken(void **state)
{
	struct buf unescaped = { 0 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct str text = str_trim(texts[i].text);

		while (text.len > 0 && text.data[text.len - 1] != '}')
			text.len--;
		for (size_t cut = 0; cut < text.len; cut++) {
			struct json_flat_field field = { .key = "message" };

			if (json_flat_read(str_range(text.data, cut), &field, 1, &unescaped))
				assert_agrees(str_range(text.data, cut), &field, 1);
		}
	}
	buf_finish(&unescaped);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_read_as_json_parse_reads_them),
		cmocka_unit_test(text_that_is_cut_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
