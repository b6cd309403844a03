/* SPDX-License-Identifier: MIT */
/* What lists on control say of rooms and connections; how the others go on is told in
 * tests/integration/test_nng.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/bus/control.h"
#include "broker/order/room.h"
#include "common/base/crypto.h"
#include "tests/support/stage.h"

static void rooms_tell_where_their_numbering_stands(void **state)
{
	struct stage *stage = *state;
	struct client client;
	struct buf answer = { 0 }, expected = { 0 };

	client_enter(stage, &client, &consumer_chat, "r", DIALECT_V1);
	stage_turn(stage);
	assert_int_equal(control_answer(&stage->broker, STR_OF("{\"op\": \"rooms\"}"),
				 &(struct control_asker){ .id = 1 }, &answer),
		CONTROL_ANSWERED);
	buf_append_format(&expected, "\"seq\": 0, \"epoch\": \"%s\"}",
		rooms_find(stage->broker.rooms, STR_OF("r"))->head.epoch);
	assert_non_null(strstr(buf_text(&answer), buf_text(&expected)));
	buf_finish(&expected);
	buf_finish(&answer);
	client_leave(&client);
}

static const char *ask(struct stage *stage, const char *request, struct buf *answer)
{
	buf_clear(answer);
	assert_int_equal(control_answer(&stage->broker, str_from(request),
				 &(struct control_asker){ .id = 1 }, answer),
		CONTROL_ANSWERED);
	return buf_text(answer);
}

static void connection_is_told_with_all_that_is_known_of_it(void **state)
{
	struct stage *stage = *state;
	struct client ann, echo;
	struct identity who = { .kind = IDENTITY_GUEST, .user = { { 1 }, "ann" } };
	struct buf answer = { 0 };
	const char *text;

	client_enter_as(stage, &ann, &consumer_chat, "r", &who);
	stage_turn(stage);
	presence_set_standing(&rooms_find(stage->broker.rooms, STR_OF("r"))->presence,
		ann.conn->channel.person, ROLE_OWNER, false);
	client_enter(stage, &echo, &consumer_echo, NULL, DIALECT_PLAIN);
	stage_turn(stage);
	text = ask(stage, "{\"op\": \"connections\"}", &answer);
	assert_non_null(
		strstr(text, "\"room\": \"r\", \"user\": \"ann\", \"user_id\": "
			     "\"AQAAAAAAAAAAAAAAAAAAAA\", \"address\": \"\", \"transport\": "
			     "\"websocket\", \"since\": \""));
	assert_non_null(strstr(text, "Z\", \"role\": \"owner\", \"guest\": true}, {\"channel\": "
				     "\"specific.0123456789ab!2"));
	assert_non_null(strstr(text, "}], \"more\": false}"));
	text = ask(stage, "{\"op\": \"connections\", \"room\": \"r\"}", &answer);
	assert_null(strstr(text, "ab!2"));
	text = ask(stage, "{\"op\": \"connections\", \"room\": \"empty\"}", &answer);
	assert_string_equal(text, "{\"ok\": true, \"connections\": [], \"more\": false}");
	buf_finish(&answer);
	client_leave(&ann);
	client_leave(&echo);
}

static void set_rules(struct stage *stage, const char *name, const struct room_row *row)
{
	assert_true(order_set_rules(rooms_find(stage->broker.rooms, str_from(name)), row));
}

static void rooms_have_their_rules_and_hidden_ones_are_asked_for(void **state)
{
	struct stage *stage = *state;
	struct client clients[3];
	struct buf answer = { 0 };
	const char *text;

	client_enter(stage, &clients[0], &consumer_chat, "open", DIALECT_V1);
	client_enter(stage, &clients[1], &consumer_chat, "ruled", DIALECT_V1);
	client_enter(stage, &clients[2], &consumer_chat, "secret", DIALECT_V1);
	stage_turn(stage);
	set_rules(stage, "ruled",
		&(struct room_row){ .topic = "all",
			.rules = {
				.is_members_only = true, .is_locked = true, .slow_seconds = 30 } });
	set_rules(stage, "secret", &(struct room_row){ .rules.is_hidden = true });
	text = ask(stage, "{\"op\": \"rooms\"}", &answer);
	assert_non_null(strstr(text, "\"}, {\"room\": \"ruled\"")); /* open says nothing of rules */
	assert_non_null(
		strstr(text, "\"topic\": \"all\", \"members_only\": true, \"locked\": true, "
			     "\"slow_seconds\": 30}], \"more\": false}"));
	text = ask(stage, "{\"op\": \"rooms\", \"hidden\": true}", &answer);
	assert_non_null(strstr(text, "\"hidden\": true}], \"more\": false}"));
	buf_finish(&answer);
	for (size_t i = 0; i < 3; i++)
		client_leave(&clients[i]);
}

/* One that goes meanwhile is missed, and nobody else. */
static void connections_go_on_where_they_were_left(void **state)
{
	struct stage *stage = *state;
	struct client clients[5];
	struct buf answer = { 0 };
	const char *text;

	for (size_t i = 0; i < 5; i++)
		client_enter(stage, &clients[i], &consumer_chat, "r", DIALECT_V1);
	stage_turn(stage);
	text = ask(stage, "{\"op\": \"connections\", \"limit\": 2}", &answer);
	assert_non_null(strstr(text, "ab!2"));
	assert_null(strstr(text, "ab!3"));
	assert_non_null(strstr(text, "\"more\": true, \"next\": \"2\"}"));
	client_leave(&clients[2]);
	stage_turn(stage);
	stage_turn(stage);
	text = ask(stage, "{\"op\": \"connections\", \"limit\": 2, \"after\": \"2\"}", &answer);
	assert_null(strstr(text, "ab!3"));
	assert_non_null(strstr(text, "ab!4"));
	assert_non_null(strstr(text, "ab!5"));
	assert_non_null(strstr(text, "\"more\": false}"));
	buf_finish(&answer);
	for (size_t i = 0; i < 5; i++) {
		if (i != 2)
			client_leave(&clients[i]);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rooms_tell_where_their_numbering_stands),
		TEST(connection_is_told_with_all_that_is_known_of_it),
		TEST(rooms_have_their_rules_and_hidden_ones_are_asked_for),
		TEST(connections_go_on_where_they_were_left),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
