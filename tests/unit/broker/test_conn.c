/* SPDX-License-Identifier: MIT */
/* A connection from its greeting to its end: frames in and out, the close handshake, pings and
 * limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>

#include "broker/closing.h"
#include "common/base/crypto.h"
#include "tests/support/client_frame.h"
#include "tests/support/stage.h"

#define PING_MS 25000
#define PONG_MS 10000
#define CLOSE_GRACE_MS 2000

static void enter_echo(struct stage *stage, struct client *client)
{
	client_enter(stage, client, &consumer_echo, NULL, DIALECT_PLAIN);
	stage_turn(stage);
}

static void enter_lobby(struct stage *stage, struct client *client)
{
	client_enter(stage, client, &consumer_chat, "lobby", DIALECT_PLAIN);
	stage_turn(stage);
}

static void frames_come_in_cut_at_any_byte(void **state)
{
	struct stage *stage = *state;
	struct client client;
	struct buf frames = { 0 };

	enter_echo(stage, &client);
	client_frame_append(&frames, 0x01, "hel", 3);
	client_frame_append(&frames, 0x89, "now", 3);
	client_frame_append(&frames, 0x80, "lo", 2);
	client_frame_append(&frames, 0x82, "\x01\x02", 2);
	for (size_t cut = 0; cut <= frames.len; cut++) {
		struct buf heard = { 0 };

		client_send_bytes(&client, str_range(frames.data, cut));
		stage_turn(stage);
		buf_append_text(&heard, client_hear(&client));
		client_send_bytes(&client, str_skip(buf_str(&frames), cut));
		stage_turn(stage);
		buf_append_text(&heard, client_hear(&client));
		assert_string_equal(buf_text(&heard), "pong now|text hello|binary \x01\x02|");
		buf_finish(&heard);
	}
	buf_finish(&frames);
	client_leave(&client);
}

static void bytes_that_came_with_the_handshake_are_read(void **state)
{
	struct stage *stage = *state;
	struct client client = { 0 };
	struct buf early = { 0 };
	size_t begun;
	int fds[2];

	client_frame_append(&early, 0x81, "one", 3);
	begun = early.len + 4;
	client_frame_append(&early, 0x81, "two", 3);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	client.fd = fds[0];
	stage_open(
		stage, fds[1], &consumer_echo, NULL, DIALECT_PLAIN, str_range(early.data, begun));
	stage_turn(stage);
	assert_string_equal(client_hear(&client), "text one|");
	client_send_bytes(&client, str_skip(buf_str(&early), begun));
	stage_turn(stage);
	assert_string_equal(client_hear(&client), "text two|");
	buf_finish(&early);
	client_leave(&client);
}

/* Both open in one turn, and the first has said something by then: the other's welcome tells a seq
 * of before. */
static void who_comes_in_the_same_turn_misses_nothing(void **state)
{
	struct stage *stage = *state;
	struct client speaker = { 0 }, late;
	struct buf early = { 0 };
	const char *heard;
	int fds[2];

	client_frame_append(&early, 0x81, "{\"message\": \"one\"}", 18);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	speaker.fd = fds[0];
	stage_open(stage, fds[1], &consumer_chat, "lobby", DIALECT_PLAIN, buf_str(&early));
	client_enter(stage, &late, &consumer_chat, "lobby", DIALECT_V1);
	stage_turn(stage);
	heard = client_hear(&late);
	assert_non_null(strstr(heard, "\"seq\": 0"));
	assert_non_null(strstr(heard, "\"seq\": 1"));
	buf_finish(&early);
	client_leave(&speaker);
	client_leave(&late);
}

/* What the room was told before is told before to whoever speaks while he comes. */
static void what_waits_for_the_room_keeps_its_place(void **state)
{
	struct stage *stage = *state;
	struct client member, speaker = { 0 };
	struct buf early = { 0 };
	int fds[2];

	client_enter(stage, &member, &consumer_chat, "lobby", DIALECT_PLAIN);
	stage_turn(stage);
	client_frame_append(&early, 0x81, "{\"message\": \"two\"}", 18);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	speaker.fd = fds[0];
	stage_open(stage, fds[1], &consumer_chat, "lobby", DIALECT_PLAIN, buf_str(&early));
	stage_say(stage, "lobby", "one");
	stage_turn(stage);
	assert_true(str_starts_with(
		str_from(client_hear(&member)), STR_OF("text one|text {\"message\": \"two\"")));
	buf_finish(&early);
	client_leave(&speaker);
	client_leave(&member);
}

static void welcome_is_the_first_that_a_v1_client_hears(void **state)
{
	struct stage *stage = *state;
	struct client client;
	const char *heard;

	client_enter(stage, &client, &consumer_chat, "lobby", DIALECT_V1);
	stage_say(stage, "lobby", "one");
	stage_turn(stage);
	heard = client_hear(&client);
	assert_true(str_starts_with(
		str_from(heard), STR_OF("text {\"type\": \"welcome\", \"room\": \"lobby\"")));
	assert_true(str_ends_with(str_from(heard), STR_OF("}|text one|")));
	client_leave(&client);
}

static void close_is_answered_with_its_code(void **state)
{
	static const struct {
		struct str payload;
		const char *heard;
	} cases[] = {
		{ STR(""), "close 1000|end" },
		{ STR("\x03\xe8"), "close 1000|end" },
		{ STR("\x03\xe9going"), "close 1001|end" },
		{ STR("\x0f\xa0"), "close 4000|end" },
		{ STR("\x03"), "close 1002|end" },
		{ STR("\x03\xed"), "close 1002|end" }, /* 1005 is never sent */
		{ STR("\x03\xe8\xff"), "close 1007|end" },
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client client;

		enter_echo(stage, &client);
		client_send(&client, FRAME_TEXT, STR_OF("before"));
		client_send(&client, FRAME_CLOSE, cases[i].payload);
		client_send(&client, FRAME_TEXT, STR_OF("behind"));
		stage_turn(stage);
		assert_string_equal(strchr(client_hear(&client), '|') + 1, cases[i].heard);
		assert_int_equal(stage->broker.connections, 1);
		client_leave(&client);
		stage_turn(stage);
		assert_int_equal(stage->broker.connections, 0);
	}
}

static void violation_closes_with_its_code(void **state)
{
	static const struct {
		struct str bytes;
		const char *heard;
	} cases[] = {
		{ STR("\x81\x02hi"), "close 1002|end" }, /* no mask */
		{ STR("\xc1\x80\x00\x00\x00\x00"), "close 1002|end" },
		{ STR("\x81\x81\x00\x00\x00\x00\xff"), "close 1007|end" },
		{ STR("\x80\x80\x00\x00\x00\x00"), "close 1002|end" },
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client client;

		enter_echo(stage, &client);
		client_send_bytes(&client, cases[i].bytes);
		stage_turn(stage);
		assert_string_equal(client_hear(&client), cases[i].heard);
		assert_int_equal(stage_stat(stage, STAT_VIOLATIONS), i + 1);
		client_leave(&client);
		stage_turn(stage);
	}
}

static void our_close_waits_for_the_peers(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter_echo(stage, &client);
	shard_close_conn(stage->shard, client.conn, &closing_by_administrator);
	shard_close_conn(stage->shard, client.conn, &closing_restart);
	stage_turn(stage);
	client_send(&client, FRAME_TEXT, STR_OF("too late"));
	stage_turn(stage);
	stage_pass_ms(stage, CLOSE_GRACE_MS / 2);
	assert_string_equal(client_hear(&client), "close 4403|");
	client_send(&client, FRAME_CLOSE, STR_OF("\x11\x33"));
	stage_turn(stage);
	assert_string_equal(client_hear(&client), "end");
	client_leave(&client);
}

static void peer_that_does_not_close_is_dropped_after_the_grace(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter_echo(stage, &client);
	shard_close_conn(stage->shard, client.conn, &closing_by_administrator);
	stage_turn(stage);
	stage_pass_ms(stage, CLOSE_GRACE_MS);
	assert_string_equal(client_hear(&client), "close 4403|end");
	assert_int_equal(stage->broker.connections, 0);
	client_leave(&client);
}

static void silent_client_is_pinged_and_stays_when_it_answers(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter_echo(stage, &client);
	stage_pass_ms(stage, PING_MS / 2 - 1000);
	assert_string_equal(client_hear(&client), "");
	stage_pass_ms(stage, PING_MS / 2 + 1000);
	assert_string_equal(client_hear(&client), "ping |");
	client_send(&client, FRAME_PONG, STR_OF(""));
	stage_turn(stage);
	stage_pass_ms(stage, PONG_MS);
	assert_string_equal(client_hear(&client), "");
	stage_pass_ms(stage, PING_MS - PONG_MS);
	assert_string_equal(client_hear(&client), "ping |");
	client_leave(&client);
}

static void client_that_does_not_answer_a_ping_is_dropped(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter_echo(stage, &client);
	stage_pass_ms(stage, PING_MS);
	stage_pass_ms(stage, PONG_MS - 1000);
	assert_string_equal(client_hear(&client), "ping |");
	stage_pass_ms(stage, 1000);
	assert_string_equal(client_hear(&client), "end");
	assert_int_equal(stage->broker.connections, 0);
	assert_int_equal(stage_stat(stage, STAT_CLOSED_UNANSWERED_PING), 1);
	client_leave(&client);
}

static void any_byte_is_an_answer_to_a_ping(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter_echo(stage, &client);
	stage_pass_ms(stage, PING_MS);
	client_send_bytes(&client, STR_OF("\x81"));
	stage_turn(stage);
	stage_pass_ms(stage, PONG_MS);
	assert_string_equal(client_hear(&client), "ping |");
	assert_int_equal(stage->broker.connections, 1);
	client_leave(&client);
}

static void without_an_interval_there_are_no_pings(void **state)
{
	struct stage *stage = *state;
	struct client client;

	stage->config.limits_idle_ping_seconds = 0;
	enter_echo(stage, &client);
	stage_pass_ms(stage, 3600000);
	assert_string_equal(client_hear(&client), "");
	client_leave(&client);
}

static void tokens_are_paid_and_come_back_with_time(void **state)
{
	struct stage *stage = *state;
	struct client client;

	stage->config.limits_message_burst = 3;
	stage->config.limits_messages_per_second = 2;
	enter_echo(stage, &client);
	for (int i = 0; i < 3; i++)
		assert_true(conn_pay(client.conn));
	assert_false(conn_pay(client.conn));
	stage_pass_ms(stage, 500);
	assert_true(conn_pay(client.conn));
	assert_false(conn_pay(client.conn));
	stage_pass_ms(stage, 3600000);
	for (int i = 0; i < 3; i++)
		assert_true(conn_pay(client.conn));
	assert_false(conn_pay(client.conn));
	stage->config.limits_messages_per_second = 0;
	assert_true(conn_pay(client.conn));
	client_leave(&client);
}

static void twenty_errors_in_a_minute_are_too_many(void **state)
{
	struct stage *stage = *state;
	struct client client;

	stage->config.limits_idle_ping_seconds = 0;
	enter_echo(stage, &client);
	for (int i = 0; i < 19; i++)
		conn_refuse(client.conn, "bad", "Bad.", STR_OF(""));
	stage_pass_ms(stage, 61000);
	for (int i = 0; i < 19; i++)
		conn_refuse(client.conn, "bad", "Bad.", STR_OF(""));
	stage_turn(stage);
	assert_null(strstr(client_hear(&client), "close"));
	conn_refuse(client.conn, "bad", "Bad.", STR_OF(""));
	conn_refuse(client.conn, "bad", "Bad.", STR_OF(""));
	stage_turn(stage);
	assert_string_equal(client_hear(&client),
		"text {\"message\": \"[notice] Bad.\", \"error\": \"bad\"}|close 1008|");
	client_leave(&client);
}

static void message_over_the_limit_is_an_error_and_far_over_it_the_end(void **state)
{
	static char block[70000];
	struct stage *stage = *state;
	size_t limit = (size_t)stage->config.limits_message_bytes;
	struct client client;

	enter_lobby(stage, &client);
	client_send(&client, FRAME_TEXT, str_range(block, limit + 1));
	stage_turn(stage);
	assert_non_null(strstr(client_hear(&client), "\"error\": \"too_long\""));
	client_send(&client, FRAME_TEXT, str_range(block, limit * 4 + 1));
	stage_turn(stage);
	assert_string_equal(client_hear(&client), "close 1009|end");
	client_leave(&client);
}

static void what_was_said_before_the_end_is_heard(void **state)
{
	static const char filler[] = "{\"message\": \"filler\"}";
	struct stage *stage = *state;
	struct client client, other;
	struct buf frames = { 0 };
	unsigned heard = 0;

	stage->config.limits_messages_per_second = 0;
	enter_lobby(stage, &client);
	enter_lobby(stage, &other);
	/* More than one read takes, and something for the speaker that nobody will read. */
	for (unsigned i = 0; i < 3000; i++)
		client_frame_append(&frames, 0x81, filler, strlen(filler));
	client_send_bytes(&client, buf_str(&frames));
	stage_say(stage, "lobby", "unread");
	client_leave(&client);
	for (unsigned turns = 0; stage->broker.connections > 1 || turns < 5; turns++) {
		struct str rest, frame;

		assert_true(turns < 100);
		stage_turn(stage);
		rest = str_from(client_hear(&other));
		while (str_next(&rest, '|', &frame))
			heard += strstr(frame.data, "filler") != NULL &&
				 str_starts_with(frame, STR_OF("text {\"message\": \"filler"));
	}
	assert_int_equal(heard, 3000);
	buf_finish(&frames);
	client_leave(&other);
}

static void slow_reader_that_takes_something_has_answered_the_ping(void **state)
{
	static char block[50000];
	struct stage *stage = *state;
	struct client client;
	char part[4000];

	enter_echo(stage, &client);
	assert_int_equal(
		setsockopt(client.conn->io.fd, SOL_SOCKET, SO_SNDBUF, &(int){ 1 }, sizeof(int)), 0);
	memset(block, '.', sizeof(block));
	conn_send(client.conn, FRAME_BINARY, str_range(block, sizeof(block)));
	stage_turn(stage);
	assert_true(client.conn->is_blocked);
	for (unsigned pings = 0; pings < 3; pings++) {
		stage_pass_ms(stage, PING_MS);
		while (recv(client.fd, part, sizeof(part), 0) > 0)
			continue;
		stage_turn(stage);
		stage_pass_ms(stage, PONG_MS);
		assert_int_equal(stage->broker.connections, 1);
	}
	client_leave(&client);
}

static void flood_of_pings_is_the_end(void **state)
{
	struct stage *stage = *state;
	struct client client;
	unsigned pongs = 0;

	stage->config.limits_message_burst = 20;
	enter_echo(stage, &client);
	for (unsigned i = 0; i < 30; i++)
		client_send(&client, FRAME_PING, STR_OF("p"));
	stage_turn(stage);
	for (const char *heard = client_hear(&client); strncmp(heard, "pong p|", 7) == 0;
		heard += 7)
		pongs++;
	assert_int_equal(pongs, 20);
	assert_string_equal(buf_text(&client.heard) + (size_t)pongs * 7, "close 4429|");
	assert_int_equal(stage_stat(stage, STAT_CLOSED_TOO_FAST), 1);
	client_leave(&client);
}

static void large_part_of_a_message_is_too_much_when_memory_is_short(void **state)
{
	static char block[20000];
	struct stage *stage = *state;
	struct client client, other;
	struct buf frame = { 0 };

	stage->config.limits_memory_bytes = 40000; /* one of the two */
	enter_echo(stage, &client);
	enter_echo(stage, &other);
	client_frame_append(&frame, 0x82, block, sizeof(block));
	client_send_bytes(&client, str_range(frame.data, frame.len - 1));
	stage_turn(stage);
	assert_in_range(stage_stat(stage, STAT_PARTIAL_BYTES), sizeof(block), 2 * sizeof(block));
	client_send_bytes(&other, str_range(frame.data, frame.len - 1));
	stage_turn(stage);
	assert_string_equal(client_hear(&other), "close 1013|end");
	assert_int_equal(stage_stat(stage, STAT_CLOSED_OUT_OF_MEMORY), 1);
	assert_string_equal(client_hear(&client), "");
	client_send_bytes(&client, str_range(frame.data + frame.len - 1, 1));
	client_leave(&other);
	stage_turn(stage);
	assert_true(str_starts_with(str_from(client_hear(&client)), STR_OF("binary ")));
	assert_int_equal(stage_stat(stage, STAT_PARTIAL_BYTES), 0);
	buf_finish(&frame);
	client_leave(&client);
}

static void large_part_that_just_lies_there_is_too_much_when_memory_gets_short(void **state)
{
	static char block[20000];
	struct stage *stage = *state;
	struct client client, small;
	struct buf frame = { 0 };

	enter_echo(stage, &client);
	enter_echo(stage, &small);
	client_frame_append(&frame, 0x82, block, sizeof(block));
	client_send_bytes(&client, str_range(frame.data, frame.len - 1));
	client_send_bytes(&small, str_range(frame.data, 100));
	stage_turn(stage);
	stage_pass_ms(stage, 1000);
	assert_string_equal(client_hear(&client), "");
	stage->config.limits_memory_bytes = 20000;
	stage_pass_ms(stage, 1000);
	assert_string_equal(client_hear(&client), "close 1013|end");
	assert_string_equal(client_hear(&small), "");
	assert_in_range(stage_stat(stage, STAT_PARTIAL_BYTES), 1, 4096);
	buf_finish(&frame);
	client_leave(&client);
	client_leave(&small);
}

static void client_that_vanishes_is_forgotten(void **state)
{
	struct stage *stage = *state;
	struct client client, other;

	enter_lobby(stage, &client);
	enter_lobby(stage, &other);
	stage_say(stage, "lobby", "unread"); /* what it leaves unread makes the end a reset */
	stage_turn(stage);
	client_leave(&client);
	stage_say(stage, "lobby", "more");
	stage_turn(stage);
	assert_int_equal(stage->broker.connections, 1);
	assert_string_equal(client_hear(&other), "text unread|text more|");
	client_leave(&other);
	stage_turn(stage);
	assert_null(rooms_find(stage->broker.rooms, STR_OF("lobby")));
	assert_int_equal(stage_stat(stage, STAT_CONNECTIONS_CLOSED), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_come_in_cut_at_any_byte),
		TEST(bytes_that_came_with_the_handshake_are_read),
		TEST(who_comes_in_the_same_turn_misses_nothing),
		TEST(what_waits_for_the_room_keeps_its_place),
		TEST(welcome_is_the_first_that_a_v1_client_hears),
		TEST(close_is_answered_with_its_code),
		TEST(violation_closes_with_its_code),
		TEST(our_close_waits_for_the_peers),
		TEST(peer_that_does_not_close_is_dropped_after_the_grace),
		TEST(silent_client_is_pinged_and_stays_when_it_answers),
		TEST(client_that_does_not_answer_a_ping_is_dropped),
		TEST(any_byte_is_an_answer_to_a_ping),
		TEST(without_an_interval_there_are_no_pings),
		TEST(tokens_are_paid_and_come_back_with_time),
		TEST(twenty_errors_in_a_minute_are_too_many),
		TEST(message_over_the_limit_is_an_error_and_far_over_it_the_end),
		TEST(what_was_said_before_the_end_is_heard),
		TEST(slow_reader_that_takes_something_has_answered_the_ping),
		TEST(flood_of_pings_is_the_end),
		TEST(large_part_of_a_message_is_too_much_when_memory_is_short),
		TEST(large_part_that_just_lies_there_is_too_much_when_memory_gets_short),
		TEST(client_that_vanishes_is_forgotten),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
