/* SPDX-License-Identifier: MIT */
/* The last hour, minute by minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/stats_history.h"
#include "tests/support/stage.h"

static int set_up(void **state)
{
	static struct stage stage;

	stage_start(&stage);
	stats_history_start(&stage.broker.stats_history, &stage.broker);
	*state = &stage;
	return 0;
}

static int take_down(void **state)
{
	struct stage *stage = *state;

	reactor_disarm(&stage->broker.reactor, &stage->broker.stats_history.timer);
	stage_finish(stage);
	return 0;
}

static void pass_minutes(struct stage *stage, size_t count)
{
	for (size_t i = 0; i < count; i++)
		stage_pass_ms(stage, STATS_HISTORY_MS);
}

/* The numbers of all rows, without their times: "connections messages rooms|". */
static void assert_rows(const struct stage *stage, const char *expected)
{
	struct buf text = { 0 }, rows = { 0 };
	struct json_writer writer = json_writer_to(&text);
	const char *unused;
	struct json *array;

	stats_history_write(&stage->broker.stats_history, &writer, NULL);
	array = json_parse(buf_str(&text), &unused);
	for (size_t i = 0; i < json_count(array); i++) {
		static const char *const keys[] = { "connections", "messages", "rooms" };

		for (size_t j = 0; j < 3; j++) {
			int64_t number;

			assert_true(
				json_get_integer(json_find(json_at(array, i), keys[j]), &number));
			buf_append_format(&rows, "%d%c", (int)number, j < 2 ? ' ' : '|');
		}
	}
	assert_string_equal(buf_text(&rows), expected);
	json_destroy(array);
	buf_finish(&rows);
	buf_finish(&text);
}

static void leave(struct stage *stage, struct client *client)
{
	client_leave(client);
	stage_turn(stage);
	stage_turn(stage);
}

static void minute_has_what_was_said_in_it(void **state)
{
	struct stage *stage = *state;
	struct client client;

	assert_rows(stage, "");
	client_enter(stage, &client, &consumer_chat, "r", DIALECT_V1);
	stage_turn(stage);
	for (size_t i = 0; i < 2; i++)
		client_send(&client, FRAME_TEXT,
			STR_OF("{\"type\": \"message\", \"message\": \"hello\"}"));
	stage_turn(stage);
	pass_minutes(stage, 1);
	assert_rows(stage, "1 2 1|");
	leave(stage, &client);
	pass_minutes(stage, 2);
	assert_rows(stage, "1 2 1|0 0 0|0 0 0|");
}

static void an_hour_is_kept(void **state)
{
	struct stage *stage = *state;
	struct client client;
	struct buf expected = { 0 };

	client_enter(stage, &client, &consumer_echo, NULL, DIALECT_PLAIN);
	pass_minutes(stage, 1);
	leave(stage, &client);
	pass_minutes(stage, STATS_HISTORY_ROWS);
	for (size_t i = 0; i < STATS_HISTORY_ROWS; i++)
		buf_append_text(&expected, "0 0 0|");
	assert_rows(stage, buf_text(&expected));
	buf_finish(&expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(minute_has_what_was_said_in_it),
		TEST(an_hour_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
