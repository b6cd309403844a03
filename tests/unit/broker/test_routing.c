/* SPDX-License-Identifier: MIT */
/* Which consumer a path leads to, and the room's name in it, decoded once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/consumer.h"
#include "broker/routing.h"

static const struct {
	const char *path;
	const char *consumer; /* NULL: no route */
	const char *room;
	enum dialect dialect;
} cases[] = {
	{ "/ws/chat/lobby/", "chat", "lobby", DIALECT_PLAIN },
	{ "/ws/chat/a.b_c-d~/", "chat", "a.b_c-d~", DIALECT_PLAIN },
	{ "/ws/chat/a%20b/", "chat", "a b", DIALECT_PLAIN },
	{ "/ws/chat/%e6%88%bf/", "chat", "\xe6\x88\xbf", DIALECT_PLAIN },
	{ "/ws/chat/%E6%88%BF/", "chat", "\xe6\x88\xbf", DIALECT_PLAIN },
	{ "/ws/chat/a%2fb/", "chat", "a/b",
		DIALECT_PLAIN }, /* one segment: the room's name is what is wrong */
	{ "/ws/chat/a%2Fb/", "chat", "a/b", DIALECT_PLAIN },
	{ "/ws/chat/%2525/", "chat", "%25", DIALECT_PLAIN }, /* once */
	{ "/ws/chat/100%25/", "chat", "100%", DIALECT_PLAIN },
	{ "/ws/chat/../", "chat", "..", DIALECT_PLAIN },
	{ "/ws/echo/", "echo", "", DIALECT_PLAIN },
	{ "/ws/ticker/", "ticker", "", DIALECT_PLAIN },
	{ "/sse/chat/lobby/", "chat", "lobby", DIALECT_EVENT_STREAM },
	{ "/poll/chat/%e6%88%bf/", "chat", "\xe6\x88\xbf", DIALECT_LINES },
	{ "", NULL, NULL, DIALECT_PLAIN },
	{ "/", NULL, NULL, DIALECT_PLAIN },
	{ "/ws/chat", NULL, NULL, DIALECT_PLAIN },
	{ "/ws/chat/", NULL, NULL, DIALECT_PLAIN },
	{ "/ws/chat//", NULL, NULL, DIALECT_PLAIN },
	{ "/ws/chat/lobby", NULL, NULL, DIALECT_PLAIN },
	{ "/ws/chat/lobby//", NULL, NULL, DIALECT_PLAIN },
	{ "/ws/chat/a/b/", NULL, NULL, DIALECT_PLAIN },
	{ "/ws/Chat/lobby/", NULL, NULL, DIALECT_PLAIN },
	{ "/ws/%63hat/lobby/", NULL, NULL, DIALECT_PLAIN },
	{ "ws/chat/lobby/", NULL, NULL, DIALECT_PLAIN },
	{ " /ws/chat/lobby/", NULL, NULL, DIALECT_PLAIN },
	{ "/x/ws/chat/lobby/", NULL, NULL, DIALECT_PLAIN },
	{ "/ws/echo", NULL, NULL, DIALECT_PLAIN },
	{ "/ws/echo/x/", NULL, NULL, DIALECT_PLAIN },
	{ "/ws/ticker/x", NULL, NULL, DIALECT_PLAIN },
	{ "/sse/chat/", NULL, NULL, DIALECT_PLAIN },
	{ "/sse/chat/lobby", NULL, NULL, DIALECT_PLAIN },
	{ "/sse/echo/", NULL, NULL, DIALECT_PLAIN },
	{ "/poll/ticker/", NULL, NULL, DIALECT_PLAIN },
	{ "/poll/lobby/", NULL, NULL, DIALECT_PLAIN },
};

static void paths_lead_to_their_consumers(void **state)
{
	struct buf decoded = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct route *route;
		struct str room;

		route = routing_find(str_from(cases[i].path), &decoded, &room);
		if (cases[i].consumer == NULL) {
			assert_null(route);
			continue;
		}
		assert_non_null(route);
		assert_string_equal(route->consumer->name, cases[i].consumer);
		assert_int_equal(route->dialect, cases[i].dialect);
		assert_true(str_is(room, cases[i].room));
	}
	buf_finish(&decoded);
	(void)state;
}

static void path_that_was_cut_leads_nowhere(void **state)
{
	struct buf decoded = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str path = str_from(cases[i].path);
		struct str room;

		for (size_t len = 0; cases[i].consumer != NULL && len < path.len; len++)
			assert_null(routing_find(str_range(path.data, len), &decoded, &room));
	}
	buf_finish(&decoded);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_lead_to_their_consumers),
		cmocka_unit_test(path_that_was_cut_leads_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
