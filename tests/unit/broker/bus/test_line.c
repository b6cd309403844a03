/* SPDX-License-Identifier: MIT */
/* Lines of ingest and events: what is refused is named by a stable word, and the room is found
 * behind its group. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/bus/line.h"
#include "common/base/crypto.h"
#include "common/room_name.h"
#include "tests/support/stage.h"

/* Twenty letters of three bytes: its group is a hash. */
#define LONG_ROOM                                                      \
	"\xe6\x88\xbf\xe6\x88\xbf\xe6\x88\xbf\xe6\x88\xbf\xe6\x88\xbf" \
	"\xe6\x88\xbf\xe6\x88\xbf\xe6\x88\xbf\xe6\x88\xbf\xe6\x88\xbf" \
	"\xe6\x88\xbf\xe6\x88\xbf\xe6\x88\xbf\xe6\x88\xbf\xe6\x88\xbf" \
	"\xe6\x88\xbf\xe6\x88\xbf\xe6\x88\xbf\xe6\x88\xbf\xe6\x88\xbf"

static void lines_are_judged(void **state)
{
	static const struct {
		const char *text;
		const char *problem; /* NULL: fine */
		const char *room;
	} cases[] = {
		{ "chat_lobby {\"type\": \"chat.message\", \"message\": \"hi\"}", NULL, "lobby" },
		{ "chat_lobby  {\"type\":\"x\"} ", NULL, "lobby" },
		{ "chat_a.b-c {\"type\": \"job.done\"}", NULL, "a.b-c" },
		{ "chat_u--42el6 {\"type\": \"job.done\"}", NULL, "\xe6\x88\xbf" },
		{ "", "no_event", NULL },
		{ "chat_lobby", "no_event", NULL },
		{ "{\"type\":\"x\"}", "no_event", NULL },
		{ "lobby {\"type\": \"x\"}", NULL, "" },
		{ "a/b {\"type\": \"x\"}", "bad_group", NULL },
		{ " {\"type\": \"x\"}", "bad_group", NULL },
		{ "chat_ {\"type\": \"x\"}", "bad_group", NULL },
		{ "chat_a/b {\"type\": \"x\"}", "bad_group", NULL },
		{ "chat_u--h-abc {\"type\": \"x\"}", "bad_group", NULL },
		{ "chat_u--9 {\"type\": \"x\"}", "bad_group", NULL },
		{ "chat_lobby ", "not_json", NULL },
		{ "chat_lobby hello", "not_json", NULL },
		{ "chat_lobby {\"type\": \"x\"} {}", "not_json", NULL },
		{ "chat_lobby null", "not_json", NULL },
		{ "chat_lobby []", "not_an_object", NULL },
		{ "chat_lobby {}", "no_type", NULL },
		{ "chat_lobby {\"type\": \"ack\"}", "reserved_type", NULL },
		{ "chat_lobby {\"type\": \"chat.message\"}", "no_message", NULL },
		{ "chat_lobby {\"type\": \"chat.message\", \"message\": \"hi\", \"user\": "
		  "\"\\u0007\"}",
			"bad_user", NULL },
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct line line;
		const char *problem = line_read(&stage->broker, str_from(cases[i].text), &line);

		if (cases[i].problem == NULL) {
			assert_null(problem);
			assert_true(str_is(line.event.room, cases[i].room));
		} else {
			assert_non_null(problem);
			assert_string_equal(problem, cases[i].problem);
		}
		line_finish(&line);
	}
}

static void line_that_was_cut_is_refused(void **state)
{
	static const char text[] =
		"chat_lobby {\"type\": \"chat.message\", \"message\": \"hi\", \"user\": \"ann\"}";
	struct stage *stage = *state;

	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		struct line line;

		assert_non_null(line_read(&stage->broker, str_range(text, len), &line));
		line_finish(&line);
	}
}

static void room_behind_a_hash_is_known_while_it_is_open(void **state)
{
	struct stage *stage = *state;
	struct buf text = { 0 };
	struct client client;
	struct line line;

	room_name_group(STR_OF(LONG_ROOM), &text);
	assert_true(str_starts_with(buf_str(&text), STR_OF("chat_u--h-")));
	buf_append_text(&text, " {\"type\": \"job.done\"}");
	assert_string_equal(line_read(&stage->broker, buf_str(&text), &line), "bad_group");
	line_finish(&line);
	client_enter(stage, &client, &consumer_chat, LONG_ROOM, DIALECT_PLAIN);
	stage_turn(stage);
	assert_null(line_read(&stage->broker, buf_str(&text), &line));
	assert_true(str_is(line.event.room, LONG_ROOM));
	line_finish(&line);
	client_leave(&client);
	buf_finish(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_are_judged),
		TEST(line_that_was_cut_is_refused),
		TEST(room_behind_a_hash_is_known_while_it_is_open),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
