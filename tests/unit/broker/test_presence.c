/* SPDX-License-Identifier: MIT */
/* What the other members are told, word for word, when people come, go, reload, open a second tab
 * and change their names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/conn.h"
#include "broker/presence.h"
#include "common/base/mem.h"

/* One tab of a person. */
static struct user user_of(unsigned id, const char *name)
{
	struct user user = { 0 };

	memcpy(user.id, &id, sizeof(id));
	snprintf(user.name, sizeof(user.name), "%s", name);
	return user;
}

static struct slab cells;

static void join(struct presence *presence, struct conn *tab, unsigned id, const char *name)
{
	struct user user = user_of(id, name);

	*tab = (struct conn){ 0 };
	presence_join(presence, &tab->channel, &user);
}

static void leave(struct presence *presence, struct conn *tab)
{
	presence_leave(presence, &tab->channel);
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

	slab_init(&cells, PERSON_CELL_BYTES);
	presence_init(&presence, &cells);
	*state = &presence;
	return 0;
}

static int presence_take_down(void **state)
{
	presence_finish(*state);
	slab_finish(&cells);
	return 0;
}

static void those_who_came_and_went_are_told_once(void **state)
{
	struct presence *presence = *state;
	struct conn ann, bea;

	join(presence, &ann, 1, "ann");
	join(presence, &bea, 2, "bea");
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [\"ann\", \"bea\"], \"left\": "
			      "[], \"count\": 2}");
	assert_told(presence, "");
	leave(presence, &ann);
	assert_int_equal(presence->here.count, 1);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [\"ann\"], "
			      "\"count\": 1}");
	assert_told(presence, "");
	leave(presence, &bea);
}

static void two_tabs_are_one_person(void **state)
{
	struct presence *presence = *state;
	struct conn first, second;

	join(presence, &first, 1, "ann");
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [\"ann\"], \"left\": [], "
			      "\"count\": 1}");
	join(presence, &second, 1, "ann");
	assert_ptr_equal(first.channel.person, second.channel.person);
	assert_int_equal(presence->here.count, 1);
	assert_told(presence, "");
	leave(presence, &first);
	assert_told(presence, "");
	leave(presence, &second);
	assert_int_equal(presence->here.count, 0);
}

static void reload_within_the_time_is_no_news(void **state)
{
	struct presence *presence = *state;
	struct conn before, after, other;

	join(presence, &other, 2, "bea");
	join(presence, &before, 1, "ann");
	tell(presence);
	leave(presence, &before);
	join(presence, &after, 1, "ann");
	assert_told(presence, "");
	assert_int_equal(presence->here.count, 2);
	leave(presence, &after);
	leave(presence, &other);
}

static void who_came_and_went_untold_was_never_there(void **state)
{
	struct presence *presence = *state;
	struct conn tab;

	join(presence, &tab, 1, "ann");
	leave(presence, &tab);
	assert_told(presence, "");
	assert_int_equal(presence->here.count, 0);
	assert_int_equal(presence->by_id.count, 0);
}

/* One who is in a list and goes before the others have heard of him. */
static void who_was_listed_and_went_untold_is_told_to_have_gone(void **state)
{
	struct presence *presence = *state;
	struct conn ann, bea;
	struct buf json = { 0 };
	struct json_writer writer = json_writer_to(&json);

	join(presence, &ann, 1, "ann");
	join(presence, &bea, 2, "bea");
	presence_write_names(presence, &writer, NULL, 0, 9, NULL);
	leave(presence, &ann);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [\"bea\"], \"left\": "
			      "[\"ann\"], \"count\": 1}");
	leave(presence, &bea);
	buf_finish(&json);
}

/* A small room has no index of its people by id; when it gets one, those who have gone untold are
 * in it, too. */
static void who_comes_back_while_a_room_gets_large_is_no_news(void **state)
{
	struct presence *presence = *state;
	struct conn tabs[40];
	struct buf json = { 0 };

	for (unsigned i = 0; i < 10; i++)
		join(presence, &tabs[i], i, "early");
	tell(presence);
	leave(presence, &tabs[3]);
	for (unsigned i = 10; i < 40; i++)
		join(presence, &tabs[i], i, "late");
	assert_int_equal(presence->by_id.count, 40);
	join(presence, &tabs[3], 3, "early");
	assert_true(presence_tell(presence, &json));
	assert_null(strstr(buf_text(&json), "early"));
	assert_int_equal(presence->here.count, 40);
	for (unsigned i = 0; i < 40; i++)
		leave(presence, &tabs[i]);
	tell(presence);
	assert_int_equal(presence->by_id.count, 0);
	buf_finish(&json);
}

static void new_name_is_told_as_going_and_coming(void **state)
{
	struct presence *presence = *state;
	struct conn first, second, third;

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
	struct conn first, second, third;

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
	struct conn tabs[PRESENCE_NAMES_MAX + 1];
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
		const char *cursor;
		size_t max;
		const char *expected;
		bool has_more;
	} cases[] = {
		{ "", 9, "[\"ann\", \"bea\", \"cem\", \"dan\", \"\xc3\xa9va\"]", false },
		{ "", 2, "[\"ann\", \"bea\"], \"next\": \"bea/1\"", true },
		{ "bea", 2, "[\"cem\", \"dan\"], \"next\": \"dan/1\"", true },
		{ "bea/1", 2, "[\"cem\", \"dan\"], \"next\": \"dan/1\"", true },
		{ "bee", 2, "[\"cem\", \"dan\"], \"next\": \"dan/1\"", true },
		{ "dan", 1, "[\"\xc3\xa9va\"]", false },
		{ "\xc3\xa9va", 2, "[]", false },
		{ "/", 1, "[\"ann\"], \"next\": \"ann/1\"", true },
		{ "bea/x", 1, "[\"cem\"], \"next\": \"cem/1\"", true },
		{ "bea/99999999999999999999999", 1, "[\"cem\"], \"next\": \"cem/1\"", true },
		{ "", 0, "[]", true },
	};
	struct presence *presence = *state;
	struct conn tabs[5];

	for (unsigned i = 0; i < 5; i++)
		join(presence, &tabs[i], i, names[i]);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf json = { 0 };
		struct json_writer writer = json_writer_to(&json);

		assert_int_equal(presence_write_names(presence, &writer, NULL,
					 presence_find(presence, str_from(cases[i].cursor)),
					 cases[i].max, "next"),
			cases[i].has_more);
		assert_string_equal(buf_text(&json), cases[i].expected);
		buf_finish(&json);
	}
	for (size_t i = 0; i < 5; i++)
		leave(presence, &tabs[i]);
}

static void people_of_one_name_are_listed_once_each(void **state)
{
	struct presence *presence = *state;
	struct conn tabs[7];
	struct buf names = { 0 }, cursor = { 0 };
	bool has_more = true;

	for (unsigned i = 0; i < 7; i++)
		join(presence, &tabs[i], i, i < 6 ? "same" : "zoe");
	for (unsigned pages = 0; has_more; pages++) {
		struct buf json = { 0 };
		struct json_writer writer = json_writer_to(&json);
		size_t index = presence_find(presence, buf_str(&cursor));

		assert_int_equal(index, pages * 2);
		has_more = presence_write_names(presence, &writer, NULL, index, 2, NULL);
		buf_append_str(&names, buf_str(&json));
		buf_clear(&cursor);
		buf_append_format(&cursor, "same/%u", pages * 2 + 2);
		buf_finish(&json);
	}
	assert_string_equal(buf_text(&names),
		"[\"same\", \"same\"][\"same\", \"same\"][\"same\", \"same\"][\"zoe\"]");
	for (size_t i = 0; i < 7; i++)
		leave(presence, &tabs[i]);
	buf_finish(&names);
	buf_finish(&cursor);
}

static void who_has_gone_is_not_listed_before_it_is_told(void **state)
{
	struct presence *presence = *state;
	struct conn ann, bea;

	join(presence, &bea, 2, "bea");
	join(presence, &ann, 1, "ann");
	tell(presence);
	leave(presence, &ann);
	assert_int_equal(presence->here.count, 1);
	assert_string_equal(presence->here.people[0]->name, "bea");
	leave(presence, &bea);
}

static void who_is_kept_is_not_seen_to_go(void **state)
{
	struct presence *presence = *state;
	struct conn tab, again;
	struct user ann = user_of(1, "ann");

	join(presence, &tab, 1, "ann");
	tell(presence);
	presence_keep(tab.channel.person);
	leave(presence, &tab);
	assert_told(presence, "");
	assert_int_equal(presence->here.count, 1);
	join(presence, &again, 1, "ann");
	leave(presence, &again);
	assert_told(presence, "");
	presence_let_go(presence, ann.id);
	assert_told(presence,
		"{\"type\": \"presence\", \"joined\": [], \"left\": [\"ann\"], \"count\": 0}");
	presence_let_go(presence, ann.id); /* gone already */
	assert_told(presence, "");
}

static void who_is_let_go_while_there_stays(void **state)
{
	struct presence *presence = *state;
	struct conn tab;
	struct user ann = user_of(1, "ann");

	join(presence, &tab, 1, "ann");
	tell(presence);
	presence_keep(tab.channel.person);
	presence_let_go(presence, ann.id);
	assert_int_equal(presence->here.count, 1);
	leave(presence, &tab);
	assert_int_equal(presence->here.count, 0);
	tell(presence);
}

static void who_is_kept_and_comes_by_another_name_is_one(void **state)
{
	struct presence *presence = *state;
	struct conn crowd[20], tab, renamed;
	struct user ann = user_of(1, "ann");

	for (unsigned i = 0; i < 20; i++) /* so many are found by their ids */
		join(presence, &crowd[i], 100 + i, "x");
	join(presence, &tab, 1, "ann");
	tell(presence);
	presence_keep(tab.channel.person);
	leave(presence, &tab);
	join(presence, &renamed, 1, "bea");
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [\"bea\"], \"left\": "
			      "[\"ann\"], \"count\": 21}");
	leave(presence, &renamed);
	assert_told(presence, ""); /* as ann would have */
	presence_let_go(presence, ann.id);
	assert_int_equal(presence->here.count, 20);
	tell(presence);
	for (unsigned i = 0; i < 20; i++)
		leave(presence, &crowd[i]);
}

static void who_is_here_and_elsewhere_is_told_once(void **state)
{
	struct presence *presence = *state;
	struct conn tab;
	struct user ann = user_of(1, "ann");

	presence_join_elsewhere(presence, &ann);
	presence_join_elsewhere(presence, &ann);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [\"ann\"], \"left\": [], "
			      "\"count\": 1}");
	assert_int_equal(presence->own_count, 0);
	assert_true(presence_join(presence, &tab.channel, &ann));
	assert_int_equal(presence->own_count, 1);
	presence_leave_elsewhere(presence, ann.id);
	assert_told(presence, "");
	presence_join_elsewhere(presence, &ann);
	assert_true(presence_leave(presence, &tab.channel));
	assert_told(presence, "");
	assert_int_equal(presence->own_count, 0);
	assert_int_equal(presence->here.count, 1);
	presence_leave_elsewhere(presence, ann.id);
	presence_leave_elsewhere(presence, ann.id);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [\"ann\"], "
			      "\"count\": 0}");
}

static void who_goes_from_one_broker_to_another_is_no_news(void **state)
{
	struct presence *presence = *state;
	struct conn tab;
	struct user ann = user_of(1, "ann");

	presence_join_elsewhere(presence, &ann);
	tell(presence);
	presence_leave_elsewhere(presence, ann.id);
	assert_true(presence_join(presence, &tab.channel, &ann));
	assert_told(presence, "");
	leave(presence, &tab);
}

static void new_name_elsewhere_takes_the_tabs_over(void **state)
{
	struct presence *presence = *state;
	struct conn tab;
	struct user bea = user_of(1, "bea");

	join(presence, &tab, 1, "ann");
	tell(presence);
	presence_join_elsewhere(presence, &bea);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [\"bea\"], \"left\": "
			      "[\"ann\"], \"count\": 1}");
	assert_string_equal(tab.channel.person->name, "bea");
	assert_int_equal(presence->own_count, 1);
	presence_leave_elsewhere(presence, bea.id);
	assert_told(presence, "");
	assert_true(presence_leave(presence, &tab.channel));
	assert_int_equal(presence->own_count, 0);
	tell(presence);
}

static void new_name_here_stays_where_the_old_one_was(void **state)
{
	struct presence *presence = *state;
	struct conn tab;
	struct user ann = user_of(1, "ann"), bea = user_of(1, "bea");

	presence_join_elsewhere(presence, &ann);
	assert_true(presence_join(presence, &tab.channel, &bea));
	tell(presence);
	assert_true(presence_leave(presence, &tab.channel));
	assert_told(presence, ""); /* bea is elsewhere, where it has been ann */
	presence_leave_elsewhere(presence, ann.id);
	assert_int_equal(presence->here.count, 0);
	tell(presence);
}

static void own_people_are_counted_by_persons(void **state)
{
	struct presence *presence = *state;
	struct conn tabs[3];
	struct user ann = user_of(1, "ann"), bea = user_of(1, "bea");

	assert_true(presence_join(presence, &tabs[0].channel, &ann));
	assert_false(presence_join(presence, &tabs[1].channel, &ann));
	assert_true(presence_join(presence, &tabs[2].channel, &bea)); /* another name is news */
	assert_int_equal(presence->own_count, 1);
	presence_keep(tabs[0].channel.person);
	assert_false(presence_leave(presence, &tabs[0].channel));
	assert_false(presence_leave(presence, &tabs[1].channel));
	assert_false(presence_leave(presence, &tabs[2].channel));
	assert_int_equal(presence->own_count, 1);
	assert_string_equal(presence_let_go(presence, ann.id)->name, "bea");
	assert_null(presence_let_go(presence, ann.id));
	assert_int_equal(presence->own_count, 0);
	assert_told(presence, "");
}

static void name_of_thirteen_bytes_fits_in_a_cell(void **state)
{
	assert_true(offsetof(struct person, name) + 13 + 1 <= PERSON_CELL_BYTES);
	(void)state;
}

static void standing_is_noted_and_goes_with_the_person(void **state)
{
	struct presence *presence = *state;
	struct conn ann, bea;

	join(presence, &ann, 1, "ann");
	join(presence, &bea, 2, "bea");
	assert_false(presence_set_standing(presence, bea.channel.person, ROLE_GUEST, false));
	assert_true(presence_set_standing(presence, bea.channel.person, ROLE_USER, false));
	assert_int_equal(presence->marked_count, 0); /* there is nothing to say of a user */
	assert_true(presence_set_standing(presence, ann.channel.person, ROLE_SUPERUSER, false));
	assert_false(presence_set_standing(presence, ann.channel.person, ROLE_SUPERUSER, false));
	assert_true(presence_set_standing(presence, bea.channel.person, ROLE_USER, true));
	assert_int_equal(ann.channel.person->role, ROLE_SUPERUSER);
	assert_true(bea.channel.person->is_muted);
	assert_int_equal(presence->marked_count, 2);
	leave(presence, &ann);
	tell(presence);
	assert_int_equal(presence->marked_count, 1);
	leave(presence, &bea);
	tell(presence);
	assert_int_equal(presence->marked_count, 0);
}

static void standing_outlasts_a_new_name(void **state)
{
	struct presence *presence = *state;
	struct conn before, after;

	join(presence, &before, 1, "ann");
	presence_set_standing(presence, before.channel.person, ROLE_OWNER, true);
	join(presence, &after, 1, "bea");
	assert_int_equal(after.channel.person->role, ROLE_OWNER);
	assert_true(after.channel.person->is_muted);
	tell(presence);
	assert_int_equal(presence->marked_count, 1);
	leave(presence, &before);
	leave(presence, &after);
	tell(presence);
	assert_int_equal(presence->marked_count, 0);
}

static void assert_listed(const struct presence *presence, const char *expected)
{
	struct buf json = { 0 };
	struct json_writer writer = json_writer_to(&json);

	presence_write_names(presence, &writer, "members", 0, 10, NULL);
	assert_string_equal(buf_text(&json), expected);
	buf_finish(&json);
}

static void roles_and_muted_come_with_the_names(void **state)
{
	struct presence *presence = *state;
	struct conn tabs[4];

	join(presence, &tabs[0], 1, "ann");
	assert_listed(presence, "\"members\": [\"ann\"]");
	presence_set_standing(presence, tabs[0].channel.person, ROLE_OWNER, false);
	join(presence, &tabs[1], 2, "b\"a");
	presence_set_standing(presence, tabs[1].channel.person, ROLE_MEMBER, true);
	join(presence, &tabs[2], 3, "cem");
	presence_set_standing(presence, tabs[2].channel.person, ROLE_USER, false);
	assert_listed(presence, "\"members\": [\"ann\", \"b\\\"a\", \"cem\"], \"roles\": "
				"{\"ann\": \"owner\", \"b\\\"a\": \"member\"}, \"muted\": "
				"[\"b\\\"a\"]");
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [\"ann\", \"b\\\"a\", "
			      "\"cem\"], \"left\": [], \"roles\": {\"ann\": \"owner\", "
			      "\"b\\\"a\": \"member\"}, \"muted\": [\"b\\\"a\"], "
			      "\"count\": 3}");
	join(presence, &tabs[3], 4, "dee");
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [\"dee\"], \"left\": [], "
			      "\"count\": 4}"); /* of those who have come only */
	for (size_t i = 0; i < 4; i++)
		leave(presence, &tabs[i]);
	tell(presence);
}

static void namesake_takes_no_mark_over(void **state)
{
	struct presence *presence = *state;
	struct conn owner, guest;

	join(presence, &owner, 1, "ann");
	presence_set_standing(presence, owner.channel.person, ROLE_OWNER, true);
	tell(presence);
	join(presence, &guest, 2, "ann");
	assert_listed(presence, "\"members\": [\"ann\", \"ann\"]");
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [\"ann\"], \"left\": [], "
			      "\"count\": 2}");
	leave(presence, &guest);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [\"ann\"], "
			      "\"roles\": {\"ann\": \"owner\"}, \"muted\": [\"ann\"], "
			      "\"count\": 1}");
	leave(presence, &owner);
	tell(presence);
}

static void name_of_several_is_marked_once(void **state)
{
	struct presence *presence = *state;
	struct conn first, second;

	join(presence, &first, 1, "ann");
	join(presence, &second, 2, "ann");
	presence_set_standing(presence, first.channel.person, ROLE_OWNER, true);
	presence_set_standing(presence, second.channel.person, ROLE_MODERATOR, true);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [\"ann\", \"ann\"], "
			      "\"left\": [], \"roles\": {\"ann\": \"moderator\"}, \"muted\": "
			      "[\"ann\"], \"count\": 2}");
	presence_set_standing(presence, first.channel.person, ROLE_OWNER, false);
	assert_listed(presence, "\"members\": [\"ann\", \"ann\"], \"roles\": {\"ann\": "
				"\"moderator\"}");
	leave(presence, &first);
	leave(presence, &second);
	tell(presence);
}

static void look_away(struct presence *presence, struct conn *tab, bool is_idle)
{
	presence_set_idle(presence, &tab->channel, is_idle);
}

static void who_looks_at_no_tab_is_away(void **state)
{
	struct presence *presence = *state;
	struct conn first, second, bea;

	join(presence, &first, 1, "ann");
	join(presence, &second, 1, "ann");
	join(presence, &bea, 2, "bea");
	tell(presence);
	look_away(presence, &first, true);
	assert_told(presence, "");
	look_away(presence, &second, true);
	assert_listed(presence, "\"members\": [\"ann\", \"bea\"]"); /* nobody knows more yet */
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [], \"away\": "
			      "[\"ann\"], \"count\": 2}");
	assert_told(presence, "");
	assert_listed(presence, "\"members\": [\"ann\", \"bea\"], \"away\": [\"ann\"]");
	look_away(presence, &first, false);
	look_away(presence, &first, false);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [], \"back\": "
			      "[\"ann\"], \"count\": 2}");
	assert_listed(presence, "\"members\": [\"ann\", \"bea\"]");
	leave(presence, &first); /* the other tab is left, and nobody looks at it */
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [], \"away\": "
			      "[\"ann\"], \"count\": 2}");
	leave(presence, &second);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [\"ann\"], "
			      "\"count\": 1}");
	assert_int_equal(presence->marked_count, 0);
	leave(presence, &bea);
}

static void who_opens_one_more_tab_is_back(void **state)
{
	struct presence *presence = *state;
	struct conn tab, more;

	join(presence, &tab, 1, "ann");
	look_away(presence, &tab, true);
	tell(presence);
	join(presence, &more, 1, "ann");
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [], "
			      "\"back\": [\"ann\"], \"count\": 1}");
	leave(presence, &tab);
	leave(presence, &more);
}

static void who_looks_again_untold_was_never_away(void **state)
{
	struct presence *presence = *state;
	struct conn tab, again;

	join(presence, &tab, 1, "ann");
	tell(presence);
	look_away(presence, &tab, true);
	look_away(presence, &tab, false);
	assert_told(presence, "");
	look_away(presence, &tab, true);
	tell(presence);
	look_away(presence, &tab, false);
	look_away(presence, &tab, true);
	assert_told(presence, "");
	leave(presence, &tab); /* a reload: somebody looks at the new page */
	join(presence, &again, 1, "ann");
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [], \"back\": "
			      "[\"ann\"], \"count\": 1}");
	leave(presence, &again);
}

static void who_comes_and_turns_idle_is_told_with_the_name(void **state)
{
	struct presence *presence = *state;
	struct conn ann, bea;

	join(presence, &ann, 1, "ann");
	look_away(presence, &ann, true);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [\"ann\"], \"left\": [], "
			      "\"away\": [\"ann\"], \"count\": 1}");
	join(presence, &bea, 1, "bea"); /* another name; the tab keeps what it has said */
	assert_ptr_equal(ann.channel.person, bea.channel.person);
	look_away(presence, &bea, true);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [\"bea\"], \"left\": "
			      "[\"ann\"], \"away\": [\"bea\"], \"count\": 1}");
	leave(presence, &ann);
	leave(presence, &bea);
}

static void who_may_look_elsewhere_is_not_away(void **state)
{
	struct presence *presence = *state;
	struct user user = user_of(1, "ann");
	struct conn tab;

	join(presence, &tab, 1, "ann");
	look_away(presence, &tab, true);
	tell(presence);
	presence_join_elsewhere(presence, &user);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [], \"back\": "
			      "[\"ann\"], \"count\": 1}");
	presence_leave_elsewhere(presence, user.id);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [], \"away\": "
			      "[\"ann\"], \"count\": 1}");
	presence_keep(tab.channel.person);
	leave(presence, &tab); /* a poll that comes again */
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [], \"back\": "
			      "[\"ann\"], \"count\": 1}");
	presence_let_go(presence, user.id);
}

static void name_is_away_when_all_of_it_are(void **state)
{
	struct presence *presence = *state;
	struct conn first, second;

	join(presence, &first, 1, "ann");
	join(presence, &second, 2, "ann");
	tell(presence);
	look_away(presence, &first, true);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [], \"back\": "
			      "[\"ann\"], \"count\": 2}"); /* as before */
	look_away(presence, &second, true);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [], \"away\": "
			      "[\"ann\"], \"count\": 2}");
	leave(presence, &first);
	assert_told(presence, "{\"type\": \"presence\", \"joined\": [], \"left\": [\"ann\"], "
			      "\"away\": [\"ann\"], \"count\": 1}");
	leave(presence, &second);
}

static void large_room_is_not_told_who_is_away(void **state)
{
	struct presence *presence = *state;
	struct conn tabs[PRESENCE_NAMES_MAX + 1];

	for (unsigned i = 0; i < PRESENCE_NAMES_MAX + 1; i++)
		join(presence, &tabs[i], i, i == 0 ? "ann" : "somebody");
	tell(presence);
	look_away(presence, &tabs[0], true);
	assert_true(presence_has_news(presence));
	assert_told(presence, "");
	assert_true(tabs[0].channel.person->is_idle); /* for those who ask */
	for (unsigned i = 0; i < PRESENCE_NAMES_MAX + 1; i++)
		leave(presence, &tabs[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, presence_set_up, presence_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(those_who_came_and_went_are_told_once),
		TEST(two_tabs_are_one_person),
		TEST(reload_within_the_time_is_no_news),
		TEST(who_came_and_went_untold_was_never_there),
		TEST(who_was_listed_and_went_untold_is_told_to_have_gone),
		TEST(who_comes_back_while_a_room_gets_large_is_no_news),
		TEST(new_name_is_told_as_going_and_coming),
		TEST(name_that_was_taken_back_untold_is_no_news),
		TEST(large_room_is_told_its_count_only),
		TEST(names_come_in_pages_of_their_order),
		TEST(people_of_one_name_are_listed_once_each),
		TEST(who_has_gone_is_not_listed_before_it_is_told),
		TEST(who_is_kept_is_not_seen_to_go),
		TEST(who_is_let_go_while_there_stays),
		TEST(who_is_kept_and_comes_by_another_name_is_one),
		TEST(who_is_here_and_elsewhere_is_told_once),
		TEST(who_goes_from_one_broker_to_another_is_no_news),
		TEST(new_name_elsewhere_takes_the_tabs_over),
		TEST(new_name_here_stays_where_the_old_one_was),
		TEST(own_people_are_counted_by_persons),
		TEST(name_of_thirteen_bytes_fits_in_a_cell),
		TEST(standing_is_noted_and_goes_with_the_person),
		TEST(standing_outlasts_a_new_name),
		TEST(roles_and_muted_come_with_the_names),
		TEST(namesake_takes_no_mark_over),
		TEST(name_of_several_is_marked_once),
		TEST(who_looks_at_no_tab_is_away),
		TEST(who_opens_one_more_tab_is_back),
		TEST(who_looks_again_untold_was_never_away),
		TEST(who_comes_and_turns_idle_is_told_with_the_name),
		TEST(who_may_look_elsewhere_is_not_away),
		TEST(name_is_away_when_all_of_it_are),
		TEST(large_room_is_not_told_who_is_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
