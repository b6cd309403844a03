/* SPDX-License-Identifier: MIT */
/* What the load reads out of answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bench/answer.h"

static const struct str message = STR(
	"{\"type\": \"message\", \"seq\": 42, \"user\": \"\", \"message\": "
	"\"\\\"seq\\\": 7\", \"time\": \"12\"}");

static void answer_is_known_by_its_type(void **state)
{
	assert_true(answer_is(message, "message"));
	assert_false(answer_is(message, "mess"));
	assert_false(answer_is(message, "ack"));
	assert_false(answer_is(STR_OF(""), "ack"));
	(void)state;
}

static void key_in_a_text_is_none(void **state)
{
	struct str rest = message;
	uint64_t number;

	assert_true(answer_next_number(&rest, "seq", &number));
	assert_int_equal(number, 42);
	assert_false(answer_next_number(&rest, "seq", &number));
	(void)state;
}

static void numbers_of_a_list_come_one_after_the_other(void **state)
{
	struct str page = STR(
		"[{\"seq\": 1, \"x\": 0}, {\"seq\": 18446744073709551615}, {\"seq\": 3");
	uint64_t number;

	assert_true(answer_next_number(&page, "seq", &number));
	assert_int_equal(number, 1);
	assert_true(answer_next_number(&page, "seq", &number));
	assert_int_equal(number, UINT64_MAX);
	assert_true(answer_next_number(&page, "seq", &number));
	assert_int_equal(number, 3);
	assert_false(answer_next_number(&page, "seq", &number));
	assert_int_equal(page.len, 0);
	(void)state;
}

static void what_is_no_number_is_not_taken_for_one(void **state)
{
	static const char *const texts[] = { "", "{}", "{\"seq\": }", "{\"seq\": \"1\"}",
		"{\"seq\": -1}", "{\"seq\":1}", "{\"seq\": 18446744073709551616}" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct str text = str_from(texts[i]);
		uint64_t number;

		assert_false(answer_next_number(&text, "seq", &number));
	}
	(void)state;
}

static void value_is_found_by_its_key(void **state)
{
	assert_true(str_starts_with(answer_find(message, "user"), STR_OF("\"\", ")));
	assert_int_equal(answer_find(message, "nothing").len, 0);
	assert_int_equal(answer_find(STR_OF(""), "user").len, 0);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answer_is_known_by_its_type),
		cmocka_unit_test(key_in_a_text_is_none),
		cmocka_unit_test(numbers_of_a_list_come_one_after_the_other),
		cmocka_unit_test(what_is_no_number_is_not_taken_for_one),
		cmocka_unit_test(value_is_found_by_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
