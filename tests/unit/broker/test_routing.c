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
} cases[] = {
	{ "/ws/chat/lobby/", "chat", "lobby" },
	{ "/ws/chat/a.b_c-d~/", "chat", "a.b_c-d~" },
	{ "/ws/chat/a%20b/", "chat", "a b" },
	{ "/ws/chat/%e6%88%bf/", "chat", "\xe6\x88\xbf" },
	{ "/ws/chat/%E6%88%BF/", "chat", "\xe6\x88\xbf" },
	{ "/ws/chat/a%2fb/", "chat", "a/b" }, /* one segment: the room's name is what is wrong */
	{ "/ws/chat/a%2Fb/", "chat", "a/b" },
	{ "/ws/chat/%2525/", "chat", "%25" }, /* once */
	{ "/ws/chat/100%25/", "chat", "100%" },
	{ "/ws/chat/../", "chat", ".." },
	{ "/ws/echo/", "echo", "" },
	{ "/ws/ticker/", "ticker", "" },
	{ "", NULL, NULL },
	{ "/", NULL, NULL },
	{ "/ws/chat", NULL, NULL },
	{ "/ws/chat/", NULL, NULL },
	{ "/ws/chat//", NULL, NULL },
	{ "/ws/chat/lobby", NULL, NULL },
	{ "/ws/chat/lobby//", NULL, NULL },
	{ "/ws/chat/a/b/", NULL, NULL },
	{ "/ws/Chat/lobby/", NULL, NULL },
	{ "/ws/%63hat/lobby/", NULL, NULL },
	{ "ws/chat/lobby/", NULL, NULL },
	{ " /ws/chat/lobby/", NULL, NULL },
	{ "/x/ws/chat/lobby/", NULL, NULL },
	{ "/ws/echo", NULL, NULL },
	{ "/ws/echo/x/", NULL, NULL },
	{ "/ws/ticker/x", NULL, NULL },
};

static void paths_lead_to_their_consumers(void **state)
{
	struct buf decoded = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct consumer *consumer;
		struct str room;

		consumer = routing_find(str_from(cases[i].path), &decoded, &room);
		if (cases[i].consumer == NULL) {
			assert_null(consumer);
			continue;
		}
		assert_non_null(consumer);
		assert_string_equal(consumer->name, cases[i].consumer);
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
