/* SPDX-License-Identifier: MIT */
/* Requests and their answers, without the socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/bus/control.h"
#include "broker/remote_accounts.h"
#include "common/base/crypto.h"
#include "tests/support/stage.h"

#define REQUEST_ID 77
#define KEY_HASH "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZQA" /* 32 bytes */

static void text_that_is_no_request_is_refused(void **state)
{
	static const char request[] = "{\"op\": \"rooms\"}";
	struct stage *stage = *state;
	struct buf answer = { 0 };

	for (size_t len = 0; len < sizeof(request) - 1; len++) {
		buf_clear(&answer);
		assert_int_equal(control_answer(&stage->broker, str_range(request, len),
					 &(struct control_asker){ .id = REQUEST_ID }, &answer),
			CONTROL_REFUSED);
		assert_string_equal(buf_text(&answer), "{\"ok\": false, \"error\": \"not_json\", "
						       "\"message\": \"A request is a JSON "
						       "object.\"}");
	}
	buf_clear(&answer);
	assert_int_equal(control_answer(&stage->broker, str_from(request),
				 &(struct control_asker){ .id = REQUEST_ID }, &answer),
		CONTROL_ANSWERED);
	assert_string_equal(buf_text(&answer), "{\"ok\": true, \"rooms\": [], \"more\": false}");
	buf_finish(&answer);
}

static void failure_takes_the_place_of_a_begun_answer(void **state)
{
	static const char *const codes[] = { "\"busy\"", "\"timeout\"", "\"stopping\"" };
	struct buf answer = { 0 };

	for (enum control_failure i = CONTROL_BUSY; i <= CONTROL_STOPPING; i++) {
		buf_append_text(&answer, "{\"ok\": true");
		control_fail(&answer, i);
		assert_int_equal(strncmp(buf_text(&answer), "{\"ok\": false, \"error\": ", 22), 0);
		assert_non_null(strstr(buf_text(&answer), codes[i]));
	}
	buf_finish(&answer);
	(void)state;
}

static void edge_is_answered_about_accounts_and_tickets_alone(void **state)
{
	static const struct {
		const char *request, *answer;
	} rows[] = {
		{ "{\"op\": \"revocations\", \"after\": -1}",
			"{\"ok\": true, \"revocations\": [], \"last\": 0, \"complete\": true}" },
		{ "{\"op\": \"session\", \"session\": \"x\"}", "\"bad_session\"" },
		{ "{\"op\": \"guest\"}", "\"bad_guest\"" },
		{ "{\"op\": \"ticket\"}", "\"bad_ticket\"" },
		{ "{\"op\": \"rooms\"}", "\"unknown_op\"" },
		{ "{\"op\": \"announce\", \"message\": \"x\"}", "\"unknown_op\"" },
		{ "{\"op\": \"receive\", \"channel\": \"x\"}", "\"unknown_op\"" },
		{ "{\"op\": \"close\", \"channel\": \"x\"}", "\"unknown_op\"" },
		{ "{\"op\": \"sessions\"}", "\"unknown_op\"" },
		{ "[]", "\"not_json\"" },
		{ "", "\"not_json\"" },
	};
	struct stage *stage = *state;
	struct buf answer = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&answer);
		control_answer_edge(&stage->broker, str_from(rows[i].request), &answer);
		assert_non_null(strstr(buf_text(&answer), rows[i].answer));
	}
	buf_finish(&answer);
}

static bool keep(void *context, uint32_t id, struct str request)
{
	(void)context, (void)id, (void)request;
	return true;
}

static void broker_that_asks_others_itself_has_nothing_for_an_edge(void **state)
{
	static const char *const requests[] = {
		"{\"op\": \"revocations\", \"after\": -1}",
		("{\"op\": \"session\", \"session\": \"" KEY_HASH "\"}"),
		"{\"op\": \"guest\", \"user_id\": \"YWFhYWFhYWFhYWFhYWFhYQ\", \"user\": \"zoe\"}",
	};
	static const struct asker_way way = { .send = keep };
	static const struct remote_accounts_sink sink = { 0 };
	struct stage *stage = *state;
	struct broker *broker = &stage->broker;
	struct asker *asker = asker_create(&broker->reactor, &way);
	struct buf answer = { 0 };

	broker->revoker.remote = remote_accounts_create(&broker->reactor, asker, &sink);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		buf_clear(&answer);
		control_answer_edge(broker, str_from(requests[i]), &answer);
		assert_non_null(strstr(buf_text(&answer), "\"no_accounts\""));
	}
	revoker_stop_asking(&broker->revoker);
	asker_destroy(asker);
	buf_finish(&answer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(text_that_is_no_request_is_refused),
		TEST(failure_takes_the_place_of_a_begun_answer),
		TEST(edge_is_answered_about_accounts_and_tickets_alone),
		TEST(broker_that_asks_others_itself_has_nothing_for_an_edge),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
