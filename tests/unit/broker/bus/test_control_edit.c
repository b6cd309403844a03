/* SPDX-License-Identifier: MIT */
/* What is wrong with a request to change a message, and with a broker that cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/bus/control.h"
#include "common/base/crypto.h"
#include "tests/support/stage.h"

#define ANN "\"user\": \"ann\", \"user_id\": \"AAECAwQFBgcICQoLDA0ODw\""

static struct event changed;
static enum layer_result result;
static uint8_t changed_by;

enum layer_result __wrap_broker_change(
	struct broker *broker, struct event *event, const struct author *author);

/* Its texts are gone when the request is. */
enum layer_result __wrap_broker_change(
	struct broker *broker, struct event *event, const struct author *author)
{
	changed = *event;
	changed_by = author->sender == NULL ? 0xff : author->sender[1];
	(void)broker;
	return result;
}

static enum control_outcome ask(struct stage *stage, const char *request, struct buf *answer)
{
	changed = (struct event){ 0 };
	changed_by = 0;
	return control_answer(
		&stage->broker, str_from(request), &(struct control_asker){ .id = 7 }, answer);
}

static void assert_refused(struct stage *stage, const char *request, const char *code)
{
	struct buf answer = { 0 };
	char error[64];

	snprintf(error, sizeof(error), "\"error\": \"%s\"", code);
	assert_int_equal(ask(stage, request, &answer), CONTROL_REFUSED);
	if (strstr(buf_text(&answer), error) == NULL)
		fail_msg("%s: %s", request, buf_text(&answer));
	buf_finish(&answer);
}

static void assert_taken(struct stage *stage, const char *request)
{
	struct buf answer = { 0 };

	assert_int_equal(ask(stage, request, &answer), CONTROL_WAITS);
	buf_finish(&answer);
}

static void bad_requests_are_refused(void **state)
{
	static const struct {
		const char *request;
		const char *code;
	} rows[] = {
		{ "{\"op\": \"edit\", \"room\": \"a\", \"message\": \"x\"}", "bad_target" },
		{ "{\"op\": \"edit\", \"room\": \"a\", \"target\": 0, \"message\": \"x\"}",
			"bad_target" },
		{ "{\"op\": \"edit\", \"room\": \"a\", \"target\": \"1\", \"message\": \"x\"}",
			"bad_target" },
		{ "{\"op\": \"edit\", \"room\": \"a\", \"target\": 1}", "no_message" },
		{ "{\"op\": \"edit\", \"room\": \"a\", \"target\": 1, \"message\": \"\"}",
			"empty" },
		{ "{\"op\": \"edit\", \"target\": 1, \"message\": \"x\"}", "bad_room" },
		{ "{\"op\": \"delete\", \"room\": \"a\"}", "bad_target" },
		{ "{\"op\": \"delete\", \"room\": \"a\", \"target\": 1, \"ref\": \"\"}",
			"bad_ref" },
		{ "{\"op\": \"delete\", \"room\": \"a\", \"target\": 1, \"user\": \"a/b\"}",
			"bad_user" },
		{ "{\"op\": \"delete\", \"room\": \"a\", \"target\": 1, \"user_id\": \"AAEC\"}",
			"bad_user" },
		{ "{\"op\": \"delete\", \"room\": \"a\", \"target\": 1, \"any\": 1, " ANN "}",
			"bad_any" },
		{ "{\"op\": \"delete\", \"room\": \"a\", \"target\": 1, \"via\": \"dream\"}",
			"bad_via" },
		{ "{\"op\": \"delete\", \"room\": \"a\", \"target\": 1, \"via\": 1}", "bad_via" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused(*state, rows[i].request, rows[i].code);
}

static void the_site_changes_anything(void **state)
{
	result = LAYER_SENT;
	assert_taken(
		*state, "{\"op\": \"edit\", \"room\": \"a\", \"target\": 7, \"message\": \"x\"}");
	assert_int_equal(changed.kind, MESSAGE_EDITS);
	assert_int_equal(changed.target, 7);
	assert_true(changed.changes_any);
	assert_int_equal(changed_by, 0xff);
	assert_taken(*state, "{\"op\": \"delete\", \"room\": \"a\", \"target\": 7}");
	assert_int_equal(changed.kind, MESSAGE_DELETES);
	assert_true(changed.changes_any);
}

static void a_person_changes_their_own_and_a_moderator_deletes_any(void **state)
{
	result = LAYER_SENT;
	assert_taken(*state, "{\"op\": \"delete\", \"room\": \"a\", \"target\": 7, " ANN "}");
	assert_false(changed.changes_any);
	assert_int_equal(changed_by, 1);
	assert_taken(*state,
		"{\"op\": \"delete\", \"room\": \"a\", \"target\": 7, \"any\": true, " ANN "}");
	assert_true(changed.changes_any);
	assert_taken(*state, "{\"op\": \"edit\", \"room\": \"a\", \"target\": 7, \"message\": "
			     "\"x\", \"any\": true, " ANN "}");
	assert_false(changed.changes_any);
}

static void what_the_layer_refuses_is_told(void **state)
{
	result = LAYER_NO_HISTORY;
	assert_refused(
		*state, "{\"op\": \"delete\", \"room\": \"a\", \"target\": 7}", "no_history");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bad_requests_are_refused),
		TEST(the_site_changes_anything),
		TEST(a_person_changes_their_own_and_a_moderator_deletes_any),
		TEST(what_the_layer_refuses_is_told),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
