/* SPDX-License-Identifier: MIT */
/* Patterns, rows that would make a loop, and which rooms a copy goes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/bus/routes.h"

#define ROWS_MAX 4
#define ROOMS_MAX 3

struct row {
	const char *pattern;
	const char *rooms[ROOMS_MAX];
};

/* A configuration of these rows and nothing else, up to the first without a pattern. */
static struct config *config_of(const struct row rows[ROWS_MAX])
{
	static struct config config;
	static struct config_route routes[ROWS_MAX];
	static char *rooms[ROWS_MAX][ROOMS_MAX];

	config = (struct config){ .routes = routes };
	for (size_t i = 0; i < ROWS_MAX && rows[i].pattern != NULL; i++) {
		memcpy(rooms[i], rows[i].rooms, sizeof(rooms[i]));
		routes[i] = (struct config_route){ .pattern = (char *)(uintptr_t)rows[i].pattern,
			.rooms.items = rooms[i] };
		while (routes[i].rooms.count < ROOMS_MAX &&
			rows[i].rooms[routes[i].rooms.count] != NULL)
			routes[i].rooms.count++;
		config.route_count++;
	}
	return &config;
}

static void star_stands_for_any_run_of_characters(void **state)
{
	static const struct {
		const char *pattern;
		const char *room;
		bool matches;
	} cases[] = {
		{ "lobby", "lobby", true },
		{ "lobby", "lobbyy", false },
		{ "lobby", "lobb", false },
		{ "lobby", "Lobby", false },
		{ "*", "lobby", true },
		{ "*", "", true },
		{ "**", "lobby", true },
		{ "alerts.*", "alerts.db", true },
		{ "alerts.*", "alerts.", true },
		{ "alerts.*", "alerts", false },
		{ "*.db", "alerts.db", true },
		{ "*.db", "alerts.db.db", true },
		{ "*.db", "alerts.dbx", false },
		{ "a*b*c", "abc", true },
		{ "a*b*c", "aXbYbZc", true },
		{ "a*b*c", "aXcYb", false },
		{ "*aab", "aaaaab", true },
		{ "", "", true },
		{ "", "a", false },
		{ "a**", "a", true },
		{ "?", "a", false },
		{ "\xe6\x88\xbf*", "\xe6\x88\xbf\xe9\x97\xb4", true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(routes_match(str_from(cases[i].pattern), str_from(cases[i].room)),
			cases[i].matches);
	(void)state;
}

static void loops_and_bad_names_are_refused_with_the_row(void **state)
{
	static const struct {
		struct row rows[ROWS_MAX];
		const char *problem; /* NULL: fine */
	} cases[] = {
		{ { { NULL, { NULL } } }, NULL },
		{ { { "alerts.*", { "ops" } } }, NULL },
		{ { { "alerts.*", { "ops", "all" } }, { "ops", { "all" } } }, NULL },
		{ { { "a", { "b" } }, { "b", { "c" } }, { "a", { "c" } } }, NULL },
		{ { { "a", { "a" } } }, "[routes] a: the rows make a loop" },
		{ { { "*", { "ops" } } }, "[routes] *: the rows make a loop" },
		{ { { "alerts.*", { "ops", "alerts.all" } } },
			"[routes] alerts.*: the rows make a loop" },
		{ { { "a", { "b" } }, { "b", { "a" } } }, "the rows make a loop" },
		{ { { "x", { "a" } }, { "a", { "b" } }, { "b", { "c" } }, { "c*", { "a" } } },
			"the rows make a loop" },
		{ { { "a", { "b/c" } } }, "[routes] a: \"b/c\" is not the name of a room" },
		{ { { "a", { "ok", " b" } } }, "[routes] a: \" b\" is not the name of a room" },
		{ { { "a", { "e\xcc\x81" } } }, "is not the name of a room" }, /* not NFC */
		{ { { "a", { ".." } } }, "is not the name of a room" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf problem = { 0 };

		assert_int_equal(
			routes_check(config_of(cases[i].rows), &problem), cases[i].problem == NULL);
		if (cases[i].problem == NULL)
			assert_int_equal(problem.len, 0);
		else
			assert_non_null(strstr(buf_text(&problem), cases[i].problem));
		buf_finish(&problem);
	}
	(void)state;
}

static void copies_go_to_each_target_once_and_not_back(void **state)
{
	static const struct row rows[ROWS_MAX] = {
		{ "alerts.*", { "ops", "all" } },
		{ "alerts.db", { "dba", "ops" } },
		{ "\xe6\x88\xbf", { "\xe9\x97\xb4" } },
	};
	static const struct {
		const char *room;
		const char *via;
		const char *copies;
		const char *expected; /* "": nowhere */
	} cases[] = {
		{ "alerts.web", "", "", "[\"ops\", \"all\"]" },
		{ "alerts.db", "", "", "[\"ops\", \"all\", \"dba\"]" },
		{ "\xe6\x88\xbf", "", "", "[\"\xe9\x97\xb4\"]" },
		{ "lobby", "", "", "" },
		{ "alerts.web", "[\"ops\"]", "", "[\"all\"]" },
		{ "alerts.web", "", "[\"all\"]", "[\"ops\"]" },
		{ "alerts.db", "[\"x\", \"ops\"]", "[\"all\"]", "[\"dba\"]" },
		{ "alerts.web", "[\"ops\", \"all\"]", "", "" },
		{ "alerts.web", "[]", "[1, null, {}]", "[\"ops\", \"all\"]" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct event event = { .room = str_from(cases[i].room),
			.via = str_from(cases[i].via),
			.copies = str_from(cases[i].copies) };
		struct buf json = { 0 };

		assert_int_equal(routes_copies(config_of(rows), &event, &json),
			cases[i].expected[0] != '\0');
		assert_string_equal(buf_text(&json), cases[i].expected);
		buf_finish(&json);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(star_stands_for_any_run_of_characters),
		cmocka_unit_test(loops_and_bad_names_are_refused_with_the_row),
		cmocka_unit_test(copies_go_to_each_target_once_and_not_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
