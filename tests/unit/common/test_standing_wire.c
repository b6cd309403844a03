/* SPDX-License-Identifier: MIT */
/* Nobody is let in by an answer that cannot be read. What is written can: see
 * tests/unit/broker/order/test_wire.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/standing_wire.h"

static void standing_and_rules_are_read(void **state)
{
	const char *problem;
	struct json *json = json_parse(
		STR_OF("{\"role\": \"user\", \"banned_until\": null, \"rules\": {\"topic\": "
		       "\"Tea\", "
		       "\"members_only\": true, \"locked\": false, \"hidden\": false, "
		       "\"slow_seconds\": 5}}"),
		&problem);
	struct standing standing;
	struct room_row room;

	(void)state;
	assert_non_null(json);
	assert_true(standing_wire_read(json, &standing, &room));
	assert_int_equal(standing.role, ROLE_USER);
	assert_true(standing.rules.is_members_only);
	assert_int_equal(standing.rules.slow_seconds, 5);
	assert_int_equal(standing.banned_until_ms, FOR_GOOD);
	assert_int_equal(standing.muted_until_ms, 0);
	assert_string_equal(room.topic, "Tea");
	json_destroy(json);
}

static void anything_else_is_no_standing(void **state)
{
	static const char *const answers[] = {
		"{\"ok\": false, \"error\": \"unreadable\", \"message\": \"Later.\"}",
		"{\"ok\": true, \"role\": \"king\"}",
		"{\"ok\": true, \"role\": \"user\"}",
		"{\"ok\": true, \"role\": \"user\", \"rules\": {\"topic\": \"\"}}",
		"{\"role\": \"user\", \"rules\": {\"topic\": \"\", \"members_only\": false, "
		"\"locked\": false, \"hidden\": false, \"slow_seconds\": 99999}}",
		"{\"role\": \"user\", \"banned_until\": 1, \"rules\": {\"topic\": \"\", "
		"\"members_only\": false, \"locked\": false, \"hidden\": false, "
		"\"slow_seconds\": 0}}",
		"{\"role\": \"user\", \"muted_until\": \"soon\", \"rules\": {\"topic\": \"\", "
		"\"members_only\": false, \"locked\": false, \"hidden\": false, "
		"\"slow_seconds\": 0}}",
	};
	struct standing standing;
	struct room_row room;

	(void)state;
	assert_false(standing_wire_read(NULL, &standing, &room));
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const char *problem;
		struct json *json = json_parse(str_from(answers[i]), &problem);

		assert_non_null(json);
		assert_false(standing_wire_read(json, &standing, &room));
		json_destroy(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standing_and_rules_are_read),
		cmocka_unit_test(anything_else_is_no_standing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
