/* SPDX-License-Identifier: MIT */
/* Requests and their answers, without the socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/bus/control.h"
#include "broker/layer/local.h"
#include "common/base/crypto.h"
#include "tests/support/stage.h"

/* Borrowed until the next one. */
static const char *ask(struct stage *stage, struct buf *answer, const char *request)
{
	buf_clear(answer);
	control_answer(&stage->broker, str_from(request), answer);
	return buf_text(answer);
}

static void text_that_is_no_request_is_refused(void **state)
{
	static const char request[] = "{\"op\": \"rooms\"}";
	struct stage *stage = *state;
	struct buf answer = { 0 };

	for (size_t len = 0; len < sizeof(request) - 1; len++) {
		buf_clear(&answer);
		control_answer(&stage->broker, str_range(request, len), &answer);
		assert_string_equal(buf_text(&answer), "{\"ok\": false, \"error\": \"not_json\", "
						       "\"message\": \"A request is a JSON "
						       "object.\"}");
	}
	assert_string_equal(
		ask(*state, &answer, request), "{\"ok\": true, \"rooms\": [], \"more\": false}");
	buf_finish(&answer);
}

static void senders_without_end_of_new_rooms_are_refused(void **state)
{
	static const char event[] = "{\"type\": \"chat.message\", \"message\": \"x\"}";
	struct buf request = { 0 }, answer = { 0 };

	for (int i = 0; i <= LOCAL_IDLE_MAX; i++) {
		bool is_last = i == LOCAL_IDLE_MAX;

		buf_clear(&request);
		buf_append_format(&request,
			"{\"op\": \"group_send\", \"room\": \"r%d\", \"event\": %s}", i, event);
		assert_non_null(strstr(ask(*state, &answer, buf_text(&request)),
			is_last ? "\"error\": \"too_many_rooms\"" : "\"seq\": 1"));
	}
	buf_finish(&request);
	buf_finish(&answer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(text_that_is_no_request_is_refused),
		TEST(senders_without_end_of_new_rooms_are_refused),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
