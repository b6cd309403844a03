/* SPDX-License-Identifier: MIT */
/* Connections that are no WebSockets: an event stream follows its room until one side ends it, a
 * long poll until it has been told something; and who polls is not seen to come and go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/away.h"
#include "broker/closing.h"
#include "broker/shard.h"
#include "common/guest.h"
#include "tests/support/stage.h"

#define PING_MS 25000
#define PONG_MS 10000
#define CLOSE_GRACE_MS 2000
#define KEPT_MS 15000
#define POLL_AGAIN "{\"type\": \"close\", \"code\": 1000, \"reason\": \"poll again\"}\n"

static void enter(struct stage *stage, struct client *client, enum dialect dialect)
{
	client_enter(stage, client, &consumer_chat, "lobby", dialect);
	stage_turn(stage);
}

/* Enters, and hears the greeting. */
static void begin(struct stage *stage, struct client *client, enum dialect dialect)
{
	enter(stage, client, dialect);
	assert_non_null(strstr(client_hear(client), "\"welcome\""));
}

static void leave(struct stage *stage, struct client *client)
{
	client_leave(client);
	stage_turn(stage);
	stage_turn(stage);
}

static void event_stream_begins_with_its_head_and_the_welcome(void **state)
{
	struct stage *stage = *state;
	struct client client;
	const char *body, *epoch;
	struct buf expected = { 0 };

	enter(stage, &client, DIALECT_EVENT_STREAM);
	body = client_hear(&client);
	assert_true(str_starts_with(str_from(body), STR_OF("HTTP/1.1 200 OK\r\n")));
	assert_non_null(strstr(body, "\r\nContent-Type: text/event-stream\r\n"));
	body = strstr(body, "\r\n\r\n") + 4;
	epoch = rooms_find(stage->broker.rooms, STR_OF("lobby"))->head.epoch;
	buf_append_format(&expected,
		"retry: 3000\nid: %s-0\ndata: {\"type\": \"welcome\", \"room\": \"lobby\"", epoch);
	assert_true(str_starts_with(str_from(body), buf_str(&expected)));
	assert_string_equal(body + strlen(body) - 3, "}\n\n");
	buf_finish(&expected);
	client_leave(&client);
}

static void event_stream_follows_its_room(void **state)
{
	struct stage *stage = *state;
	struct client stream, socket;

	begin(stage, &stream, DIALECT_EVENT_STREAM);
	begin(stage, &socket, DIALECT_V1);
	stage_say(stage, "lobby", "one");
	stage_say(stage, "lobby", "two");
	stage_turn(stage);
	stage_say(stage, "lobby", "three");
	stage_turn(stage);
	assert_string_equal(client_hear(&stream), "data: one\n\ndata: two\n\ndata: three\n\n");
	assert_string_equal(client_hear(&socket), "text one|text two|text three|");
	client_leave(&stream);
	client_leave(&socket);
}

static void message_names_where_to_go_on(void **state)
{
	struct stage *stage = *state;
	struct client stream, socket;
	struct buf id = { 0 };

	begin(stage, &stream, DIALECT_EVENT_STREAM);
	begin(stage, &socket, DIALECT_V1);
	client_send(&socket, FRAME_TEXT, STR_OF("{\"type\": \"message\", \"message\": \"hi\"}"));
	stage_turn(stage);
	buf_append_format(&id, "id: %s-1\ndata: {\"type\": \"message\", \"seq\": 1, ",
		rooms_find(stage->broker.rooms, STR_OF("lobby"))->head.epoch);
	assert_true(str_starts_with(str_from(client_hear(&stream)), buf_str(&id)));
	buf_finish(&id);
	client_leave(&stream);
	client_leave(&socket);
}

static void event_stream_is_kept_alive_without_an_answer(void **state)
{
	struct stage *stage = *state;
	struct client client;

	begin(stage, &client, DIALECT_EVENT_STREAM);
	for (int i = 0; i < 5; i++) {
		stage_pass_ms(stage, PING_MS);
		stage_turn(stage);
		assert_string_equal(strrchr(client_hear(&client), ':'), ":\n\n");
	}
	assert_int_equal(client.conn->state, CONN_OPEN);
	client_leave(&client);
}

static void what_its_client_says_is_heard_by_nobody(void **state)
{
	struct stage *stage = *state;
	struct client stream, socket;
	char block[4096];

	memset(block, 'x', sizeof(block));
	begin(stage, &stream, DIALECT_EVENT_STREAM);
	begin(stage, &socket, DIALECT_V1);
	stage_pass_ms(stage, 250);
	client_hear(&socket); /* who is there */
	for (size_t i = 0; i < 16; i++) {
		client_send_bytes(&stream, str_range(block, sizeof(block)));
		stage_turn(stage);
	}
	assert_int_equal(stream.conn->state, CONN_OPEN);
	client_hear(&stream);
	client_send_bytes(&stream, STR_OF("x"));
	stage_turn(stage);
	stage_turn(stage);
	assert_string_equal(client_hear(&stream), "end");
	assert_int_equal(stage_stat(stage, STAT_CLOSED_PROTOCOL_ERROR), 1);
	assert_string_equal(client_hear(&socket), "");
	client_leave(&stream);
	client_leave(&socket);
}

static void closing_is_the_last_event(void **state)
{
	static const struct {
		enum dialect dialect;
		const char *last;
	} cases[] = {
		{ DIALECT_EVENT_STREAM, "data: {\"type\": \"close\", \"code\": 4401, \"reason\": "
					"\"logged out\"}\n\nend" },
		{ DIALECT_LINES,
			"{\"type\": \"close\", \"code\": 4401, \"reason\": \"logged out\"}\nend" },
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client client;

		begin(stage, &client, cases[i].dialect);
		shard_close_conn(stage->shard, client.conn, &closing_logged_out);
		stage_turn(stage);
		assert_string_equal(client_hear(&client), cases[i].last);
		leave(stage, &client);
		assert_null(rooms_find(stage->broker.rooms, STR_OF("lobby"))); /* nobody is kept */
	}
	assert_int_equal(stage_stat(stage, STAT_CLOSED_LOGGED_OUT), 2);
}

static void goodbye_comes_before_the_end(void **state)
{
	struct stage *stage = *state;
	struct client stream, poll;

	begin(stage, &stream, DIALECT_EVENT_STREAM);
	begin(stage, &poll, DIALECT_LINES);
	shard_say_goodbye(stage->shard, 0, CLOSE_GRACE_MS);
	stage_turn(stage);
	assert_string_equal(client_hear(&stream),
		"data: {\"type\": \"bye\", \"code\": 1012, \"retry_after\": 0}\n\n"
		"data: {\"type\": \"close\", \"code\": 1012, \"reason\": \"restart\"}\n\nend");
	assert_string_equal(client_hear(&poll),
		"{\"type\": \"bye\", \"code\": 1012, \"retry_after\": 0}\n"
		"{\"type\": \"close\", \"code\": 1012, \"reason\": \"restart\"}\nend");
	stage_pass_ms(stage, CLOSE_GRACE_MS);
	client_leave(&stream);
	client_leave(&poll);
}

static void who_is_turned_away_is_told_in_an_answer(void **state)
{
	struct stage *stage = *state;
	struct scope *scope = client_knock(stage, &consumer_chat, "lobby", NULL);
	struct client client;
	const char *heard;

	scope->dialect = DIALECT_EVENT_STREAM;
	scope->closing = &closing_ticket;
	client_open(stage, &client, scope);
	stage_turn(stage);
	heard = client_hear(&client);
	assert_true(str_starts_with(str_from(heard), STR_OF("HTTP/1.1 200 OK\r\n")));
	assert_string_equal(strstr(heard, "\r\n\r\n"),
		"\r\n\r\nretry: 3000\ndata: {\"type\": \"close\", \"code\": 4401, \"reason\": "
		"\"ticket\"}\n\nend");
	client_leave(&client);
}

static void client_that_leaves_is_not_lost(void **state)
{
	struct stage *stage = *state;
	struct client client;

	begin(stage, &client, DIALECT_EVENT_STREAM);
	leave(stage, &client);
	assert_int_equal(stage_stat(stage, STAT_CLOSED_BY_LEAVING_CLIENT), 1);
	assert_int_equal(stage_stat(stage, STAT_CLOSED_LOST), 0);
}

static void poll_ends_with_the_first_turn_that_tells_something(void **state)
{
	struct stage *stage = *state;
	struct client client;

	begin(stage, &client, DIALECT_LINES);
	stage_turn(stage);
	assert_string_equal(client_hear(&client), "");
	stage_say(stage, "lobby", "one");
	stage_say(stage, "lobby", "two");
	stage_turn(stage);
	assert_string_equal(client_hear(&client), "one\ntwo\n" POLL_AGAIN "end");
	assert_int_equal(stage_stat(stage, STAT_CLOSED_POLL_AGAIN), 1);
	client_leave(&client);
}

static void poll_ends_with_what_is_its_own(void **state)
{
	struct stage *stage = *state;
	struct client client;

	begin(stage, &client, DIALECT_LINES);
	shard_reply(stage->shard, client.conn, STR_OF("{\"type\": \"job.done\"}\n"));
	stage_turn(stage);
	assert_string_equal(client_hear(&client), "{\"type\": \"job.done\"}\n" POLL_AGAIN "end");
	client_leave(&client);
}

static void open_poll(
	struct stage *stage, struct client *client, const struct identity *who, const char *query)
{
	struct scope *scope = client_knock(stage, &consumer_chat, "lobby", who);

	scope->dialect = DIALECT_LINES;
	scope->handshake.query = str_from(query);
	client_open(stage, client, scope);
	stage_turn(stage);
}

/* One that is answered with what is said. */
static void poll_once(struct stage *stage, const struct identity *who)
{
	struct client client;

	open_poll(stage, &client, who, "");
	stage_say(stage, "lobby", "x");
	stage_turn(stage);
	assert_non_null(strstr(client_hear(&client), "x\n" POLL_AGAIN "end"));
	leave(stage, &client);
}

static struct identity make_guest(void)
{
	struct identity who = { .kind = IDENTITY_GUEST };

	guest_create(&who.user);
	return who;
}

static void poll_waits_as_long_as_it_is_asked_to(void **state)
{
	static const struct {
		const char *query;
		uint64_t wait_ms;
	} cases[] = { { "", 25000 }, { "wait=3", 3000 }, { "wait=60", 60000 }, { "wait=61", 60000 },
		{ "wait=x", 25000 } };
	struct stage *stage = *state;
	struct identity who = make_guest();

	poll_once(stage, &who);
	stage_pass_ms(stage, 250); /* that somebody has come is news to himself, too */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client client;

		stage->config.limits_idle_ping_seconds = i % 2 == 0 ? 25 : 0; /* all the same */
		open_poll(stage, &client, &who, cases[i].query);
		client_hear(&client);
		stage_pass_ms(stage, cases[i].wait_ms - 1000);
		stage_turn(stage);
		assert_string_equal(client_hear(&client), "");
		stage_pass_ms(stage, 2000);
		stage_turn(stage);
		assert_string_equal(client_hear(&client), POLL_AGAIN "end");
		leave(stage, &client);
	}
	away_end(stage->broker.away);
}

static void poll_that_does_not_wait_is_answered_at_once(void **state)
{
	struct stage *stage = *state;
	struct client client;
	const char *heard;

	client_enter_with(stage, &client, &consumer_chat, "lobby", DIALECT_LINES, "wait=0");
	stage_turn(stage);
	heard = client_hear(&client);
	assert_non_null(strstr(heard, "\"welcome\""));
	assert_non_null(strstr(heard, "}\n" POLL_AGAIN "end"));
	client_leave(&client);
}

/* Makes the client's socket full, with "x…" events of the room. */
static void fill(struct stage *stage, struct client *client)
{
	char text[1001];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(
		setsockopt(client->conn->io.fd, SOL_SOCKET, SO_SNDBUF, &(int){ 1 }, sizeof(int)),
		0);
	for (unsigned i = 0; !client->conn->is_lagging; i++) {
		assert_true(i < 1000);
		stage_say(stage, "lobby", text);
		stage_turn(stage);
	}
}

static void slow_reader_gets_whole_events_and_the_reason(void **state)
{
	struct stage *stage = *state;
	struct client client;
	const char *heard, *last;

	begin(stage, &client, DIALECT_EVENT_STREAM);
	stage->config.limits_backlog_bytes = 4096;
	fill(stage, &client);
	for (unsigned i = 0; client.conn->state == CONN_OPEN; i++) {
		assert_true(i < 1000);
		stage_say(stage, "lobby", "and more");
		stage_turn(stage);
	}
	heard = client_hear(&client);
	for (unsigned i = 0; strstr(heard, "too slow") == NULL; i++) {
		assert_true(i < 1000);
		assert_null(strstr(heard, "and more"));
		stage_turn(stage);
		heard = client_hear(&client);
	}
	last = strstr(heard, "data: {\"type\": \"close\"");
	assert_string_equal(last,
		"data: {\"type\": \"close\", \"code\": 1013, \"reason\": \"too slow\"}\n\nend");
	assert_true(last == heard || str_is(str_range(last - 3, 3), "x\n\n"));
	client_leave(&client);
}

static void who_takes_nothing_for_long_is_dropped(void **state)
{
	struct stage *stage = *state;
	struct client client;

	begin(stage, &client, DIALECT_EVENT_STREAM);
	fill(stage, &client);
	stage_pass_ms(stage, PING_MS);
	stage_turn(stage);
	assert_int_equal(client.conn->state, CONN_OPEN); /* it may have stopped just now */
	stage_pass_ms(stage, PONG_MS);
	stage_turn(stage);
	assert_int_equal(stage_stat(stage, STAT_CLOSED_UNANSWERED_PING), 1);
	client_leave(&client);
}

static void nobody_sees_who_polls_come_and_go(void **state)
{
	struct stage *stage = *state;
	struct identity who = make_guest();
	struct client member;

	stage->config.limits_idle_ping_seconds = 0;
	begin(stage, &member, DIALECT_V1);
	poll_once(stage, &who);
	stage_pass_ms(stage, 300);
	assert_non_null(strstr(client_hear(&member), "\"count\": 2"));
	for (int i = 0; i < 4; i++) {
		stage_pass_ms(stage, KEPT_MS - 2000);
		poll_once(stage, &who);
		stage_pass_ms(stage, 300);
		assert_null(strstr(client_hear(&member), "presence"));
	}
	stage_pass_ms(stage, KEPT_MS);
	stage_pass_ms(stage, 300);
	assert_non_null(strstr(client_hear(&member), "\"count\": 1"));
	client_leave(&member);
}

static void room_stays_open_for_who_polls_alone(void **state)
{
	struct stage *stage = *state;
	struct identity who = make_guest();

	poll_once(stage, &who);
	assert_non_null(rooms_find(stage->broker.rooms, STR_OF("lobby")));
	stage_pass_ms(stage, KEPT_MS);
	stage_turn(stage);
	assert_null(rooms_find(stage->broker.rooms, STR_OF("lobby")));
}

static void room_waits_for_who_has_changed_the_name(void **state)
{
	struct stage *stage = *state;
	struct identity who = make_guest();
	struct client client;

	poll_once(stage, &who);
	strcpy(who.user.name, "renamed");
	client_open(stage, &client, client_knock(stage, &consumer_chat, "lobby", &who));
	stage_turn(stage);
	leave(stage, &client);
	assert_int_equal(rooms_find(stage->broker.rooms, STR_OF("lobby"))->presence.here.count, 1);
	stage_pass_ms(stage, KEPT_MS);
	stage_turn(stage);
	assert_null(rooms_find(stage->broker.rooms, STR_OF("lobby")));
}

static bool is_that_user(const void *context, const uint8_t *session, const uint8_t *user)
{
	assert_null(session);
	return memcmp(context, user, USER_ID_SIZE) == 0;
}

static void who_must_go_is_kept_no_longer(void **state)
{
	struct stage *stage = *state;
	struct identity who = make_guest(), other = make_guest();
	struct room *room;

	poll_once(stage, &who);
	poll_once(stage, &other);
	room = rooms_find(stage->broker.rooms, STR_OF("lobby"));
	assert_int_equal(room->presence.here.count, 2);
	away_judge(stage->broker.away, is_that_user, who.user.id);
	assert_int_equal(room->presence.here.count, 1);
	assert_string_equal(room->presence.here.people[0]->name, other.user.name);
	away_end(stage->broker.away);
	assert_null(rooms_find(stage->broker.rooms, STR_OF("lobby")));
}

/* Without a cookie nobody comes again: each poll would leave somebody else behind. */
static void newcomer_is_not_kept(void **state)
{
	struct stage *stage = *state;
	struct identity who = make_guest();

	who.guest_is_new = true;
	poll_once(stage, &who);
	assert_null(rooms_find(stage->broker.rooms, STR_OF("lobby")));
}

/* Its poll has ended, and its end is on the way. */
static void who_is_closed_at_the_end_of_a_poll_is_not_kept(void **state)
{
	struct stage *stage = *state;
	struct identity who = make_guest();
	struct client client;

	open_poll(stage, &client, &who, "wait=0");
	assert_non_null(strstr(client_hear(&client), POLL_AGAIN));
	assert_non_null(rooms_find(stage->broker.rooms, STR_OF("lobby")));
	shard_close_conn(stage->shard, client.conn, &closing_logged_out);
	stage_turn(stage);
	leave(stage, &client);
	assert_null(rooms_find(stage->broker.rooms, STR_OF("lobby")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(event_stream_begins_with_its_head_and_the_welcome),
		TEST(event_stream_follows_its_room),
		TEST(message_names_where_to_go_on),
		TEST(event_stream_is_kept_alive_without_an_answer),
		TEST(what_its_client_says_is_heard_by_nobody),
		TEST(closing_is_the_last_event),
		TEST(goodbye_comes_before_the_end),
		TEST(who_is_turned_away_is_told_in_an_answer),
		TEST(client_that_leaves_is_not_lost),
		TEST(poll_ends_with_the_first_turn_that_tells_something),
		TEST(poll_ends_with_what_is_its_own),
		TEST(poll_waits_as_long_as_it_is_asked_to),
		TEST(poll_that_does_not_wait_is_answered_at_once),
		TEST(slow_reader_gets_whole_events_and_the_reason),
		TEST(who_takes_nothing_for_long_is_dropped),
		TEST(nobody_sees_who_polls_come_and_go),
		TEST(room_stays_open_for_who_polls_alone),
		TEST(room_waits_for_who_has_changed_the_name),
		TEST(who_must_go_is_kept_no_longer),
		TEST(newcomer_is_not_kept),
		TEST(who_is_closed_at_the_end_of_a_poll_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
