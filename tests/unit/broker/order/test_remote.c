/* SPDX-License-Identifier: MIT */
/* Which standings are asked for again when something has changed, and who is told of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/broker.h"
#include "broker/order/remote.h"
#include "common/base/mem.h"
#include "tests/support/fake_asker.h"

#define OWNER                                                                                    \
	"{\"ok\": true, \"role\": \"owner\", \"rules\": {\"topic\": \"tea\", \"members_only\": " \
	"false, \"locked\": false, \"hidden\": false, \"slow_seconds\": 0}}"
#define ANN "YWFhYWFhYWFhYWFhYWFhYQ"
#define CHANGE(members) \
	"{\"changes\": [{" members ", \"notice\": \"\"}], \"last\": 8, \"complete\": true}"

struct scene {
	struct broker *broker; /* only its clock and its follower */
	struct order_remote *remote;
};

static const uint8_t ann[USER_ID_SIZE] = "aaaaaaaaaaaaaaaa", bob[USER_ID_SIZE] = "bbbbbbbbbbbbbbbb";
static size_t noted, begun_anew;

void __wrap_order_note_change(struct order_follower *follower, const struct room_change *change);
void __wrap_order_begin_anew(struct order_follower *follower);

void __wrap_order_note_change(struct order_follower *follower, const struct room_change *change)
{
	(void)follower, (void)change;
	noted++;
}

void __wrap_order_begin_anew(struct order_follower *follower)
{
	(void)follower;
	begun_anew++;
}

static bool look(struct scene *scene, const char *room, const uint8_t *user)
{
	struct subject subject = { .user = user };
	struct order_answer answer;

	if (!order_remote_find(scene->remote, str_from(room), &subject, NULL, &answer))
		return false;
	assert_true(answer.is_known);
	assert_int_equal(answer.standing.role, ROLE_OWNER);
	return true;
}

static void know(struct scene *scene, const char *room, const uint8_t *user)
{
	assert_false(look(scene, room, user));
	fake_asker_answer("standing", OWNER);
	assert_true(look(scene, room, user));
}

/* Ann and Bob are known in two rooms, and the changes up to 7. */
static int set_up(void **state)
{
	struct scene *scene = mem_new(struct scene);

	scene->broker = mem_new(struct broker);
	scene->broker->reactor.now_ms = 1000;
	scene->broker->order.broker = scene->broker;
	fake_asker_init();
	scene->remote = order_remote_create(&scene->broker->order, &fake_asker);
	order_remote_poll(scene->remote);
	fake_asker_answer("room_changes", "{\"last\": 7, \"complete\": true}");
	know(scene, "lobby", ann);
	know(scene, "lobby", bob);
	know(scene, "cellar", ann);
	noted = begun_anew = 0;
	*state = scene;
	return 0;
}

static int take_down(void **state)
{
	struct scene *scene = *state;

	order_remote_destroy(scene->remote);
	assert_true(list_is_empty(&fake_asker.asked));
	mem_free(scene->broker);
	mem_free(scene);
	return 0;
}

static void hear(struct scene *scene, const char *changes)
{
	order_remote_poll(scene->remote);
	fake_asker_answer("room_changes", changes);
}

static void change_of_a_room_concerns_all_in_it(void **state)
{
	struct scene *scene = *state;

	hear(scene, CHANGE("\"room\": \"lobby\""));
	assert_int_equal(noted, 1);
	assert_int_equal(begun_anew, 0);
	assert_true(look(scene, "cellar", ann));
	assert_false(look(scene, "lobby", ann));
	assert_false(look(scene, "lobby", bob));
}

static void change_of_a_person_concerns_nobody_else(void **state)
{
	struct scene *scene = *state;

	hear(scene, CHANGE("\"room\": \"lobby\", \"user_id\": \"" ANN "\""));
	assert_true(look(scene, "cellar", ann));
	assert_true(look(scene, "lobby", bob));
	assert_false(look(scene, "lobby", ann));
}

static void change_without_a_room_concerns_every_room(void **state)
{
	struct scene *scene = *state;

	hear(scene, CHANGE("\"room\": \"\", \"user_id\": \"" ANN "\""));
	assert_true(look(scene, "lobby", bob));
	assert_false(look(scene, "cellar", ann));
	assert_false(look(scene, "lobby", ann));
}

static void everybody_is_asked_about_again_when_changes_were_missed(void **state)
{
	struct scene *scene = *state;

	hear(scene, "{\"changes\": [], \"last\": 900, \"complete\": false}");
	assert_int_equal(begun_anew, 1);
	assert_false(look(scene, "cellar", ann));
	assert_false(look(scene, "lobby", ann));
	assert_false(look(scene, "lobby", bob));
}

static void who_is_asked_about_in_another_way_is_asked_about_apart(void **state)
{
	struct scene *scene = *state;
	struct subject subject = { .user = ann, .address = STR("192.0.2.7") };
	struct order_answer answer;

	assert_false(order_remote_find(scene->remote, STR_OF("lobby"), &subject, NULL, &answer));
	assert_true(look(scene, "lobby", ann));
}

static void nothing_is_known_where_nobody_can_tell(void **state)
{
	struct scene *scene = *state;
	struct subject subject = { .user = bob };
	struct order_answer answer;

	fake_asker.is_full = true;
	assert_true(order_remote_find(scene->remote, STR_OF("cellar"), &subject, NULL, &answer));
	assert_false(answer.is_known);
	assert_int_equal(answer.standing.role, (struct standing){ 0 }.role);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(change_of_a_room_concerns_all_in_it),
		TEST(change_of_a_person_concerns_nobody_else),
		TEST(change_without_a_room_concerns_every_room),
		TEST(everybody_is_asked_about_again_when_changes_were_missed),
		TEST(who_is_asked_about_in_another_way_is_asked_about_apart),
		TEST(nothing_is_known_where_nobody_can_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
