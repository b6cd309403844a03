/* SPDX-License-Identifier: MIT */
/* What is changed in accounts.db is told to whom it concerns, and holds for them, within a look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/order/room.h"
#include "tests/support/order_stage.h"

#define SECOND_MS 1000
#define CROWD (ORDER_SLICE * 2 + 50)

static void enter_all(
	struct order_stage *scene, struct client *clients, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		order_stage_enter(scene, &clients[i], names[i], "lobby", "192.0.2.7");
	order_stage_look(scene);
	for (size_t i = 0; i < count; i++)
		(void)client_hear(&clients[i]);
}

static void leave(struct order_stage *scene, struct client *clients, size_t count)
{
	for (size_t i = 0; i < count; i++)
		client_leave(&clients[i]);
	stage_turn(&scene->stage);
	stage_turn(&scene->stage);
}

static void rules_are_told_to_all_and_what_they_may_to_whom_it_changes(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[2];

	enter_all(scene, clients, (const char *const[]){ "guest1", "max" }, 2);
	order_stage_do(scene, "max", ORDER(LOCK, .is_on = true));
	order_stage_look(scene);
	for (size_t i = 0; i < 2; i++) {
		const char *heard = client_hear(&clients[i]);

		assert_non_null(strstr(heard, "\"action\": \"lock\""));
		assert_non_null(strstr(heard, "{\"type\": \"rules\""));
		assert_non_null(strstr(heard, "{\"type\": \"you\""));
	}
	order_stage_do(scene, "max", ORDER(TOPIC, .text = STR("Tea")));
	order_stage_look(scene);
	assert_null(strstr(client_hear(&clients[0]), "{\"type\": \"you\""));
	leave(scene, clients, 2);
}

static void kick_closes_all_connections_of_the_person_and_no_later_one(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[4];

	enter_all(scene, clients, (const char *const[]){ "ulf", "ulf", "guest1" }, 3);
	order_stage_do(scene, "max", ORDER(KICK, OF("ulf")));
	order_stage_enter(scene, &clients[3], "ulf", "lobby", "");
	order_stage_look(scene);
	assert_true(order_stage_hears(&clients[0], "close 4403|"));
	assert_true(order_stage_hears(&clients[1], "close 4403|"));
	assert_false(order_stage_hears(&clients[2], "close"));
	assert_false(order_stage_hears(&clients[3], "close"));
	assert_int_equal(stage_stat(&scene->stage, STAT_CLOSED_KICKED), 2);
	leave(scene, clients, 4);
}

static void ban_closes_whom_it_holds_alone(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[3];

	enter_all(scene, clients, (const char *const[]){ "ulf", "guest1" }, 2);
	order_stage_enter(scene, &clients[2], "guest2", "lobby", "198.51.100.7");
	order_stage_do(scene, "max", ORDER(BAN, OF("ulf")));
	order_stage_look(scene);
	assert_true(order_stage_hears(&clients[0], "close 4403|"));
	assert_int_equal(stage_stat(&scene->stage, STAT_CLOSED_BANNED_HERE), 1);
	order_stage_do(scene, NULL, ORDER(BAN, .address = STR("192.0.2.7")));
	order_stage_look(scene);
	assert_true(order_stage_hears(&clients[1], "close 4403|"));
	assert_false(order_stage_hears(&clients[2], "close"));
	leave(scene, clients, 3);
}

static void ban_of_one_address_of_ipv6_closes_who_has_come_from_it(void **state)
{
	struct order_stage *scene = *state;
	struct client client;

	order_stage_enter(scene, &client, "guest1", "lobby", "2001:db8::7");
	order_stage_look(scene);
	order_stage_do(scene, NULL, ORDER(BAN, .address = STR("2001:db8::7")));
	order_stage_look(scene);
	assert_true(order_stage_hears(&client, "close 4403|"));
	leave(scene, &client, 1);
}

static void ban_of_the_site_closes_in_all_rooms(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[3];

	enter_all(scene, clients, (const char *const[]){ "ulf", "guest1" }, 2);
	order_stage_enter(scene, &clients[2], "ulf", "tea", "");
	order_stage_do(scene, "sam", SITE_ORDER(BAN, OF("ulf")));
	order_stage_look(scene);
	assert_true(order_stage_hears(&clients[0], "close 4403|"));
	assert_true(order_stage_hears(&clients[2], "close 4403|"));
	assert_true(order_stage_hears(&clients[1], "\"action\": \"ban\""));
	assert_int_equal(stage_stat(&scene->stage, STAT_CLOSED_BANNED), 2);
	leave(scene, clients, 3);
}

static void new_role_is_told_to_the_person_and_to_the_room(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[2];

	enter_all(scene, clients, (const char *const[]){ "ulf", "guest1" }, 2);
	order_stage_do(scene, "olga", ORDER(ROLE, OF("ulf"), .role = ROLE_MODERATOR));
	order_stage_look(scene);
	assert_true(order_stage_hears(&clients[0], "{\"type\": \"you\", \"role\": \"moderator\""));
	assert_true(order_stage_hears(&clients[1], "\"role\": \"moderator\""));
	leave(scene, clients, 2);
}

static void end_of_a_mute_is_told(void **state)
{
	struct order_stage *scene = *state;
	struct client client;

	enter_all(scene, &client, (const char *const[]){ "ulf" }, 1);
	order_stage_do(scene, "max", ORDER(MUTE, OF("ulf"), .seconds = 60));
	order_stage_look(scene);
	assert_true(order_stage_hears(&client, "\"muted_until\""));
	order_stage_later_ms = 60 * SECOND_MS;
	stage_pass_ms(&scene->stage, 5 * SECOND_MS);
	stage_turn(&scene->stage);
	assert_true(order_stage_hears(&client, "{\"type\": \"you\""));
	leave(scene, &client, 1);
}

static void mute_by_address_is_not_shaken_off_by_another_connection(void **state)
{
	struct order_stage *scene = *state;
	struct client home, phone;

	order_stage_enter(scene, &home, "ulf", "lobby", "192.0.2.7");
	order_stage_do(scene, NULL, ORDER(MUTE, .address = STR("192.0.2.7")));
	order_stage_look(scene);
	assert_true(order_stage_says(scene, &home, "muted"));
	order_stage_enter(scene, &phone, "ulf", "lobby", "198.51.100.7");
	assert_true(order_stage_says(scene, &home, "muted"));
	order_stage_do(scene, NULL, ORDER(MUTE, .address = STR("203.0.113.7")));
	order_stage_look(scene); /* all are judged again, the newest first */
	assert_true(order_stage_says(scene, &home, "muted"));
	client_leave(&phone);
	stage_turn(&scene->stage);
	assert_true(order_stage_says(scene, &home, "muted"));
	order_stage_do(scene, NULL, ORDER(UNMUTE, .address = STR("192.0.2.7")));
	order_stage_look(scene);
	assert_true(order_stage_says(scene, &home, NULL));
	leave(scene, &home, 1);
}

static void newcomer_who_is_muted_stays_so_though_the_others_are_judged(void **state)
{
	struct order_stage *scene = *state;
	struct client home, phone;

	order_stage_do(scene, NULL, ORDER(MUTE, .address = STR("192.0.2.7")));
	order_stage_enter(scene, &phone, "ulf", "lobby", "198.51.100.7");
	order_stage_look(scene);
	order_stage_do(scene, NULL, ORDER(MUTE, .address = STR("203.0.113.7")));
	order_catch_up(&scene->stage.broker.order); /* the phone is in doubt */
	order_stage_enter(scene, &home, "ulf", "lobby", "192.0.2.7");
	order_stage_look(scene);
	assert_true(order_stage_says(scene, &home, "muted"));
	leave(scene, (struct client[]){ home, phone }, 2);
}

static bool remembers_a_mute(const struct order_stage *scene)
{
	struct room *room = rooms_find(scene->stage.broker.rooms, STR_OF("lobby"));
	int64_t next_ms;

	(void)order_end_mute(room, 0, &next_ms);
	return next_ms != FOR_GOOD;
}

static void mute_of_who_is_on_another_broker_is_remembered_until_they_leave(void **state)
{
	struct order_stage *scene = *state;
	struct rooms *rooms = scene->stage.broker.rooms;
	struct user ulf = { .id = "ulf", .name = "ulf" };
	struct client client;

	enter_all(scene, &client, (const char *const[]){ "guest1" }, 1);
	rooms_note_elsewhere(rooms_find(rooms, STR_OF("lobby")), &ulf, true);
	order_stage_do(scene, "max", ORDER(MUTE, OF("ulf"), .seconds = 60));
	order_stage_look(scene);
	assert_true(remembers_a_mute(scene));
	rooms_note_elsewhere(rooms_find(rooms, STR_OF("lobby")), &ulf, false);
	assert_false(remembers_a_mute(scene));
	leave(scene, &client, 1);
}

static void no_turn_judges_more_than_a_slice(void **state)
{
	static struct client clients[CROWD];
	struct order_stage *scene = *state;
	struct order_follower *follower = &scene->stage.broker.order;

	for (size_t i = 0; i < CROWD; i++)
		order_stage_enter(scene, &clients[i], "ulf", "lobby", "");
	order_stage_look(scene);
	order_stage_do(scene, "max", ORDER(BAN, OF("ulf")));
	order_catch_up(follower);
	assert_int_equal(follower->doubt_count, CROWD);
	stage_turn(&scene->stage);
	assert_int_equal(follower->doubt_count - follower->first_doubt, CROWD - ORDER_SLICE);
	order_stage_look(scene);
	assert_int_equal(stage_stat(&scene->stage, STAT_CLOSED_BANNED_HERE), CROWD);
	assert_int_equal(follower->doubt_count, 0);
	leave(scene, clients, CROWD);
}

static void when_changes_were_missed_everybody_is_judged_anew(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[2];

	enter_all(scene, clients, (const char *const[]){ "ulf", "guest1" }, 2);
	order_stage_do(scene, "max", ORDER(BAN, OF("ulf")));
	order_stage_do(scene, "max", ORDER(LOCK, .is_on = true));
	scene->stage.broker.order.last_change = 1000000; /* read, and never judged */
	order_begin_anew(&scene->stage.broker.order);
	order_stage_look(scene);
	assert_true(order_stage_hears(&clients[0], "close 4403|"));
	assert_true(order_stage_says(scene, &clients[1], "locked"));
	leave(scene, clients, 2);
}

static void rules_that_are_found_anew_change_what_people_may(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[2];
	const char *heard;

	enter_all(scene, clients, (const char *const[]){ "guest1", "max" }, 2);
	order_stage_do(scene, "max", ORDER(LOCK, .is_on = true));
	scene->stage.broker.order.last_change = 1000000; /* read, and never told */
	order_begin_anew(&scene->stage.broker.order);
	order_stage_look(scene);
	heard = client_hear(&clients[0]);
	assert_non_null(strstr(heard, "{\"type\": \"rules\""));
	assert_non_null(strstr(heard, "{\"type\": \"you\""));
	assert_null(strstr(heard, "\"say\""));
	assert_true(order_stage_hears(&clients[1], "\"say\""));
	leave(scene, clients, 2);
}

static void kick_is_done_though_everybody_is_judged_anew(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[2];

	enter_all(scene, clients, (const char *const[]){ "ulf", "guest1" }, 2);
	order_stage_do(scene, "max", ORDER(KICK, OF("ulf")));
	order_miss(&scene->stage.broker.order); /* before anybody has read of the kick */
	order_stage_look(scene);
	assert_true(order_stage_hears(&clients[0], "close 4403|"));
	assert_false(order_stage_hears(&clients[1], "close"));
	leave(scene, clients, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, order_stage_set_up, order_stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rules_are_told_to_all_and_what_they_may_to_whom_it_changes),
		TEST(kick_closes_all_connections_of_the_person_and_no_later_one),
		TEST(ban_closes_whom_it_holds_alone),
		TEST(ban_of_one_address_of_ipv6_closes_who_has_come_from_it),
		TEST(ban_of_the_site_closes_in_all_rooms),
		TEST(new_role_is_told_to_the_person_and_to_the_room),
		TEST(end_of_a_mute_is_told),
		TEST(mute_by_address_is_not_shaken_off_by_another_connection),
		TEST(newcomer_who_is_muted_stays_so_though_the_others_are_judged),
		TEST(mute_of_who_is_on_another_broker_is_remembered_until_they_leave),
		TEST(no_turn_judges_more_than_a_slice),
		TEST(when_changes_were_missed_everybody_is_judged_anew),
		TEST(rules_that_are_found_anew_change_what_people_may),
		TEST(kick_is_done_though_everybody_is_judged_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
