/* SPDX-License-Identifier: MIT */
/* Trees of JSON: finding values, refusing bad text, and printing without loss. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/json.h"

static struct json *parsed(const char *text)
{
	const char *problem = NULL;
	struct json *document = json_parse(str_from(text), &problem);

	if (document == NULL)
		fail_msg("%s: %s", text, problem);
	return document;
}

static void members_are_found_by_key_and_type(void **state)
{
	struct json *document = parsed(
		"{\"s\": \"a\\u0000b\", \"i\": -5, \"b\": true, \"z\": null, \"d\": 1.5}");
	struct str text;
	int64_t number;
	bool truth = false;

	assert_true(json_get_string(json_find(document, "s"), &text));
	assert_true(str_equals(text, str_range("a\0b", 3)));
	assert_true(json_get_integer(json_find(document, "i"), &number));
	assert_int_equal(number, -5);
	assert_true(json_get_bool(json_find(document, "b"), &truth));
	assert_true(truth);
	assert_null(json_find(document, "z"));
	assert_null(json_find(document, "absent"));
	assert_false(json_get_integer(json_find(document, "d"), &number));
	assert_false(json_get_integer(json_find(document, "s"), &number));
	assert_false(json_get_string(json_find(document, "i"), &text));
	assert_false(json_get_bool(json_find(document, "i"), &truth));
	json_destroy(document);
	(void)state;
}

static void nothing_has_no_members_and_no_type(void **state)
{
	struct str text;
	int64_t number;
	bool truth;

	assert_null(json_find(NULL, "a"));
	assert_null(json_at(NULL, 0));
	assert_int_equal(json_count(NULL), 0);
	assert_false(json_is_object(NULL));
	assert_false(json_is_array(NULL));
	assert_false(json_get_string(NULL, &text));
	assert_false(json_get_integer(NULL, &number));
	assert_false(json_get_bool(NULL, &truth));
	json_destroy(NULL);
	(void)state;
}

static void integers_are_exact_or_refused(void **state)
{
	struct json *document = parsed(
		"[9223372036854775807, -9223372036854775808, 9223372036854775808]");
	int64_t number;

	assert_true(json_get_integer(json_at(document, 0), &number));
	assert_true(number == INT64_MAX);
	assert_true(json_get_integer(json_at(document, 1), &number));
	assert_true(number == INT64_MIN);
	assert_false(json_get_integer(json_at(document, 2), &number));
	assert_null(json_at(document, 3));
	json_destroy(document);
	(void)state;
}

static void duplicate_keys_are_refused_however_they_are_spelt(void **state)
{
	static const char *const refused[] = { "{\"a\": 1, \"a\": 2}", "{\"a\": 1, \"\\u0061\": 2}",
		"[{\"x\": {\"b\": 1, \"b\": null}}]", "{\"\": 1, \"\": 2}" };
	const char *problem;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_null(json_parse(str_from(refused[i]), &problem));
		assert_string_equal(problem, "an object has a key twice");
	}
	json_destroy(parsed("{\"a\": {\"a\": 1}, \"b\": {\"a\": null}}"));
	(void)state;
}

static void mere_null_is_refused_with_a_sentence(void **state)
{
	const char *problem = NULL;

	assert_null(json_parse(STR_OF("null"), &problem));
	assert_non_null(problem);
	problem = NULL;
	assert_null(json_parse((struct str){ 0 }, &problem));
	assert_non_null(problem);
	(void)state;
}

static void depth_is_bounded(void **state)
{
	const char *problem;

	json_destroy(parsed("[[[[[[[{\"a\": 1}]]]]]]]"));
	assert_null(json_parse(STR_OF("[[[[[[[[{\"a\": 1}]]]]]]]]"), &problem));
	(void)state;
}

static void walk_hands_out_every_member_in_order(void **state)
{
	struct json *document = parsed("{\"a\": 1, \"b\": null, \"c\": []}");
	static const char *const keys[] = { "a", "b", "c" };
	size_t position = 0, count = 0;
	struct str key;
	struct json *value;

	for (; json_next(document, &position, &key, &value); count++)
		assert_true(str_is(key, keys[count]));
	assert_int_equal(count, 3);
	assert_true(json_is_array(value));
	assert_false(json_next(document, &position, &key, &value));
	json_destroy(document);
	(void)state;
}

static void printing_gives_back_what_was_read(void **state)
{
	static const char *const texts[] = {
		"{\"a\": [1, -2.50, 1e400, \"\\n\xc3\xa9\"], \"b\": {\"c\": null, \"d\": true}}",
		"[]", "{}", "18446744073709551615", "\"\\u0000\"", "false", "-0.0"
	};
	struct buf out = { 0 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct json *document = parsed(texts[i]);

		buf_clear(&out);
		json_print(&out, document);
		assert_string_equal(buf_text(&out), texts[i]);
		json_destroy(document);
	}
	buf_finish(&out);
	(void)state;
}

static void lone_surrogates_come_out_as_valid_utf8(void **state)
{
	struct json *document = parsed("[\"\\ud800\", \"\\ud83d\\ude00\"]");
	struct str text;

	assert_true(json_get_string(json_at(document, 0), &text));
	assert_true(str_is(text, "\xef\xbf\xbd"));
	assert_true(json_get_string(json_at(document, 1), &text));
	assert_true(str_is(text, "\xf0\x9f\x98\x80"));
	json_destroy(document);
	(void)state;
}

static void member_is_taken_out_once(void **state)
{
	const char *problem;
	struct json *document = json_parse(STR_OF("{\"a\": [1], \"b\": 2, \"c\": null}"), &problem);
	struct json *member = json_detach(document, "a");
	struct buf out = { 0 };

	assert_null(json_detach(document, "a"));
	assert_null(json_detach(document, "c"));
	assert_null(json_detach(member, "a"));
	json_print(&out, document);
	assert_string_equal(buf_text(&out), "{\"b\": 2}");
	json_destroy(document);
	buf_clear(&out);
	json_print(&out, member);
	assert_string_equal(buf_text(&out), "[1]");
	json_destroy(member);
	buf_finish(&out);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_found_by_key_and_type),
		cmocka_unit_test(nothing_has_no_members_and_no_type),
		cmocka_unit_test(integers_are_exact_or_refused),
		cmocka_unit_test(duplicate_keys_are_refused_however_they_are_spelt),
		cmocka_unit_test(mere_null_is_refused_with_a_sentence),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(walk_hands_out_every_member_in_order),
		cmocka_unit_test(printing_gives_back_what_was_read),
		cmocka_unit_test(lone_surrogates_come_out_as_valid_utf8),
		cmocka_unit_test(member_is_taken_out_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
