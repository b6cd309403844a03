/* SPDX-License-Identifier: MIT */
/* What the members of a room are told of who types, and of whom they are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/order/room.h"
#include "broker/typing.h"
#include "tests/support/stage.h"

static void enter_as(struct stage *stage, struct client *client, unsigned id, enum dialect dialect)
{
	struct identity who = { .kind = IDENTITY_GUEST };
	struct scope *scope;

	memcpy(who.user.id, &id, sizeof(id));
	snprintf(who.user.name, sizeof(who.user.name), "guest-%u", id);
	scope = client_knock(stage, &consumer_chat, "lobby", &who);
	scope->dialect = dialect;
	client_open(stage, client, scope);
	stage_turn(stage);
}

static struct room *lobby(struct stage *stage)
{
	return rooms_find(stage->broker.rooms, STR_OF("lobby"));
}

/* What is told of joining and leaving is not what these tests are about. */
static void settle(struct stage *stage, struct client *clients, size_t count)
{
	stage_pass_ms(stage, 1000);
	stage_turn(stage);
	for (size_t i = 0; i < count; i++)
		(void)client_hear(&clients[i]);
}

static void enter(struct stage *stage, struct client *clients, size_t count)
{
	for (size_t i = 0; i < count; i++)
		enter_as(stage, &clients[i], (unsigned)i, DIALECT_V1);
	settle(stage, clients, count);
}

static void leave(struct stage *stage, struct client *clients, size_t count)
{
	for (size_t i = 0; i < count; i++)
		client_leave(&clients[i]);
	stage_turn(stage);
	stage_turn(stage);
}

static void type(struct stage *stage, struct client *client)
{
	client_send(client, FRAME_TEXT, STR_OF("{\"type\": \"typing\"}"));
	stage_turn(stage);
	stage_turn(stage);
}

static void pass(struct stage *stage)
{
	stage_pass_ms(stage, TYPING_MS);
	stage_turn(stage);
}

static void who_types_is_told_once_in_a_while(void **state)
{
	struct stage *stage = *state;
	struct client clients[2];
	const char *told = "text {\"type\": \"typing\", \"users\": [\"guest-0\", \"guest-1\"]}|";

	enter(stage, clients, 2);
	type(stage, &clients[0]);
	type(stage, &clients[0]);
	type(stage, &clients[1]);
	assert_string_equal(client_hear(&clients[1]), "");
	pass(stage);
	assert_string_equal(client_hear(&clients[0]), told);
	assert_string_equal(client_hear(&clients[1]), told);
	assert_null(lobby(stage)->typing);
	pass(stage);
	assert_string_equal(client_hear(&clients[1]), "");
	type(stage, &clients[0]);
	pass(stage);
	assert_string_equal(
		client_hear(&clients[1]), "text {\"type\": \"typing\", \"users\": [\"guest-0\"]}|");
	leave(stage, clients, 2);
}

static void five_are_told_of_at_a_time(void **state)
{
	struct stage *stage = *state;
	struct client clients[TYPING_NAMES_MAX + 1];

	enter(stage, clients, TYPING_NAMES_MAX + 1);
	for (size_t i = 0; i < TYPING_NAMES_MAX + 1; i++)
		type(stage, &clients[i]);
	pass(stage);
	assert_string_equal(client_hear(&clients[0]),
		"text {\"type\": \"typing\", \"users\": [\"guest-0\", \"guest-1\", \"guest-2\", "
		"\"guest-3\", \"guest-4\"]}|");
	leave(stage, clients, TYPING_NAMES_MAX + 1);
}

static void who_has_said_it_or_is_gone_types_no_more(void **state)
{
	struct stage *stage = *state;
	struct client clients[4];

	enter(stage, clients, 4);
	for (size_t i = 0; i < 3; i++)
		type(stage, &clients[i]);
	client_send(
		&clients[0], FRAME_TEXT, STR_OF("{\"type\": \"message\", \"message\": \"hi\"}"));
	leave(stage, &clients[1], 1);
	(void)client_hear(&clients[3]);
	pass(stage);
	assert_non_null(strstr(client_hear(&clients[3]), "\"users\": [\"guest-2\"]}|"));
	leave(stage, &clients[2], 2);
	leave(stage, &clients[0], 1);
}

static void room_where_all_have_said_it_is_told_nothing(void **state)
{
	struct stage *stage = *state;
	struct client clients[2];

	enter(stage, clients, 2);
	type(stage, &clients[0]);
	client_send(
		&clients[0], FRAME_TEXT, STR_OF("{\"type\": \"message\", \"message\": \"hi\"}"));
	stage_turn(stage);
	stage_turn(stage);
	(void)client_hear(&clients[1]);
	pass(stage);
	assert_string_equal(client_hear(&clients[1]), "");
	leave(stage, clients, 2);
}

static void nobody_is_told_of_who_may_not_speak_or_is_alone(void **state)
{
	struct stage *stage = *state;
	struct client clients[2];
	struct person *person;
	struct standing muted = { .muted_until_ms = FOR_GOOD }, free = { 0 };
	struct room_row rules = { .rules.is_locked = true }, open = { 0 };

	enter(stage, clients, 1);
	type(stage, &clients[0]);
	assert_null(lobby(stage)->typing);
	enter_as(stage, &clients[1], 1, DIALECT_V1);
	settle(stage, clients, 2);
	person = clients[0].conn->channel.person;
	order_set_person(lobby(stage), person, &muted, 1);
	type(stage, &clients[0]);
	assert_null(lobby(stage)->typing);
	order_set_person(lobby(stage), person, &free, 2);
	order_set_rules(lobby(stage), &rules);
	type(stage, &clients[0]);
	assert_null(lobby(stage)->typing);
	order_set_rules(lobby(stage), &open);
	type(stage, &clients[0]);
	assert_non_null(lobby(stage)->typing);
	leave(stage, clients, 2);
}

static void large_room_is_told_nothing(void **state)
{
	struct stage *stage = *state;
	static struct client clients[PRESENCE_NAMES_MAX + 1];

	enter(stage, clients, PRESENCE_NAMES_MAX);
	type(stage, &clients[0]);
	assert_non_null(lobby(stage)->typing);
	enter_as(stage, &clients[PRESENCE_NAMES_MAX], PRESENCE_NAMES_MAX, DIALECT_V1);
	settle(stage, clients, 1);
	type(stage, &clients[1]);
	assert_null(lobby(stage)->typing);
	leave(stage, clients, PRESENCE_NAMES_MAX + 1);
}

static void streams_hear_it_and_plain_clients_do_not(void **state)
{
	struct stage *stage = *state;
	struct client clients[4];

	enter_as(stage, &clients[0], 0, DIALECT_V1);
	enter_as(stage, &clients[1], 1, DIALECT_EVENT_STREAM);
	enter_as(stage, &clients[2], 2, DIALECT_PLAIN);
	settle(stage, clients, 3);
	enter_as(stage, &clients[3], 2, DIALECT_LINES);
	(void)client_hear(&clients[3]);
	type(stage, &clients[0]);
	pass(stage);
	assert_string_equal(client_hear(&clients[1]),
		"data: {\"type\": \"typing\", \"users\": [\"guest-0\"]}\n\n");
	assert_string_equal(client_hear(&clients[2]), "");
	assert_true(str_starts_with(str_from(client_hear(&clients[3])),
		STR_OF("{\"type\": \"typing\", \"users\": [\"guest-0\"]}\n{\"type\": \"close\"")));
	leave(stage, clients, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_types_is_told_once_in_a_while),
		TEST(five_are_told_of_at_a_time),
		TEST(who_has_said_it_or_is_gone_types_no_more),
		TEST(room_where_all_have_said_it_is_told_nothing),
		TEST(nobody_is_told_of_who_may_not_speak_or_is_alone),
		TEST(large_room_is_told_nothing),
		TEST(streams_hear_it_and_plain_clients_do_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
