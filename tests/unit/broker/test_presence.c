/* SPDX-License-Identifier: MIT */
/* What the others are told, word for word: people come, go, reload, open a second tab and change
 * their names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/presence.h"
#include "common/base/mem.h"

/* One tab of a person. */
struct tab {
	struct person *person;
	struct list link;
};

static struct session session_of(unsigned id, const char *name)
{
	struct session session = { 0 };

	memcpy(session.id, &id, sizeof(id));
	snprintf(session.name, sizeof(session.name), "%s", name);
	return session;
}

static void join(struct presence *presence, struct tab *tab, unsigned id, const char *name)
{
	struct session session = session_of(id, name);

	list_init(&tab->link);
	tab->person = presence_join(presence, &session, &tab->link);
}

static void leave(struct presence *presence, struct tab *tab)
{
	presence_leave(presence, tab->person, &tab->link);
}

/* "" is no news. */
static void assert_told(struct presence *presence, const char *expected)
{
	struct buf json = { 0 };

	assert_int_equal(presence_tell(presence, &json), expected[0] != '\0');
	assert_string_equal(buf_text(&json), expected);
	buf_finish(&json);
}

/* News that a test is not about. */
static void tell(struct presence *presence)
{
	struct buf json = { 0 };

	assert_true(presence_tell(presence, &json));
	buf_finish(&json);
}

static int presence_set_up(void **state)
{
	static struct presence presence;

	presence_init(&presence);
	*state = &presence;
	return 0;
}

static int presence_take_down(void **state)
{
	presence_finish(*state);
	return 0;
}

static void those_who_came_and_went_are_told_once(void **state)
{
	struct presence *presence = *state;
	struct tab ann, bea;

	join(presence, &ann, 1, "ann");
	join(presence, &bea, 2, "bea");
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [\"ann\", \"bea\"], \"left\": "
			      "[], \"count\": 2}");
	assert_told(presence, "");
	leave(presence, &ann);
	assert_int_equal(presence->count, 1);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [\"ann\"], "
			      "\"count\": 1}");
	assert_told(presence, "");
	leave(presence, &bea);
}

static void two_tabs_are_one_person(void **state)
{
	struct presence *presence = *state;
	struct tab first, second;

	join(presence, &first, 1, "ann");
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [\"ann\"], \"left\": [], "
			      "\"count\": 1}");
	join(presence, &second, 1, "ann");
	assert_ptr_equal(first.person, second.person);
	assert_int_equal(presence->count, 1);
	assert_told(presence, "");
	leave(presence, &first);
	assert_told(presence, "");
	leave(presence, &second);
	assert_int_equal(presence->count, 0);
}

static void reload_within_the_time_is_no_news(void **state)
{
	struct presence *presence = *state;
	struct tab before, after, other;

	join(presence, &other, 2, "bea");
	join(presence, &before, 1, "ann");
	tell(presence);
	leave(presence, &before);
	join(presence, &after, 1, "ann");
	assert_told(presence, "");
	assert_int_equal(presence->count, 2);
	leave(presence, &after);
	leave(presence, &other);
}

static void who_came_and_went_untold_was_never_there(void **state)
{
	struct presence *presence = *state;
	struct tab tab;

	join(presence, &tab, 1, "ann");
	leave(presence, &tab);
	assert_told(presence, "");
	assert_int_equal(presence->count, 0);
	assert_true(list_is_empty(&presence->people));
}

static void new_name_is_told_as_going_and_coming(void **state)
{
	struct presence *presence = *state;
	struct tab first, second, third;

	join(presence, &first, 1, "ann");
	tell(presence);
	join(presence, &second, 1, "bea");
	join(presence, &third, 1, "cem");
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [\"cem\"], \"left\": "
			      "[\"ann\"], \"count\": 1}");
	assert_told(presence, "");
	leave(presence, &first);
	leave(presence, &second);
	leave(presence, &third);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [\"cem\"], "
			      "\"count\": 0}");
}

static void name_that_was_taken_back_untold_is_no_news(void **state)
{
	struct presence *presence = *state;
	struct tab first, second, third;

	join(presence, &first, 1, "ann");
	tell(presence);
	join(presence, &second, 1, "bea");
	join(presence, &third, 1, "ann");
	assert_told(presence, "");
	leave(presence, &first);
	leave(presence, &second);
	leave(presence, &third);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [\"ann\"], "
			      "\"count\": 0}");
}

static void large_room_is_told_its_count_only(void **state)
{
	struct presence *presence = *state;
	struct tab tabs[PRESENCE_NAMES_MAX + 1];
	struct buf json = { 0 };

	for (unsigned i = 0; i < PRESENCE_NAMES_MAX; i++)
		join(presence, &tabs[i], i, "somebody");
	assert_true(presence_tell(presence, &json));
	assert_true(str_starts_with(buf_str(&json), STR_OF("{\"type\": \"presence\"")));
	join(presence, &tabs[PRESENCE_NAMES_MAX], PRESENCE_NAMES_MAX, "ann");
	assert_told(presence, "{\"type\": \"count\", \"count\": 201}");
	for (size_t i = 0; i <= PRESENCE_NAMES_MAX; i++)
		leave(presence, &tabs[i]);
	buf_finish(&json);
}

static void names_come_in_pages_of_their_order(void **state)
{
	static const char *const names[] = { "dan", "ann", "\xc3\xa9va", "bea", "cem" };
	static const struct {
		const char *after;
		size_t max;
		const char *expected;
		bool has_more;
	} cases[] = {
		{ "", 9, "[\"ann\", \"bea\", \"cem\", \"dan\", \"\xc3\xa9va\"]", false },
		{ "", 2, "[\"ann\", \"bea\"]", true },
		{ "bea", 2, "[\"cem\", \"dan\"]", true },
		{ "bee", 2, "[\"cem\", \"dan\"]", true },
		{ "dan", 1, "[\"\xc3\xa9va\"]", false },
		{ "\xc3\xa9va", 2, "[]", false },
		{ "", 0, "[]", true },
	};
	struct presence *presence = *state;
	struct tab tabs[5];

	for (unsigned i = 0; i < 5; i++)
		join(presence, &tabs[i], i, names[i]);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf json = { 0 };
		struct json_writer writer = json_writer_to(&json);

		assert_int_equal(presence_write_names(presence, &writer, NULL,
					 str_from(cases[i].after), cases[i].max),
			cases[i].has_more);
		assert_string_equal(buf_text(&json), cases[i].expected);
		buf_finish(&json);
	}
	for (size_t i = 0; i < 5; i++)
		leave(presence, &tabs[i]);
}

static void who_has_gone_is_not_listed_before_it_is_told(void **state)
{
	struct presence *presence = *state;
	struct tab ann, bea;
	struct person **people;
	size_t count;

	join(presence, &bea, 2, "bea");
	join(presence, &ann, 1, "ann");
	tell(presence);
	leave(presence, &ann);
	people = presence_sorted(presence, &count);
	assert_int_equal(count, 1);
	assert_string_equal(people[0]->name, "bea");
	mem_free(people);
	leave(presence, &bea);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, presence_set_up, presence_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(those_who_came_and_went_are_told_once),
		TEST(two_tabs_are_one_person),
		TEST(reload_within_the_time_is_no_news),
		TEST(who_came_and_went_untold_was_never_there),
		TEST(new_name_is_told_as_going_and_coming),
		TEST(name_that_was_taken_back_untold_is_no_news),
		TEST(large_room_is_told_its_count_only),
		TEST(names_come_in_pages_of_their_order),
		TEST(who_has_gone_is_not_listed_before_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
