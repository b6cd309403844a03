/* SPDX-License-Identifier: MIT */
/* The order of what a connection writes, also when its socket is full: its own frames keep their
 * place among the room's, nothing is lost, and who falls too far behind ends with a whole frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "broker/closing.h"
#include "common/base/crypto.h"
#include "tests/support/client_frame.h"
#include "tests/support/stage.h"

static void enter_lobby(struct stage *stage, struct client *client)
{
	client_enter(stage, client, &consumer_chat, "lobby", DIALECT_PLAIN);
	stage_turn(stage);
}

static void ack_comes_before_ones_own_message(void **state)
{
	struct stage *stage = *state;
	struct client client;
	struct str rest, frame;

	client_enter(stage, &client, &consumer_chat, "lobby", DIALECT_V1);
	stage_turn(stage);
	client_hear(&client);
	client_send(&client, FRAME_TEXT,
		STR_OF("{\"type\": \"message\", \"message\": \"hi\", \"ref\": \"r1\"}"));
	stage_turn(stage);
	rest = str_from(client_hear(&client));
	assert_true(str_next(&rest, '|', &frame));
	assert_true(str_is(frame, "text {\"type\": \"ack\", \"ref\": \"r1\", \"seq\": 1}"));
	assert_true(str_next(&rest, '|', &frame));
	assert_true(str_starts_with(frame, STR_OF("text {\"type\": \"message\", \"seq\": 1, ")));
	assert_false(str_next(&rest, '|', &frame));
	client_leave(&client);
}

static void own_frames_keep_their_place_among_the_rooms(void **state)
{
	struct stage *stage = *state;
	struct client client, other;
	struct buf mine = { 0 };

	enter_lobby(stage, &client);
	enter_lobby(stage, &other);
	frame_append(&mine, FRAME_TEXT, STR_OF("mine"));
	shard_reply(stage->shard, client.conn, buf_str(&mine));
	stage_say(stage, "lobby", "one");
	shard_reply(stage->shard, client.conn, buf_str(&mine));
	shard_reply(stage->shard, client.conn, buf_str(&mine));
	stage_say(stage, "lobby", "two");
	stage_say(stage, "lobby", "three");
	shard_reply(stage->shard, client.conn, buf_str(&mine));
	stage_turn(stage);
	assert_string_equal(client_hear(&client),
		"text mine|text one|text mine|text mine|text two|text three|text mine|");
	assert_string_equal(client_hear(&other), "text one|text two|text three|");
	buf_finish(&mine);
	client_leave(&client);
	client_leave(&other);
}

/* Says numbered frames of len bytes to the lobby until the client's socket is full; returns how
 * many. */
static unsigned fill_socket(struct stage *stage, struct client *client, size_t len)
{
	static char text[20000];
	unsigned count = 0;

	assert_int_equal(
		setsockopt(client->conn->io.fd, SOL_SOCKET, SO_SNDBUF, &(int){ 1 }, sizeof(int)),
		0);
	while (!client->conn->is_blocked) {
		assert_true(count < 1000);
		memset(text, '.', len);
		snprintf(text, len, "%04u", ++count);
		text[4] = '.';
		text[len] = '\0';
		stage_say(stage, "lobby", text);
		stage_turn(stage);
	}
	return count;
}

/* The frames that come while the client reads and the broker turns, cut down to the first word of
 * each: "0001 0002 mine close". */
static void hear_all(struct stage *stage, struct client *client, struct buf *words)
{
	struct str rest, frame;

	/* A frame may be longer than what a full socket holds: it takes some turns. */
	for (unsigned quiet = 0; quiet < 30; quiet++) {
		rest = str_from(client_hear(client));
		if (rest.len > 0)
			quiet = 0;
		while (str_next(&rest, '|', &frame)) {
			if (str_starts_with(frame, STR_OF("text ")))
				frame = str_range(frame.data + 5, 4);
			buf_append_str(words, frame);
			buf_append_char(words, ' ');
		}
		stage_turn(stage);
	}
}

static void append_numbers(struct buf *words, unsigned last)
{
	for (unsigned i = 1; i <= last; i++)
		buf_append_format(words, "%04u ", i);
}

static void full_socket_keeps_its_position(void **state)
{
	static const size_t lens[] = { 100, 1000, 3000, 19000 };
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct buf expected = { 0 }, heard = { 0 }, mine = { 0 };
		struct client client;
		unsigned count;

		enter_lobby(stage, &client);
		count = fill_socket(stage, &client, lens[i]);
		frame_append(&mine, FRAME_TEXT, STR_OF("mine"));
		shard_reply(stage->shard, client.conn, buf_str(&mine));
		stage_say(stage, "lobby", "last");
		stage_turn(stage);
		assert_true(client.conn->is_lagging);
		append_numbers(&expected, count);
		buf_append_text(&expected, "mine last ");
		hear_all(stage, &client, &heard);
		assert_string_equal(buf_text(&heard), buf_text(&expected));
		assert_false(client.conn->is_lagging);
		client_leave(&client);
		stage_turn(stage);
		buf_finish(&mine);
		buf_finish(&heard);
		buf_finish(&expected);
	}
}

static void member_who_fell_too_far_behind_gets_whole_frames_and_1013(void **state)
{
	struct stage *stage = *state;
	struct buf expected = { 0 }, heard = { 0 };
	struct client client;
	const char *first, *last;

	stage->config.limits_backlog_bytes = 10000;
	enter_lobby(stage, &client);
	fill_socket(stage, &client, 3000);
	while (client.conn->state == CONN_OPEN) {
		stage_say(stage, "lobby", "more");
		stage_turn(stage);
	}
	assert_int_equal(stage_stat(stage, STAT_CLOSED_TOO_SLOW), 1);
	assert_null(client.conn->log);
	stage_pass_ms(stage, 29000); /* it is to be told however late it reads on */
	hear_all(stage, &client, &heard);
	first = buf_text(&heard);
	last = strstr(first, "close 1013 ");
	assert_non_null(last);
	assert_string_equal(last, "close 1013 ");
	append_numbers(&expected, (unsigned)(last - first) / 5);
	buf_append_text(&expected, "close 1013 ");
	assert_string_equal(first, buf_text(&expected));
	buf_finish(&heard);
	buf_finish(&expected);
	client_leave(&client);
}

/* Frames of its own that it has not begun are not sent behind what it lost. */
static void member_who_fell_behind_with_frames_of_its_own_gets_1013_too(void **state)
{
	struct stage *stage = *state;
	struct buf mine = { 0 }, heard = { 0 };
	struct client client;

	stage->config.limits_backlog_bytes = 10000;
	enter_lobby(stage, &client);
	fill_socket(stage, &client, 3000);
	frame_append(&mine, FRAME_TEXT, STR_OF("mine"));
	shard_reply(stage->shard, client.conn, buf_str(&mine));
	while (client.conn->state == CONN_OPEN) {
		stage_say(stage, "lobby", "more and more and more and more and more");
		stage_turn(stage);
	}
	assert_int_equal(stage_stat(stage, STAT_CLOSED_TOO_SLOW), 1);
	hear_all(stage, &client, &heard);
	assert_null(strstr(buf_text(&heard), "mine"));
	assert_true(str_ends_with(buf_str(&heard), STR_OF("close 1013 ")));
	buf_finish(&heard);
	buf_finish(&mine);
	client_leave(&client);
}

static void frame_of_its_own_that_was_begun_is_finished_before_1013(void **state)
{
	static char block[60000];
	struct stage *stage = *state;
	struct buf mine = { 0 }, heard = { 0 };
	struct client client;

	stage->config.limits_backlog_bytes = 10000;
	enter_lobby(stage, &client);
	memset(block, '.', sizeof(block));
	memcpy(block, "mine", 4);
	frame_append(&mine, FRAME_TEXT, str_range(block, sizeof(block)));
	assert_int_equal(
		setsockopt(client.conn->io.fd, SOL_SOCKET, SO_SNDBUF, &(int){ 1 }, sizeof(int)), 0);
	shard_reply(stage->shard, client.conn, buf_str(&mine));
	stage_turn(stage);
	while (client.conn->state == CONN_OPEN) {
		stage_say(stage, "lobby", "more and more and more and more and more");
		stage_turn(stage);
	}
	hear_all(stage, &client, &heard);
	assert_string_equal(buf_text(&heard), "mine close 1013 ");
	buf_finish(&heard);
	buf_finish(&mine);
	client_leave(&client);
}

/* A burst in one turn is no sign of a slow reader. */
static void member_who_kept_up_is_not_cut_off_by_one_burst(void **state)
{
	struct stage *stage = *state;
	struct buf expected = { 0 }, heard = { 0 };
	struct client client;
	char text[3001];

	stage->config.limits_backlog_bytes = 100000;
	enter_lobby(stage, &client);
	assert_int_equal(
		setsockopt(client.conn->io.fd, SOL_SOCKET, SO_SNDBUF, &(int){ 1 }, sizeof(int)), 0);
	memset(text, '.', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (unsigned i = 1; i <= 100; i++) {
		snprintf(text, sizeof(text), "%04u", i);
		text[4] = '.';
		stage_say(stage, "lobby", text);
	}
	append_numbers(&expected, 100);
	hear_all(stage, &client, &heard);
	assert_string_equal(buf_text(&heard), buf_text(&expected));
	assert_int_equal(stage_stat(stage, STAT_CLOSED_TOO_SLOW), 0);
	buf_finish(&expected);
	buf_finish(&heard);
	client_leave(&client);
}

static void member_who_lags_is_let_go_when_memory_is_short(void **state)
{
	struct stage *stage = *state;
	struct buf heard = { 0 };
	struct client client;

	enter_lobby(stage, &client);
	fill_socket(stage, &client, 3000);
	stage_say(stage, "lobby", "more");
	stage_turn(stage);
	assert_int_equal(client.conn->state, CONN_OPEN);
	stage->config.limits_memory_bytes = 1000;
	stage_say(stage, "lobby", "more");
	stage_turn(stage);
	hear_all(stage, &client, &heard);
	assert_true(str_ends_with(buf_str(&heard), STR_OF("close 1013 ")));
	assert_int_equal(stage_stat(stage, STAT_LOG_BYTES), 0);
	buf_finish(&heard);
	client_leave(&client);
	stage_turn(stage);
	assert_int_equal(stage_stat(stage, STAT_REPLY_BYTES), 0);
}

static void member_who_lags_in_a_silent_room_is_let_go_too(void **state)
{
	struct stage *stage = *state;
	struct buf heard = { 0 };
	struct client client;

	enter_lobby(stage, &client);
	fill_socket(stage, &client, 3000);
	stage_say(stage, "lobby", "more");
	stage_turn(stage);
	stage->config.limits_memory_bytes = 1000;
	stage_pass_ms(stage, 1000);
	hear_all(stage, &client, &heard);
	assert_true(str_ends_with(buf_str(&heard), STR_OF("close 1013 ")));
	assert_int_equal(stage_stat(stage, STAT_CLOSED_OUT_OF_MEMORY), 1);
	buf_finish(&heard);
	client_leave(&client);
}

/* What waits for a client stays within its bound whatever the client asks for, and nothing of it
 * is lost. */
static void client_that_does_not_read_is_not_read(void **state)
{
	static char block[8000];
	struct stage *stage = *state;
	struct client client;
	struct buf frame = { 0 };
	unsigned sent = 0, heard = 0;

	client_enter(stage, &client, &consumer_echo, NULL, DIALECT_PLAIN);
	stage_turn(stage);
	client_frame_append(&frame, 0x82, block, sizeof(block));
	while (send(client.fd, frame.data, frame.len, MSG_NOSIGNAL) == (ssize_t)frame.len) {
		assert_true(++sent < 1000);
		stage_turn(stage);
		assert_in_range(outq_bytes(&client.conn->outq), 0, OUTQ_PAUSE_BYTES + 65536);
	}
	assert_false(client.conn->io.events & EPOLLIN);
	for (unsigned turns = 0; heard < sent; turns++) {
		struct str rest, piece;

		assert_true(turns < 1000);
		client_hear(&client);
		rest = buf_str(&client.heard); /* with the NULs of the blocks */
		while (str_next(&rest, '|', &piece))
			heard++;
		stage_turn(stage);
	}
	assert_int_equal(heard, sent);
	assert_true(client.conn->io.events & EPOLLIN);
	buf_finish(&frame);
	client_leave(&client);
}

static void ticker_waits_for_a_client_that_does_not_read(void **state)
{
	static char text[16000];
	struct stage *stage = *state;
	struct client client;
	struct buf frame = { 0 };

	stage->config.limits_idle_ping_seconds = 0; /* nothing else lets the client go */
	client_enter(stage, &client, &consumer_ticker, NULL, DIALECT_PLAIN);
	stage_turn(stage);
	memset(text, 'x', sizeof(text) - 1);
	buf_append_format(&frame, "{\"message\": \"%s\"}", text);
	client_send(&client, FRAME_TEXT, buf_str(&frame));
	for (unsigned ticks = 0; ticks < 100; ticks++) {
		stage_pass_ms(stage, 2000);
		assert_in_range(outq_bytes(&client.conn->outq), 0, OUTQ_PAUSE_BYTES + 20000);
	}
	assert_true(outq_bytes(&client.conn->outq) > 0);
	for (unsigned turns = 0; outq_bytes(&client.conn->outq) > 0; turns++) {
		assert_true(turns < 1000);
		client_hear(&client);
		stage_turn(stage);
	}
	stage_pass_ms(stage, 2000);
	assert_true(str_starts_with(
		str_from(client_hear(&client)), STR_OF("text {\"message\": \"xxx")));
	buf_finish(&frame);
	client_leave(&client);
}

/* What it has sent before is read to the end; the answers would wait for nobody. */
static void nothing_waits_for_a_client_that_has_gone_without_reading(void **state)
{
	static char block[8000];
	struct stage *stage = *state;
	struct client client;
	struct buf frame = { 0 };

	client_enter(stage, &client, &consumer_echo, NULL, DIALECT_PLAIN);
	stage_turn(stage);
	client_frame_append(&frame, 0x82, block, sizeof(block));
	while (send(client.fd, frame.data, frame.len, MSG_NOSIGNAL) == (ssize_t)frame.len)
		stage_turn(stage);
	client_leave(&client);
	stage_turn(stage);
	assert_int_equal(stage_stat(stage, STAT_CONNECTIONS_CLOSED), 0);
	assert_int_equal(stage_stat(stage, STAT_REPLY_BYTES), 0);
	while (stage_stat(stage, STAT_CONNECTIONS_CLOSED) == 0)
		stage_turn(stage);
	buf_finish(&frame);
}

/* A few bytes ask for tens of kilobytes, and a packet holds many questions. */
static void question_waits_for_the_answer_to_the_one_before(void **state)
{
	struct stage *stage = *state;
	struct client client;
	struct buf questions = { 0 };
	const char *heard;

	client_enter(stage, &client, &consumer_chat, "lobby", DIALECT_V1);
	stage_turn(stage);
	client_hear(&client);
	for (size_t i = 0; i < 2; i++)
		client_frame_append(&questions, 0x81, "{\"type\": \"members\"}", 19);
	for (size_t i = 0; i < 2; i++) {
		client_send_bytes(&client, buf_str(&questions));
		stage_turn(stage);
		heard = client_hear(&client);
		assert_true(str_starts_with(str_from(heard),
			STR_OF("text {\"type\": \"error\", \"code\": \"too_fast\"")));
		heard = strstr(heard, "|text {\"type\": \"members\"");
		assert_non_null(heard);
		assert_null(strstr(heard + 1, "|text"));
	}
	buf_finish(&questions);
	client_leave(&client);
}

static void nothing_follows_our_close_frame(void **state)
{
	struct stage *stage = *state;
	struct client client, other;

	enter_lobby(stage, &client);
	enter_lobby(stage, &other);
	stage_say(stage, "lobby", "one");
	shard_close_conn(stage->shard, client.conn, &closing_by_administrator);
	stage_say(stage, "lobby", "two");
	stage_turn(stage);
	assert_string_equal(client_hear(&client), "text one|close 4403|");
	assert_string_equal(client_hear(&other), "text one|text two|");
	client_leave(&client);
	client_leave(&other);
}

/* While it waits for the peer's close frame it keeps nobody's log and is in nobody's way. */
static void closing_member_does_not_hold_back_its_room(void **state)
{
	struct stage *stage = *state;
	struct client client, other;
	struct feed_log *log;

	stage->config.limits_backlog_bytes = 4096;
	enter_lobby(stage, &client);
	enter_lobby(stage, &other);
	log = other.conn->log;
	shard_close_conn(stage->shard, client.conn, &closing_by_administrator);
	stage_turn(stage);
	for (unsigned i = 0; i < 1000; i++) {
		stage_say(stage, "lobby", "said to those who are still here");
		client_send(&client, FRAME_PING, STR_OF("")); /* makes it flush, too */
		stage_turn(stage);
		assert_string_equal(client_hear(&other), "text said to those who are still here|");
		assert_int_equal(log->log.bytes.len, 0);
	}
	assert_int_equal(stage_stat(stage, STAT_CLOSED_TOO_SLOW), 0);
	assert_string_equal(client_hear(&client), "close 4403|");
	client_leave(&client);
	client_leave(&other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ack_comes_before_ones_own_message),
		TEST(own_frames_keep_their_place_among_the_rooms),
		TEST(full_socket_keeps_its_position),
		TEST(member_who_fell_too_far_behind_gets_whole_frames_and_1013),
		TEST(member_who_fell_behind_with_frames_of_its_own_gets_1013_too),
		TEST(frame_of_its_own_that_was_begun_is_finished_before_1013),
		TEST(member_who_kept_up_is_not_cut_off_by_one_burst),
		TEST(member_who_lags_is_let_go_when_memory_is_short),
		TEST(member_who_lags_in_a_silent_room_is_let_go_too),
		TEST(client_that_does_not_read_is_not_read),
		TEST(ticker_waits_for_a_client_that_does_not_read),
		TEST(nothing_waits_for_a_client_that_has_gone_without_reading),
		TEST(question_waits_for_the_answer_to_the_one_before),
		TEST(nothing_follows_our_close_frame),
		TEST(closing_member_does_not_hold_back_its_room),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
