/* SPDX-License-Identifier: MIT */
/* What HTTP says of what the broker has answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fcgi/refusal.h"

static void codes_have_statuses(void **state)
{
	static const struct {
		const char *answer;
		int status;
		const char *code;
		int64_t retry_after_seconds;
	} rows[] = {
		{ "{\"ok\": true, \"seq\": 1}", 200, "", 0 },
		{ "{\"ok\": false, \"error\": \"too_fast\", \"message\": \"m\", "
		  "\"retry_after_ms\": 1001}",
			429, "too_fast", 2 },
		{ "{\"ok\": false, \"error\": \"too_long\", \"message\": \"m\"}", 413, "too_long",
			0 },
		{ "{\"ok\": false, \"error\": \"storage\", \"message\": \"m\"}", 503, "storage",
			5 },
		{ "{\"ok\": false, \"error\": \"bad_room\", \"message\": \"m\"}", 400, "bad_room",
			0 },
		{ "{\"ok\": false, \"error\": \"of tomorrow\", \"message\": \"m\"}", 400,
			"of tomorrow", 0 },
		{ "{\"seq\": 1}", 503, "timeout", 5 },
	};
	const char *problem;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json *answer = json_parse(str_from(rows[i].answer), &problem);
		struct refusal refusal = refusal_of(answer, true);

		assert_int_equal(refusal.status, rows[i].status);
		assert_true(str_is(refusal.code, rows[i].code));
		assert_int_equal(refusal.retry_after_seconds, rows[i].retry_after_seconds);
		json_destroy(answer);
	}
}

static void no_answer_may_be_tried_again(void **state)
{
	struct refusal refusal = refusal_of(NULL, true);
	struct response response = { 0 };

	(void)state;
	assert_int_equal(refusal.status, 503);
	assert_true(str_is(refusal.code, "timeout"));
	refusal = refusal_of(NULL, false);
	assert_int_equal(refusal.status, 503);
	assert_true(str_is(refusal.code, "unavailable"));
	refusal_add_header(&refusal, &response);
	assert_string_equal(buf_text(&response.headers), "Retry-After: 5\r\n");
	response_finish(&response);
}

static void mistake_is_not_to_be_tried_again(void **state)
{
	struct refusal refusal = { .status = 400 };
	struct response response = { 0 };

	(void)state;
	refusal_add_header(&refusal, &response);
	assert_int_equal(response.headers.len, 0);
	response_finish(&response);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_have_statuses),
		cmocka_unit_test(no_answer_may_be_tried_again),
		cmocka_unit_test(mistake_is_not_to_be_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
