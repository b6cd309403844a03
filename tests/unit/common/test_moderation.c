/* SPDX-License-Identifier: MIT */
/* Every cell of role × action × state, held against the rule as one says it in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/moderation.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOW_MS 1000
#define RULES_COUNT 16 /* all that a room can have at a time */

/* What needs a role. state NULL: in any room. All else everybody may. */
static const struct {
	const char *state;
	const char *role;
	const char *actions;
} sentences[] = {
	{ "members_only", "member", "enter say hurry edit withdraw" },
	{ "locked", "moderator", "say edit" },
	{ "slow", "moderator", "hurry" },
	{ "hidden", "member", "find" },
	{ NULL, "moderator", "delete topic lock slow mute kick ban admit" },
	{ NULL, "owner", "members_only hide appoint hand_over" },
};

static const char *const role_order[] = { "guest", "user", "member", "moderator", "owner",
	"superuser" };

static bool has_word(const char *words, const char *word)
{
	struct str rest = str_from(words), piece;

	while (str_next_word(&rest, " ", &piece)) {
		if (str_is(piece, word))
			return true;
	}
	return false;
}

static size_t rank(const char *role)
{
	for (size_t i = 0; i < COUNT(role_order); i++) {
		if (strcmp(role_order[i], role) == 0)
			return i;
	}
	fail_msg("no role: %s", role);
	return 0;
}

/* state NULL: of none. */
static bool may(const char *role, const char *action, const char *state)
{
	for (size_t i = 0; i < COUNT(sentences); i++) {
		if (!has_word(sentences[i].actions, action))
			continue;
		if (sentences[i].state != NULL &&
			(state == NULL || strcmp(sentences[i].state, state) != 0))
			continue;
		if (rank(role) < rank(sentences[i].role))
			return false;
	}
	return true;
}

static struct room_rules make_rules(unsigned bits)
{
	return (struct room_rules){
		.is_members_only = (bits & 1) != 0,
		.is_locked = (bits & 2) != 0,
		.slow_seconds = (bits & 4) != 0 ? 5 : 0,
		.is_hidden = (bits & 8) != 0,
	};
}

static bool may_by_all(const char *role, const char *action, const struct room_rules *rules)
{
	return may(role, action, NULL) &&
	       (!rules->is_members_only || may(role, action, "members_only")) &&
	       (!rules->is_locked || may(role, action, "locked")) &&
	       (rules->slow_seconds == 0 || may(role, action, "slow")) &&
	       (!rules->is_hidden || may(role, action, "hidden"));
}

static void every_cell_is_as_the_rule_says(void **state)
{
	assert_int_equal(COUNT(role_order), ROLE_COUNT);
	for (enum role role = 0; role < ROLE_COUNT; role++)
		for (enum action action = 0; action < ACTION_COUNT; action++)
			for (enum room_state in = 0; in < ROOM_STATE_COUNT; in++) {
				bool is_allowed = role >= moderation_least_role(action, in);

				if (is_allowed != may(role_word(role), action_word(action),
							  room_state_word(in)))
					fail_msg("%s, %s, %s", role_word(role), action_word(action),
						room_state_word(in));
			}
	(void)state;
}

static void a_room_of_several_states_refuses_what_any_of_them_does(void **state)
{
	for (unsigned bits = 0; bits < RULES_COUNT; bits++)
		for (enum role role = 0; role < ROLE_COUNT; role++)
			for (enum action action = 0; action < ACTION_COUNT; action++) {
				struct standing standing = { role, make_rules(bits), 0, 0 };

				if (standing_allows(&standing, action, NOW_MS) !=
					may_by_all(role_word(role), action_word(action),
						&standing.rules))
					fail_msg("%s, %s, rules %u", role_word(role),
						action_word(action), bits);
			}
	(void)state;
}

static void every_sentence_speaks_of_actions_that_there_are(void **state)
{
	size_t known = 0;

	for (size_t i = 0; i < COUNT(sentences); i++) {
		struct str rest = str_from(sentences[i].actions), piece;

		while (str_next_word(&rest, " ", &piece)) {
			known++;
			for (enum action action = 0; action < ACTION_COUNT; action++)
				known -= str_is(piece, action_word(action)) ? 1 : 0;
		}
	}
	assert_int_equal(known, 0);
	(void)state;
}

static void who_is_banned_may_nothing_until_it_is_over(void **state)
{
	struct standing standing = { .role = ROLE_OWNER, .banned_until_ms = NOW_MS + 1 };

	for (enum action action = 0; action < ACTION_COUNT; action++) {
		assert_false(standing_allows(&standing, action, NOW_MS));
		assert_true(standing_allows(&standing, action, NOW_MS + 1));
	}
	(void)state;
}

static void who_is_muted_may_not_say_or_edit_until_it_is_over(void **state)
{
	struct standing standing = { .role = ROLE_OWNER, .muted_until_ms = NOW_MS + 1 };

	for (enum action action = 0; action < ACTION_COUNT; action++) {
		assert_int_equal(standing_allows(&standing, action, NOW_MS),
			action != ACTION_SAY && action != ACTION_EDIT);
		assert_true(standing_allows(&standing, action, NOW_MS + 1));
	}
	(void)state;
}

static void only_who_has_a_lower_role_is_below(void **state)
{
	for (enum role role = 0; role < ROLE_COUNT; role++)
		for (enum role other = 0; other < ROLE_COUNT; other++)
			assert_int_equal(role_is_above(role, other),
				rank(role_word(role)) > rank(role_word(other)));
	(void)state;
}

static void a_change_of_role_needs_what_the_higher_of_both_needs(void **state)
{
	static const char *const needs[] = { [ROLE_USER] = "admit",
		[ROLE_MEMBER] = "admit",
		[ROLE_MODERATOR] = "appoint",
		[ROLE_OWNER] = "hand_over" };

	for (enum role from = ROLE_USER; from <= ROLE_OWNER; from++)
		for (enum role to = ROLE_USER; to <= ROLE_OWNER; to++)
			assert_string_equal(action_word(moderation_role_action(from, to)),
				needs[from > to ? from : to]);
	(void)state;
}

static void words_are_found_again_and_others_are_not(void **state)
{
	enum role role;
	enum verb verb;

	for (enum role i = 0; i < ROLE_COUNT; i++) {
		assert_true(role_find(str_from(role_word(i)), &role));
		assert_int_equal(role, i);
	}
	for (enum verb i = 0; i < VERB_COUNT; i++) {
		assert_true(verb_find(str_from(verb_row(i)->word), &verb));
		assert_int_equal(verb, i);
	}
	assert_false(role_find(STR_OF("king"), &role));
	assert_false(verb_find(STR_OF("Ban"), &verb));
	assert_false(verb_find(STR_OF(""), &verb));
	(void)state;
}

static void a_topic_is_one_line_that_is_not_too_long(void **state)
{
	static const struct {
		const char *text;
		bool is_valid;
	} cases[] = {
		{ "", true },
		{ "1234567", true },
		{ "12345678", false },
		{ "\xe4\xbd\xa0\xe5\xa5\xbd, ann", true },
		{ "a/b\"<", true },
		{ "a\nb", false },
		{ "a\tb", false },
		{ "\x7f", false },
		{ "\xc2\x85", false },
		{ "\xe2\x80\xa8", false },
		{ "\xff", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		if (moderation_text_is_valid(str_from(cases[i].text), 7) != cases[i].is_valid)
			fail_msg("judged wrongly: case %zu", i);
	}
	assert_false(moderation_text_is_valid(str_range("a\0b", 3), 7));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_is_as_the_rule_says),
		cmocka_unit_test(a_room_of_several_states_refuses_what_any_of_them_does),
		cmocka_unit_test(every_sentence_speaks_of_actions_that_there_are),
		cmocka_unit_test(who_is_banned_may_nothing_until_it_is_over),
		cmocka_unit_test(who_is_muted_may_not_say_or_edit_until_it_is_over),
		cmocka_unit_test(only_who_has_a_lower_role_is_below),
		cmocka_unit_test(a_change_of_role_needs_what_the_higher_of_both_needs),
		cmocka_unit_test(words_are_found_again_and_others_are_not),
		cmocka_unit_test(a_topic_is_one_line_that_is_not_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
