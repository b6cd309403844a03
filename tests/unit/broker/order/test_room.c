/* SPDX-License-Identifier: MIT */
/* What is remembered of an open room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/order/room.h"
#include "tests/support/order_stage.h"

static void rules_are_news_when_they_are_others(void **state)
{
	struct room room = { 0 };
	struct room_row none = { 0 }, tea = { .topic = "tea" };
	struct room_row locked = { .topic = "tea", .rules.is_locked = true };

	(void)state;
	assert_false(room.has_known_rules);
	assert_false(order_set_rules(&room, &none));
	assert_true(room.has_known_rules);
	assert_false(order_has_rules(&room));
	assert_null(room.order);
	assert_true(order_set_rules(&room, &tea));
	assert_false(order_set_rules(&room, &tea));
	assert_true(order_set_rules(&room, &locked));
	assert_true(order_rules(&room).is_locked);
	assert_true(order_set_rules(&room, &none));
	assert_false(order_has_rules(&room));
	order_room_destroy(room.order);
}

static struct person *person_in(struct room *room, const struct client *client)
{
	return presence_find_id(&room->presence, client->conn->channel.person->id);
}

static void mutes_end_one_by_one_and_the_next_end_is_told(void **state)
{
	static const char *const names[] = { "guest1", "guest2", "guest3" };
	struct order_stage *scene = *state;
	struct client clients[3];
	struct room *room;
	int64_t next_ms, start_ms = INT64_C(1800000000000);

	for (int i = 0; i < 3; i++) {
		struct standing muted = { .muted_until_ms = start_ms + 1000 * (i + 1) };

		order_stage_enter(scene, &clients[i], names[i], "lobby", "");
		room = rooms_find(scene->stage.broker.rooms, STR_OF("lobby"));
		assert_true(order_set_person(room, person_in(room, &clients[i]), &muted, 1));
		assert_false(order_set_person(room, person_in(room, &clients[i]), &muted, 1));
	}
	assert_null(order_end_mute(room, start_ms + 999, &next_ms));
	assert_int_equal(next_ms, start_ms + 1000);
	assert_non_null(order_end_mute(room, start_ms + 2000, &next_ms));
	assert_non_null(order_end_mute(room, start_ms + 2000, &next_ms));
	assert_null(order_end_mute(room, start_ms + 2000, &next_ms));
	assert_int_equal(next_ms, start_ms + 3000);
	assert_int_equal(order_standing(room, person_in(room, &clients[0])).muted_until_ms, 0);
	assert_int_equal(
		order_standing(room, person_in(room, &clients[2])).muted_until_ms, start_ms + 3000);
	for (int i = 0; i < 3; i++)
		client_leave(&clients[i]);
	stage_turn(&scene->stage);
	stage_turn(&scene->stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_news_when_they_are_others),
		cmocka_unit_test_setup_teardown(mutes_end_one_by_one_and_the_next_end_is_told,
			order_stage_set_up, order_stage_take_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
