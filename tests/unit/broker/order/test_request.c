/* SPDX-License-Identifier: MIT */
/* An order over a socket is read, done by the registrar and followed before its author is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "broker/history/history.h"
#include "broker/order/request.h"
#include "common/base/clock.h"
#include "common/store/accounts_private.h"
#include "common/store/archive.h"
#include "tests/support/order_stage.h"

#define SECOND_MS 1000
#define DEADLINE_TURNS 20000
#define TURN_US 500

static void leave(struct order_stage *scene, struct client *clients, size_t count)
{
	for (size_t i = 0; i < count; i++)
		client_leave(&clients[i]);
	stage_turn(&scene->stage);
	stage_turn(&scene->stage);
}

/* What a client hears until that text has come, at the last. */
static void assert_hears(struct order_stage *scene, struct client *client, const char *text)
{
	struct buf heard = { 0 };

	for (int i = 0; i < DEADLINE_TURNS && strstr(buf_text(&heard), text) == NULL; i++) {
		stage_turn(&scene->stage);
		buf_append_text(&heard, client_hear(client));
		usleep(TURN_US); /* the registrar's thread */
	}
	if (strstr(buf_text(&heard), text) == NULL)
		fail_msg("%s is not in %s", text, buf_text(&heard));
	buf_finish(&heard);
}

static void order(struct client *client, const char *members)
{
	struct buf frame = { 0 };

	(void)client_hear(client);
	buf_append_format(&frame, "{\"type\": \"moderate\", \"ref\": \"o\", %s}", members);
	client_send(client, FRAME_TEXT, buf_str(&frame));
	buf_finish(&frame);
}

static void who_may_is_told_that_it_is_done(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[2];

	order_stage_enter(scene, &clients[0], "max", "lobby", "");
	order_stage_enter(scene, &clients[1], "ulf", "lobby", "");
	(void)client_hear(&clients[1]);
	order(&clients[0], "\"action\": \"mute\", \"user\": \"ulf\"");
	assert_hears(scene, &clients[0], "{\"type\": \"done\", \"ref\": \"o\"}");
	stage_turn(&scene->stage);
	assert_hears(scene, &clients[1], "\"muted_until\": null");
	assert_int_equal(stage_stat(&scene->stage, STAT_ORDERS), 1);
	leave(scene, clients, 2);
}

static void who_may_not_is_refused_without_a_look_at_the_disk(void **state)
{
	struct order_stage *scene = *state;
	struct client client;

	order_stage_enter(scene, &client, "guest1", "lobby", "");
	order(&client, "\"action\": \"topic\", \"text\": \"mine\"");
	stage_turn(&scene->stage);
	stage_turn(&scene->stage);
	assert_true(order_stage_hears(&client, "\"code\": \"forbidden\""));
	assert_int_equal(stage_stat(&scene->stage, STAT_ORDERS_REFUSED), 0);
	leave(scene, &client, 1);
}

static void what_the_registrar_refuses_is_told(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[2];

	order_stage_enter(scene, &clients[0], "max", "lobby", "");
	order_stage_enter(scene, &clients[1], "olga", "lobby", "");
	order(&clients[0], "\"action\": \"kick\", \"user\": \"olga\"");
	assert_hears(scene, &clients[0], "\"code\": \"above\"");
	order(&clients[0], "\"action\": \"kick\", \"user\": \"nobody\"");
	assert_hears(scene, &clients[0], "\"code\": \"nobody\"");
	assert_int_equal(stage_stat(&scene->stage, STAT_ORDERS_REFUSED), 2);
	leave(scene, clients, 2);
}

static void name_of_several_people_is_ambiguous(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[3];
	struct identity twin = { .kind = IDENTITY_GUEST,
		.user = { .id = "other", .name = "guest1" } };

	order_stage_enter(scene, &clients[0], "max", "lobby", "");
	order_stage_enter(scene, &clients[1], "guest1", "lobby", "");
	client_enter_as(&scene->stage, &clients[2], &consumer_chat, "lobby", &twin);
	stage_turn(&scene->stage);
	order(&clients[0], "\"action\": \"kick\", \"user\": \"guest1\"");
	assert_hears(scene, &clients[0], "\"code\": \"ambiguous\"");
	leave(scene, clients, 3);
}

static void first_message_of_a_new_room_makes_its_owner(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[2];

	order_stage_enter(scene, &clients[0], "ulf", "tea", "");
	order_stage_enter(scene, &clients[1], "mel", "tea", "");
	assert_true(order_stage_says(scene, &clients[0], NULL));
	assert_hears(scene, &clients[0], "{\"type\": \"you\", \"role\": \"owner\"");
	assert_true(order_stage_says(scene, &clients[1], NULL));
	order(&clients[1], "\"action\": \"topic\", \"text\": \"mine\"");
	assert_hears(scene, &clients[1], "\"code\": \"forbidden\"");
	leave(scene, clients, 2);
}

static void bad_orders_are_not_taken(void **state)
{
	static const char *const orders[] = {
		"\"action\": \"dance\"",
		"\"action\": \"mute\"",
		"\"action\": \"slow\", \"seconds\": true",
		"\"action\": \"lock\", \"on\": 1",
		"\"action\": \"role\", \"user\": \"ulf\", \"role\": \"king\"",
		"\"action\": \"kick\", \"user\": \"ulf\", \"by\": \"address\"",
		"\"action\": \"ban\", \"target\": -1",
		"\"action\": \"ban\", \"sanction\": 0",
	};
	struct order_stage *scene = *state;
	struct client client;

	order_stage_enter(scene, &client, "olga", "lobby", "");
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		order(&client, orders[i]);
		stage_turn(&scene->stage);
		stage_turn(&scene->stage);
		assert_true(order_stage_hears(&client, "\"code\": \"bad_order\""));
	}
	leave(scene, &client, 1);
}

static void too_many_orders_are_refused_and_counted(void **state)
{
	struct order_stage *scene = *state;
	struct registrar *registrar = scene->stage.broker.registrar;
	size_t taken = 0;

	while (registrar_take(registrar, registrar_job_create(REGISTRAR_AUDIT)))
		assert_true(++taken <= REGISTRAR_JOBS_MAX);
	assert_int_equal(taken, REGISTRAR_JOBS_MAX);
	assert_int_equal(stage_stat(&scene->stage, STAT_ORDERS_BUSY), 1);
}

static void who_orders_too_fast_has_to_wait(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[2];

	order_stage_enter(scene, &clients[0], "max", "lobby", "");
	order_stage_enter(scene, &clients[1], "olga", "lobby", "");
	for (int i = 0; i < 30; i++)
		order(&clients[0], "\"action\": \"kick\", \"user\": \"ulf\"");
	order(&clients[0], "\"action\": \"kick\", \"user\": \"ulf\"");
	assert_hears(scene, &clients[0], "\"code\": \"too_fast\"");
	order(&clients[1], "\"action\": \"lock\"");
	assert_hears(scene, &clients[1], "{\"type\": \"done\"");
	stage_pass_ms(&scene->stage, SECOND_MS);
	order(&clients[0], "\"action\": \"lock\", \"on\": false");
	assert_hears(scene, &clients[0], "{\"type\": \"done\"");
	leave(scene, clients, 2);
}

static void who_orders_what_they_may_not_again_and_again_is_closed(void **state)
{
	struct order_stage *scene = *state;
	struct client client;

	order_stage_enter(scene, &client, "guest1", "lobby", "");
	for (int i = 0; i < 20; i++)
		order(&client, "\"action\": \"lock\"");
	assert_hears(scene, &client, "close 1008|");
	leave(scene, &client, 1);
}

static void order_of_who_has_left_is_done(void **state)
{
	struct order_stage *scene = *state;
	struct client clients[2];

	order_stage_enter(scene, &clients[0], "max", "lobby", "");
	order_stage_enter(scene, &clients[1], "ulf", "lobby", "");
	order(&clients[0], "\"action\": \"topic\", \"text\": \"tea\"");
	client_leave(&clients[0]);
	assert_hears(scene, &clients[1], "\"topic\": \"tea\"");
	leave(scene, &clients[1], 1);
}

/* Another process keeps accounts.db. */
static void end_does_not_wait_for_others_with_each_job(void **state)
{
	struct order_stage *scene = *state;
	struct registrar *registrar = scene->stage.broker.registrar;
	uint64_t begin_ms;

	accounts_begin(scene->accounts, ACCOUNTS_WRITE);
	stage_clock_step_ms = 20;
	begin_ms = clock_monotonic_ms();
	for (int i = 0; i < 5; i++)
		assert_true(registrar_take(registrar, registrar_job_create(REGISTRAR_AUDIT)));
	registrar_stop(registrar);
	assert_in_range(clock_monotonic_ms() - begin_ms, 0, 4 * SECOND_MS);
	assert_int_equal(accounts_end(scene->accounts, false), STORE_OK);
	stage_turn(&scene->stage);
}

static void registrar_that_is_stopped_is_not_started_again(void **state)
{
	struct order_stage *scene = *state;
	struct registrar *registrar = scene->stage.broker.registrar;

	assert_true(registrar_take(registrar, registrar_job_create(REGISTRAR_AUDIT)));
	registrar_stop(registrar);
	assert_false(registrar_take(registrar, registrar_job_create(REGISTRAR_AUDIT)));
	stage_turn(&scene->stage);
}

/* In the lobby, by somebody who has no account here. */
static void keep_message(const struct order_stage *scene, const struct user *user)
{
	struct archive_message message = {
		.seq = 1, .user = str_from(user->name), .text = STR("hello"), .sender = user->id
	};
	struct archive_room room;
	enum store_problem problem;
	struct archive *archive = archive_open(
		folder_path(&scene->folder, "history.db"), ARCHIVE_WRITE_PROCESS, &problem);

	assert_non_null(archive);
	assert_int_equal(archive_begin(archive), STORE_OK);
	assert_int_equal(archive_add_room(archive, STR_OF("lobby"), &room), STORE_OK);
	assert_int_equal(archive_append(archive, room.id, &message), STORE_OK);
	assert_int_equal(archive_commit(archive), STORE_OK);
	archive_close(archive);
}

static void number_rooms_by_the_history(struct order_stage *scene)
{
	static const struct history_sink nobody;
	struct broker *broker = &scene->stage.broker;
	int exit_status;

	broker->history = history_create(
		&scene->stage.config, &broker->reactor, &broker->stats, &nobody, &exit_status);
	assert_non_null(broker->history);
}

/* A history.db is left from days when this broker wrote one: its numbers are not the room's. */
static void message_of_an_old_history_names_nobody(void **state)
{
	struct order_stage *scene = *state;
	struct user ulf = { .id = "ulf", .name = "ulf" };
	struct client clients[3];

	keep_message(scene, &ulf);
	order_stage_enter(scene, &clients[0], "max", "lobby", "");
	order_stage_enter(scene, &clients[1], "ulf", "lobby", "");
	order_stage_enter(scene, &clients[2], "guest1", "lobby", "");
	order(&clients[0], "\"action\": \"kick\", \"target\": 1");
	assert_hears(scene, &clients[0], "\"code\": \"no_target\"");
	order(&clients[0], "\"action\": \"kick\", \"target\": 1, \"user\": \"guest1\"");
	assert_hears(scene, &clients[0], "{\"type\": \"done\"");
	assert_hears(scene, &clients[2], "close 4403|");
	assert_false(order_stage_hears(&clients[1], "close"));
	leave(scene, clients, 3);
}

static void author_from_another_site_has_the_role_they_have(void **state)
{
	struct order_stage *scene = *state;
	struct user rob = { .id = "rob", .name = "rob" };
	struct client client;

	keep_message(scene, &rob);
	number_rooms_by_the_history(scene);
	order_stage_do(scene, NULL,
		ORDER(ROLE, .name = STR("rob"), .user = rob.id, .role = ROLE_MODERATOR));
	order_stage_enter(scene, &client, "max", "lobby", "");
	order(&client, "\"action\": \"mute\", \"target\": 1");
	assert_hears(scene, &client, "\"code\": \"above\"");
	order_stage_do(
		scene, NULL, ORDER(ROLE, .name = STR("rob"), .user = rob.id, .role = ROLE_USER));
	order(&client, "\"action\": \"mute\", \"target\": 1");
	assert_hears(scene, &client, "{\"type\": \"done\"");
	leave(scene, &client, 1);
}

static void remove_accounts(const struct order_stage *scene)
{
	static const char *const names[] = { "accounts.db", "accounts.db-wal", "accounts.db-shm" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(folder_path(&scene->folder, names[i]));
}

static void accounts_that_were_removed_are_not_made_anew(void **state)
{
	struct order_stage *scene = *state;
	struct client client;

	order_stage_enter(scene, &client, "max", "lobby", "");
	order(&client, "\"action\": \"topic\", \"text\": \"tea\"");
	assert_hears(scene, &client, "{\"type\": \"done\"");
	remove_accounts(scene);
	order(&client, "\"action\": \"topic\", \"text\": \"coffee\"");
	assert_hears(scene, &client, "\"code\": \"storage\"");
	assert_int_equal(access(folder_path(&scene->folder, "accounts.db"), F_OK), -1);
	leave(scene, &client, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, order_stage_set_up, order_stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_may_is_told_that_it_is_done),
		TEST(who_may_not_is_refused_without_a_look_at_the_disk),
		TEST(what_the_registrar_refuses_is_told),
		TEST(name_of_several_people_is_ambiguous),
		TEST(first_message_of_a_new_room_makes_its_owner),
		TEST(bad_orders_are_not_taken),
		TEST(too_many_orders_are_refused_and_counted),
		TEST(message_of_an_old_history_names_nobody),
		TEST(author_from_another_site_has_the_role_they_have),
		TEST(who_orders_too_fast_has_to_wait),
		TEST(who_orders_what_they_may_not_again_and_again_is_closed),
		TEST(order_of_who_has_left_is_done),
		TEST(end_does_not_wait_for_others_with_each_job),
		TEST(registrar_that_is_stopped_is_not_started_again),
		TEST(accounts_that_were_removed_are_not_made_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
