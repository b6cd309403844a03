/* SPDX-License-Identifier: MIT */
/* Three brokers tell their people; the sink of this one notes what it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/layer/roster.h"
#include "common/base/buf.h"

#define OWN "000000000000"
#define A STR_OF("aaaaaaaaaaaa")
#define B STR_OF("bbbbbbbbbbbb")
#define LOBBY STR_OF("lobby")

struct scene {
	struct roster *roster;
	struct buf heard; /* "lobby+ann " */
};

static void tell_person(void *context, struct str room, const struct user *user, bool is_here)
{
	struct scene *scene = context;

	buf_append_format(
		&scene->heard, "%.*s%c%s ", STR_ARG(room), is_here ? '+' : '-', user->name);
}

static int set_up(void **state)
{
	static struct scene scene;
	struct roster_sink sink = { tell_person, &scene };

	scene = (struct scene){ .roster = roster_create(OWN, &sink) };
	*state = &scene;
	return 0;
}

static int take_down(void **state)
{
	struct scene *scene = *state;

	roster_destroy(scene->roster);
	buf_finish(&scene->heard);
	return 0;
}

static void assert_heard(struct scene *scene, const char *expected)
{
	assert_string_equal(buf_text(&scene->heard), expected);
	buf_clear(&scene->heard);
}

static struct user user_of(unsigned id, const char *name)
{
	struct user user = { 0 };

	memcpy(user.id, &id, sizeof(id));
	snprintf(user.name, sizeof(user.name), "%s", name);
	return user;
}

static void come(struct scene *scene, struct str broker, unsigned id, const char *name)
{
	struct user user = user_of(id, name);

	assert_true(roster_note(scene->roster, broker, LOBBY, &user, true));
}

static void go(struct scene *scene, struct str broker, unsigned id, const char *name)
{
	struct user user = user_of(id, name);

	assert_true(roster_note(scene->roster, broker, LOBBY, &user, false));
}

struct people_count {
	size_t count;
	struct user last;
};

/* Whoever is there by way of several brokers is visited several times in a row. */
static void count_person(void *context, struct str broker, struct str room, const struct user *user)
{
	struct people_count *people = context;

	people->count += memcmp(&people->last, user, sizeof(*user)) != 0;
	people->last = *user;
	(void)broker, (void)room;
}

static size_t people_of(const struct scene *scene)
{
	struct people_count people = { 0 };

	roster_visit_part(scene->roster, 0, 1, count_person, &people);
	return people.count;
}

static void person_is_told_once_however_many_brokers(void **state)
{
	struct scene *scene = *state;

	roster_open_room(scene->roster, LOBBY);
	come(scene, A, 1, "ann");
	come(scene, B, 1, "ann");
	come(scene, B, 1, "ann");
	assert_heard(scene, "lobby+ann ");
	go(scene, A, 1, "ann");
	assert_heard(scene, "");
	go(scene, B, 1, "ann");
	go(scene, B, 1, "ann");
	assert_heard(scene, "lobby-ann ");
	assert_int_equal(people_of(scene), 0);
	roster_close_room(scene->roster, LOBBY);
}

static void only_open_rooms_are_told_of(void **state)
{
	struct scene *scene = *state;
	struct user cem = user_of(3, "cem");

	come(scene, A, 1, "ann");
	come(scene, A, 2, "bea");
	assert_true(roster_note(scene->roster, A, STR_OF("other"), &cem, true));
	go(scene, A, 2, "bea");
	assert_heard(scene, "");
	roster_open_room(scene->roster, LOBBY);
	assert_heard(scene, "lobby+ann ");
	roster_close_room(scene->roster, LOBBY);
	come(scene, A, 4, "dan");
	assert_heard(scene, "");
	roster_open_room(scene->roster, LOBBY);
	assert_heard(scene, "lobby+ann lobby+dan ");
	roster_close_room(scene->roster, LOBBY);
}

static void closing_what_is_not_open_changes_nothing(void **state)
{
	struct scene *scene = *state;

	roster_close_room(scene->roster, LOBBY);
	come(scene, A, 1, "ann");
	roster_close_room(scene->roster, LOBBY);
	assert_int_equal(people_of(scene), 1);
	roster_open_room(scene->roster, LOBBY);
	assert_heard(scene, "lobby+ann ");
	roster_close_room(scene->roster, LOBBY);
}

static void own_people_are_never_told(void **state)
{
	struct scene *scene = *state;

	roster_open_room(scene->roster, LOBBY);
	come(scene, STR_OF(OWN), 1, "ann");
	assert_heard(scene, "");
	come(scene, A, 1, "ann");
	assert_heard(scene, "lobby+ann ");
	go(scene, STR_OF(OWN), 1, "ann");
	assert_heard(scene, "");
	come(scene, STR_OF(OWN), 1, "ann");
	go(scene, A, 1, "ann");
	assert_heard(scene, "lobby-ann ");
	assert_int_equal(people_of(scene), 1);
}

static void last_name_counts(void **state)
{
	struct scene *scene = *state;

	roster_open_room(scene->roster, LOBBY);
	come(scene, A, 1, "ann");
	come(scene, B, 1, "bea");
	come(scene, B, 1, "bea");
	assert_heard(scene, "lobby+ann lobby+bea ");
	go(scene, A, 1, "ann");
	go(scene, B, 1, "bea");
	assert_heard(scene, "lobby-bea ");
}

static void people_of_a_broker_that_is_gone_are_gone(void **state)
{
	struct scene *scene = *state;

	roster_open_room(scene->roster, LOBBY);
	come(scene, A, 1, "ann");
	come(scene, A, 2, "bea");
	come(scene, B, 2, "bea");
	assert_heard(scene, "lobby+ann lobby+bea ");
	roster_forget(scene->roster, A);
	roster_forget(scene->roster, A);
	assert_heard(scene, "lobby-ann ");
	roster_forget(scene->roster, B);
	assert_heard(scene, "lobby-bea ");
}

static void whoever_is_not_told_again_is_gone(void **state)
{
	struct scene *scene = *state;

	roster_open_room(scene->roster, LOBBY);
	come(scene, A, 1, "ann");
	come(scene, A, 2, "bea");
	come(scene, A, 3, "cem");
	come(scene, B, 3, "cem");
	assert_heard(scene, "lobby+ann lobby+bea lobby+cem ");
	roster_begin(scene->roster, A);
	come(scene, A, 1, "ann");
	roster_begin(scene->roster, A); /* its list was cut off, and comes again */
	come(scene, A, 2, "bea");
	come(scene, A, 4, "dan");
	roster_end(scene->roster, A);
	roster_end(scene->roster, A);
	assert_heard(scene, "lobby+dan lobby-ann ");
	assert_int_equal(people_of(scene), 3);
}

/* What comes and goes while a list is told counts behind it. */
static void changes_within_a_list_count(void **state)
{
	struct scene *scene = *state;

	roster_open_room(scene->roster, LOBBY);
	come(scene, A, 1, "ann");
	roster_begin(scene->roster, A);
	come(scene, A, 1, "ann");
	go(scene, A, 1, "ann");
	come(scene, A, 2, "bea");
	roster_end(scene->roster, A);
	assert_heard(scene, "lobby+ann lobby-ann lobby+bea ");
}

static void brokers_beyond_the_bound_are_refused(void **state)
{
	struct scene *scene = *state;
	struct user ann = user_of(1, "ann");
	char id[13];

	for (unsigned i = 1; i < ROSTER_BROKERS_MAX; i++) {
		snprintf(id, sizeof(id), "%012x", i);
		assert_true(roster_note(scene->roster, str_from(id), LOBBY, &ann, true));
	}
	assert_false(roster_note(scene->roster, A, LOBBY, &ann, true));
	roster_begin(scene->roster, A);
	roster_end(scene->roster, A);
	roster_forget(scene->roster, str_from(id));
	assert_true(roster_note(scene->roster, A, LOBBY, &ann, true));
	assert_int_equal(people_of(scene), 1);
}

static void people_beyond_the_bound_are_refused(void **state)
{
	struct scene *scene = *state;
	struct user user;

	for (unsigned i = 0; i < ROSTER_PEOPLE_MAX; i++)
		come(scene, A, i, "x");
	user = user_of(ROSTER_PEOPLE_MAX, "x");
	assert_false(roster_note(scene->roster, A, LOBBY, &user, true));
	come(scene, B, 7, "x");
	go(scene, A, 1, "x");
	assert_true(roster_note(scene->roster, A, LOBBY, &user, true));
}

static void note_visit(void *context, struct str room, const struct user *user)
{
	buf_append_format(context, "%.*s %s|", STR_ARG(room), user->name);
}

static void people_of_one_broker_are_visited(void **state)
{
	struct scene *scene = *state;

	come(scene, STR_OF(OWN), 1, "ann");
	come(scene, STR_OF(OWN), 2, "bea");
	come(scene, A, 2, "bea");
	come(scene, A, 3, "cem");
	roster_visit(scene->roster, STR_OF(OWN), note_visit, &scene->heard);
	assert_heard(scene, "lobby ann|lobby bea|");
	roster_visit(scene->roster, B, note_visit, &scene->heard);
	assert_heard(scene, "");
}

static void count_visit(void *context, struct str broker, struct str room, const struct user *user)
{
	unsigned *visits = context;
	unsigned id;

	memcpy(&id, user->id, sizeof(id));
	visits[id] += str_equals(broker, A) ? 1 : 10;
	assert_true(str_equals(room, LOBBY));
}

static void everybody_is_in_one_part_with_all_their_brokers(void **state)
{
	unsigned visits[1000] = { 0 }, in_first_part = 0;
	struct scene *scene = *state;

	for (unsigned id = 0; id < 1000; id++)
		come(scene, A, id, "x");
	for (unsigned id = 0; id < 1000; id += 2)
		come(scene, B, id, "x");
	for (size_t part = 0; part < 4; part++) {
		roster_visit_part(scene->roster, part, 4, count_visit, visits);
		for (unsigned id = 0; part == 0 && id < 1000; id++)
			in_first_part += visits[id] > 0;
	}
	for (unsigned id = 0; id < 1000; id++)
		assert_int_equal(visits[id], id % 2 == 0 ? 11 : 1);
	assert_in_range(in_first_part, 150, 350);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(person_is_told_once_however_many_brokers),
		TEST(only_open_rooms_are_told_of),
		TEST(closing_what_is_not_open_changes_nothing),
		TEST(own_people_are_never_told),
		TEST(last_name_counts),
		TEST(people_of_a_broker_that_is_gone_are_gone),
		TEST(whoever_is_not_told_again_is_gone),
		TEST(changes_within_a_list_count),
		TEST(brokers_beyond_the_bound_are_refused),
		TEST(people_beyond_the_bound_are_refused),
		TEST(people_of_one_broker_are_visited),
		TEST(everybody_is_in_one_part_with_all_their_brokers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
