/* SPDX-License-Identifier: MIT */
/* What people say without a socket: the same message, the same refs and the same budget as with
 * one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/bus/control.h"
#include "common/base/crypto.h"
#include "common/throttle.h"
#include "tests/support/stage.h"

#define ANN "\"user\": \"ann\", \"user_id\": \"AAECAwQFBgcICQoLDA0ODw\""

static const uint8_t ann_id[USER_ID_SIZE] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15 };

/* Borrowed until the next one. */
static const char *say(struct stage *stage, const char *members, enum control_outcome outcome)
{
	static char text[512];
	char request[512];
	struct buf answer = { 0 };

	snprintf(request, sizeof(request), "{\"op\": \"say\", \"room\": \"lobby\", %s}", members);
	assert_int_equal(control_answer(&stage->broker, str_from(request),
				 &(struct control_asker){ .id = 7 }, &answer),
		outcome);
	snprintf(text, sizeof(text), "%s", buf_text(&answer));
	buf_finish(&answer);
	return text;
}

static void assert_refused(struct stage *stage, const char *members, const char *code)
{
	char error[64];

	snprintf(error, sizeof(error), "\"error\": \"%s\"", code);
	assert_non_null(strstr(say(stage, members, CONTROL_REFUSED), error));
}

static void enter_as_ann(struct stage *stage, struct client *client)
{
	struct identity who = { .kind = IDENTITY_GUEST, .user.name = "ann" };

	memcpy(who.user.id, ann_id, sizeof(ann_id));
	client_enter_as(stage, client, &consumer_chat, "lobby", &who);
	stage_turn(stage);
	client_hear(client);
}

static void room_hears_it_under_the_name(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter_as_ann(stage, &client);
	say(stage, ANN ", \"message\": \"hi\"", CONTROL_WAITS);
	stage_turn(stage);
	assert_non_null(strstr(client_hear(&client), "{\"message\": \"hi\", \"user\": \"ann\""));
	client_leave(&client);
}

/* Or of the same person's sockets. */
static void retry_of_a_ref_is_not_said_again(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter_as_ann(stage, &client);
	say(stage, ANN ", \"message\": \"hi\", \"ref\": \"1\"", CONTROL_WAITS);
	say(stage, ANN ", \"message\": \"hi\", \"ref\": \"1\"", CONTROL_WAITS);
	stage_turn(stage);
	assert_non_null(strstr(client_hear(&client), "\"seq\": 1}|"));
	say(stage, ANN ", \"message\": \"next\", \"ref\": \"2\"", CONTROL_WAITS);
	stage_turn(stage);
	assert_non_null(strstr(client_hear(&client), "\"seq\": 2}|"));
	client_leave(&client);
}

static void refs_are_those_of_the_sockets(void **state)
{
	struct stage *stage = *state;
	struct identity who = { .kind = IDENTITY_GUEST, .user.name = "ann" };
	struct client client;
	struct scope *scope;

	memcpy(who.user.id, ann_id, sizeof(ann_id));
	scope = client_knock(stage, &consumer_chat, "lobby", &who);
	scope->dialect = DIALECT_V1;
	client_open(stage, &client, scope);
	stage_turn(stage);
	client_hear(&client);
	say(stage, ANN ", \"message\": \"hi\", \"ref\": \"1\"", CONTROL_WAITS);
	stage_turn(stage);
	client_hear(&client);
	client_send(&client, FRAME_TEXT,
		STR_OF("{\"type\": \"message\", \"message\": \"hi\", \"ref\": \"1\"}"));
	stage_turn(stage);
	assert_string_equal(
		client_hear(&client), "text {\"type\": \"ack\", \"ref\": \"1\", \"seq\": 1}|");
	client_leave(&client);
}

static void mistakes_are_told(void **state)
{
	static const struct {
		const char *members;
		const char *code;
	} rows[] = {
		{ ANN, "no_message" },
		{ ANN ", \"message\": 1", "no_message" },
		{ ANN ", \"message\": \"\"", "empty" },
		{ ANN ", \"message\": \"12345\"", "too_long" },
		{ ANN ", \"message\": \"hi\", \"ref\": \"\"", "bad_ref" },
		{ ANN ", \"message\": \"hi\", \"ref\": 1", "bad_ref" },
		{ "\"message\": \"hi\"", "bad_user" },
		{ "\"message\": \"hi\", \"user\": \"ann\"", "bad_user" },
		{ "\"message\": \"hi\", \"user\": \"ann\", \"user_id\": \"AAEC\"", "bad_user" },
		{ "\"message\": \"hi\", \"user\": \"\", \"user_id\": \"AAECAwQFBgcICQoLDA0ODw\"",
			"bad_user" },
		{ "\"message\": \"hi\", \"user\": \"a/b\", \"user_id\": "
		  "\"AAECAwQFBgcICQoLDA0ODw\"",
			"bad_user" },
	};
	struct stage *stage = *state;
	struct buf members = { 0 };

	stage->config.limits_message_bytes = 4;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused(stage, rows[i].members, rows[i].code);
	buf_append_format(&members, ANN ", \"message\": \"hi\", \"ref\": \"%065d\"", 0);
	assert_refused(stage, buf_text(&members), "bad_ref");
	buf_finish(&members);
	assert_refused(stage, ANN ", \"message\": \"hi\", \"room\": \"a\"", "not_json");
}

static void budget_is_a_persons(void **state)
{
	struct stage *stage = *state;
	const char *answer;

	throttle_destroy(stage->broker.speakers);
	stage->broker.speakers = throttle_create(2, 1, 10);
	say(stage, ANN ", \"message\": \"hi\"", CONTROL_WAITS);
	answer = say(stage, ANN ", \"message\": \"hi\"", CONTROL_REFUSED);
	assert_non_null(strstr(answer, "\"error\": \"too_fast\""));
	assert_non_null(strstr(answer, "\"retry_after_ms\": 500}"));
	say(stage,
		"\"user\": \"bob\", \"user_id\": \"BBECAwQFBgcICQoLDA0ODw\", \"message\": \"hi\"",
		CONTROL_WAITS);
	stage_pass_ms(stage, 500);
	say(stage, ANN ", \"message\": \"hi\"", CONTROL_WAITS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(room_hears_it_under_the_name),
		TEST(retry_of_a_ref_is_not_said_again),
		TEST(refs_are_those_of_the_sockets),
		TEST(mistakes_are_told),
		TEST(budget_is_a_persons),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
