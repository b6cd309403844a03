/* SPDX-License-Identifier: MIT */
/* Who may come into a room, and whose messages it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/order_stage.h"

#define SECOND_MS 1000

static void leave(struct order_stage *scene, struct client *clients, size_t count)
{
	for (size_t i = 0; i < count; i++)
		client_leave(&clients[i]);
	stage_turn(&scene->stage);
	stage_turn(&scene->stage);
}

/* It is let in, told nothing and closed. */
static void assert_kept_out(
	struct order_stage *scene, const char *name, const char *address, enum stat_id cause)
{
	uint64_t before = stage_stat(&scene->stage, cause);
	struct client client;

	order_stage_enter(scene, &client, name, "lobby", address);
	assert_string_equal(client_hear(&client), "close 4403|");
	assert_int_equal(stage_stat(&scene->stage, cause), before + 1);
	leave(scene, &client, 1);
}

static void assert_let_in(struct order_stage *scene, const char *name, const char *address)
{
	struct client client;

	order_stage_enter(scene, &client, name, "lobby", address);
	assert_true(order_stage_hears(&client, "\"welcome\""));
	leave(scene, &client, 1);
}

static void without_rules_everybody_comes_in(void **state)
{
	assert_let_in(*state, "guest1", "");
	assert_let_in(*state, "ulf", "192.0.2.7");
}

static void who_is_banned_is_closed_with_the_reason(void **state)
{
	struct order_stage *scene = *state;

	order_stage_do(scene, "max", ORDER(BAN, OF("ulf"), .seconds = 60));
	assert_kept_out(scene, "ulf", "", STAT_CLOSED_BANNED_HERE);
	order_stage_do(scene, "sam", SITE_ORDER(BAN, OF("ulf")));
	assert_kept_out(scene, "ulf", "", STAT_CLOSED_BANNED);
	order_stage_do(scene, "sam", SITE_ORDER(UNBAN, OF("ulf")));
	order_stage_later_ms = 61 * SECOND_MS;
	assert_let_in(scene, "ulf", "");
}

static void who_comes_from_a_banned_address_is_closed_unless_they_keep_order(void **state)
{
	struct order_stage *scene = *state;

	order_stage_do(scene, NULL, ORDER(BAN, .address = STR("192.0.2.0/24")));
	assert_kept_out(scene, "guest1", "192.0.2.7", STAT_CLOSED_BANNED_HERE);
	assert_kept_out(scene, "mel", "192.0.2.7", STAT_CLOSED_BANNED_HERE);
	assert_let_in(scene, "guest1", "198.51.100.7");
	assert_let_in(scene, "olga", "192.0.2.7");
	assert_let_in(scene, "sam", "192.0.2.7");
}

static void owner_who_is_banned_is_kept_out_of_the_own_room_too(void **state)
{
	struct order_stage *scene = *state;

	order_stage_do(scene, "sam", ORDER(BAN, OF("olga")));
	assert_kept_out(scene, "olga", "", STAT_CLOSED_BANNED_HERE);
	order_stage_do(scene, "sam", SITE_ORDER(BAN, OF("olga")));
	assert_kept_out(scene, "olga", "", STAT_CLOSED_BANNED);
}

static void members_only_is_for_members(void **state)
{
	struct order_stage *scene = *state;

	order_stage_do(scene, "olga", ORDER(MEMBERS_ONLY, .is_on = true));
	assert_kept_out(scene, "guest1", "", STAT_CLOSED_MEMBERS_ONLY);
	assert_kept_out(scene, "ulf", "", STAT_CLOSED_MEMBERS_ONLY);
	assert_let_in(scene, "mel", "");
	assert_let_in(scene, "sam", "");
}

static void who_is_muted_and_goes_on_talking_is_closed(void **state)
{
	struct order_stage *scene = *state;
	struct client client;

	order_stage_do(scene, "max", ORDER(MUTE, OF("ulf")));
	order_stage_enter(scene, &client, "ulf", "lobby", "");
	for (int i = 0; i < 19; i++)
		assert_true(order_stage_says(scene, &client, "muted"));
	client_send(&client, FRAME_TEXT, STR_OF("{\"type\": \"message\", \"message\": \"hello\"}"));
	stage_turn(&scene->stage);
	stage_turn(&scene->stage);
	assert_true(order_stage_hears(&client, "close 1008|"));
	client_leave(&client);
	stage_turn(&scene->stage);
	stage_turn(&scene->stage);
}

/* Until somebody allows the next look. */
static void take_accounts_away(struct order_stage *scene)
{
	accounts_close(scene->stage.broker.revoker.book.accounts);
	scene->stage.broker.revoker.book.accounts = NULL;
	scene->stage.broker.revoker.book.problem = STORE_IO;
	scene->stage.broker.revoker.book.look_ms = UINT64_MAX;
}

static void while_nothing_can_be_read_what_is_remembered_of_the_room_counts(void **state)
{
	struct order_stage *scene = *state;
	struct client member;

	order_stage_do(scene, "olga", ORDER(MEMBERS_ONLY, .is_on = true));
	order_stage_enter(scene, &member, "mel", "lobby", "");
	take_accounts_away(scene);
	assert_kept_out(scene, "guest1", "", STAT_CLOSED_MEMBERS_ONLY);
	scene->stage.broker.revoker.book.look_ms = 0;
	leave(scene, &member, 1);
}

static void while_nothing_can_be_read_a_second_connection_changes_nothing(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[2];

	order_stage_do(scene, "max", ORDER(MUTE, OF("ulf")));
	order_stage_do(scene, "olga", ORDER(MEMBERS_ONLY, .is_on = true));
	order_stage_do(scene, "olga", ORDER(ROLE, OF("ulf"), .role = ROLE_MEMBER));
	order_stage_enter(scene, &clients[0], "ulf", "lobby", "");
	take_accounts_away(scene);
	order_stage_enter(scene, &clients[1], "ulf", "lobby", "");
	assert_true(order_stage_hears(&clients[1], "\"role\": \"member\""));
	assert_true(order_stage_says(scene, &clients[0], "muted"));
	assert_true(order_stage_says(scene, &clients[1], "muted"));
	scene->stage.broker.revoker.book.look_ms = 0;
	leave(scene, clients, 2);
}

static void while_nothing_can_be_read_nobody_opens_a_room(void **state)
{
	struct order_stage *scene = *state;
	struct client client;

	order_stage_do(scene, "olga", ORDER(MEMBERS_ONLY, .is_on = true));
	take_accounts_away(scene);
	order_stage_enter(scene, &client, "guest1", "lobby", "");
	assert_string_equal(client_hear(&client), "close 1013|");
	assert_int_equal(stage_stat(&scene->stage, STAT_CLOSED_ACCOUNTS), 1);
	leave(scene, &client, 1);
	scene->stage.broker.revoker.book.look_ms = 0;
	assert_kept_out(scene, "guest1", "", STAT_CLOSED_MEMBERS_ONLY);
	assert_let_in(scene, "mel", "");
}

static void messages_are_refused_with_their_causes(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[2];

	order_stage_do(scene, "max", ORDER(MUTE, OF("mel")));
	order_stage_do(scene, "max", ORDER(LOCK, .is_on = true));
	order_stage_enter(scene, &clients[0], "guest1", "lobby", "");
	order_stage_enter(scene, &clients[1], "mel", "lobby", "");
	assert_true(order_stage_says(scene, &clients[0], "locked"));
	assert_true(order_stage_says(scene, &clients[1], "muted"));
	assert_int_equal(stage_stat(&scene->stage, STAT_SAID_FORBIDDEN), 2);
	assert_int_equal(stage_stat(&scene->stage, STAT_MESSAGES), 0);
	leave(scene, clients, 2);
}

static bool is_answered(
	struct order_stage *scene, struct client *client, const char *ref, const char *answer)
{
	struct buf said = { 0 };

	buf_append_format(
		&said, "{\"type\": \"message\", \"message\": \"hello\", \"ref\": \"%s\"}", ref);
	(void)client_hear(client);
	client_send(client, FRAME_TEXT, buf_str(&said));
	buf_finish(&said);
	stage_turn(&scene->stage);
	stage_turn(&scene->stage);
	return order_stage_hears(client, answer);
}

static void what_was_said_before_the_rule_is_acked_again(void **state)
{
	struct order_stage *scene = *state;
	struct client client;

	order_stage_enter(scene, &client, "ulf", "lobby", "");
	assert_true(is_answered(scene, &client, "a", "\"ack\", \"ref\": \"a\", \"seq\": 1}"));
	assert_true(is_answered(scene, &client, "b", "\"seq\": 2}"));
	order_stage_do(scene, "max", ORDER(LOCK, .is_on = true));
	order_stage_look(scene);
	assert_true(is_answered(scene, &client, "a", "\"ack\", \"ref\": \"a\", \"seq\": 1}"));
	assert_true(is_answered(scene, &client, "c", "\"locked\""));
	order_stage_do(scene, "max", ORDER(MUTE, OF("ulf")));
	order_stage_look(scene);
	assert_true(is_answered(scene, &client, "b", "\"ack\", \"ref\": \"b\", \"seq\": 2}"));
	assert_true(is_answered(scene, &client, "c", "\"muted\""));
	assert_int_equal(stage_stat(&scene->stage, STAT_SAID_FORBIDDEN), 2);
	assert_int_equal(stage_stat(&scene->stage, STAT_MESSAGES), 2);
	leave(scene, &client, 1);
}

static void slow_room_takes_a_message_after_the_pause(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[2];

	order_stage_do(scene, "max", ORDER(SLOW, .seconds = 10));
	order_stage_enter(scene, &clients[0], "guest1", "lobby", "");
	order_stage_enter(scene, &clients[1], "max", "lobby", "");
	assert_true(order_stage_says(scene, &clients[0], NULL));
	assert_true(order_stage_says(scene, &clients[0], "slow"));
	assert_true(order_stage_says(scene, &clients[1], NULL));
	assert_true(order_stage_says(scene, &clients[1], NULL));
	stage_pass_ms(&scene->stage, 10 * SECOND_MS);
	assert_true(order_stage_says(scene, &clients[0], NULL));
	leave(scene, clients, 2);
}

static void mute_holds_to_its_end_and_no_longer(void **state)
{
	struct order_stage *scene = *state;
	struct client client;

	order_stage_do(scene, "max", ORDER(MUTE, OF("ulf"), .seconds = 60));
	order_stage_enter(scene, &client, "ulf", "lobby", "");
	order_stage_later_ms = 60 * SECOND_MS - 1;
	assert_true(order_stage_says(scene, &client, "muted"));
	order_stage_later_ms = 60 * SECOND_MS;
	assert_true(order_stage_says(scene, &client, NULL));
	leave(scene, &client, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, order_stage_set_up, order_stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_rules_everybody_comes_in),
		TEST(who_is_banned_is_closed_with_the_reason),
		TEST(who_comes_from_a_banned_address_is_closed_unless_they_keep_order),
		TEST(owner_who_is_banned_is_kept_out_of_the_own_room_too),
		TEST(members_only_is_for_members),
		TEST(who_is_muted_and_goes_on_talking_is_closed),
		TEST(while_nothing_can_be_read_what_is_remembered_of_the_room_counts),
		TEST(while_nothing_can_be_read_a_second_connection_changes_nothing),
		TEST(while_nothing_can_be_read_nobody_opens_a_room),
		TEST(messages_are_refused_with_their_causes),
		TEST(what_was_said_before_the_rule_is_acked_again),
		TEST(slow_room_takes_a_message_after_the_pause),
		TEST(mute_holds_to_its_end_and_no_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
