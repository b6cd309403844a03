/* SPDX-License-Identifier: MIT */
/* Rounds through the members of a room: everybody gets everything once and in order, whoever comes,
 * goes or lags in the middle of a round. The clock moves with each look at it, which is what ends a
 * round's turn early. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/crypto.h"
#include "tests/support/stage.h"

#define MEMBERS 60 /* more than a turn serves when the clock runs */
#define TURN_MEMBERS 500 /* and when it stands still */

struct room_stage {
	struct stage stage;
	struct client members[MEMBERS];
	struct feed *feed;
};

static int room_set_up(void **state)
{
	static struct room_stage room;

	stage_start(&room.stage);
	for (size_t i = 0; i < MEMBERS; i++)
		client_enter(&room.stage, &room.members[i], &consumer_chat, "lobby", DIALECT_PLAIN);
	stage_turn(&room.stage);
	room.feed = room.members[0].conn->log->feed;
	*state = &room;
	return 0;
}

static int room_take_down(void **state)
{
	struct room_stage *room = *state;

	for (size_t i = 0; i < MEMBERS; i++) {
		if (room->members[i].fd >= 0)
			client_leave(&room->members[i]);
	}
	stage_finish(&room->stage);
	return 0;
}

static struct feed_log *plain_log(struct room_stage *room)
{
	return feed_find_log(room->feed, DIALECT_PLAIN);
}

static void append(struct feed *feed, const char *plain, const char *v1)
{
	struct buf frames[DIALECT_COUNT] = { 0 };
	struct str all[DIALECT_COUNT] = { 0 };

	if (plain != NULL)
		frame_append(&frames[DIALECT_PLAIN], FRAME_TEXT, str_from(plain));
	if (v1 != NULL)
		frame_append(&frames[DIALECT_V1], FRAME_TEXT, str_from(v1));
	for (size_t i = 0; i < DIALECT_COUNT; i++)
		all[i] = buf_str(&frames[i]);
	feed_append(feed, all);
	buf_finish(&frames[DIALECT_PLAIN]);
	buf_finish(&frames[DIALECT_V1]);
}

/* Begins a round that stops half-way. */
static void flush_a_part(struct room_stage *room)
{
	stage_clock_step_ms = 3; /* longer than a turn may take */
	assert_false(feed_flush(room->feed));
	stage_clock_step_ms = 0;
	assert_in_range(plain_log(room)->cursor, 2, MEMBERS - 2);
}

static void flush_the_rest(struct room_stage *room)
{
	for (unsigned turns = 0; !feed_flush(room->feed); turns++)
		assert_true(turns < 4);
}

static void assert_all_heard(struct room_stage *room, const char *expected)
{
	for (size_t i = 0; i < MEMBERS; i++) {
		if (room->members[i].fd >= 0)
			assert_string_equal(client_hear(&room->members[i]), expected);
	}
}

static void members_get_what_is_appended_after_they_joined(void **state)
{
	struct room_stage *room = *state;
	struct client late;

	append(room->feed, "one", NULL);
	client_enter(&room->stage, &late, &consumer_chat, "lobby", DIALECT_PLAIN);
	stage_turn(&room->stage);
	append(room->feed, "two", NULL);
	stage_turn(&room->stage);
	assert_all_heard(room, "text one|text two|");
	assert_string_equal(client_hear(&late), "text two|");
	client_leave(&late);
}

static void round_goes_on_at_its_cursor(void **state)
{
	struct room_stage *room = *state;
	size_t cursor;

	append(room->feed, "one", NULL);
	flush_a_part(room);
	cursor = plain_log(room)->cursor;
	for (size_t i = 0; i < MEMBERS; i++)
		assert_string_equal(client_hear(&room->members[i]), i < cursor ? "text one|" : "");
	flush_the_rest(room);
	for (size_t i = 0; i < MEMBERS; i++)
		assert_string_equal(client_hear(&room->members[i]), i < cursor ? "" : "text one|");
}

static void turn_serves_a_bounded_number_of_members(void **state)
{
	struct room_stage *room = *state;
	int fds[2];

	/* The crowd shares one socket, descriptors being scarce. */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	for (size_t i = MEMBERS; i < TURN_MEMBERS + 1; i++)
		stage_open(&room->stage, dup(fds[1]), &consumer_chat, "lobby", DIALECT_PLAIN,
			STR_OF(""));
	stage_turn(&room->stage);
	append(room->feed, "one", NULL);
	assert_false(feed_flush(room->feed));
	assert_int_equal(plain_log(room)->cursor, TURN_MEMBERS);
	assert_true(feed_flush(room->feed));
	assert_all_heard(room, "text one|");
	close(fds[0]);
	close(fds[1]);
}

/* Leaving is tried at both sides of the cursor and on it; a hole that were filled from the wrong
 * side would serve somebody twice or not at all. */
static void members_who_leave_in_a_round_cost_nobody_a_message(void **state)
{
	for (size_t leaver = 0; leaver < MEMBERS; leaver++) {
		struct room_stage *room;

		assert_int_equal(room_set_up(state), 0);
		room = *state;
		append(room->feed, "one", NULL);
		flush_a_part(room);
		conn_drop(room->members[leaver].conn);
		client_leave(&room->members[leaver]);
		assert_int_equal(plain_log(room)->count, MEMBERS - 1);
		flush_the_rest(room);
		assert_all_heard(room, "text one|");
		assert_int_equal(room_take_down(state), 0);
	}
}

static void all_who_were_served_may_leave_in_a_round(void **state)
{
	struct room_stage *room = *state;
	size_t cursor;

	append(room->feed, "one", NULL);
	flush_a_part(room);
	cursor = plain_log(room)->cursor;
	for (size_t i = 0; i < cursor; i++) {
		conn_drop(room->members[i].conn);
		client_leave(&room->members[i]);
	}
	assert_int_equal(plain_log(room)->cursor, 0);
	flush_the_rest(room);
	assert_all_heard(room, "text one|");
}

static void assert_all_know_their_places(const struct feed_log *log)
{
	for (size_t i = 0; i < log->count; i++)
		assert_int_equal(log->members[i]->feed_index, i);
}

/* First those that the round had still to come to: then it ends where its cursor is. */
static void all_may_leave_in_a_round(void **state)
{
	struct room_stage *room = *state;
	struct feed_log *log = plain_log(room);
	size_t cursor;

	append(room->feed, "one", NULL);
	flush_a_part(room);
	cursor = log->cursor;
	for (size_t i = 0; i < MEMBERS; i++) {
		size_t leaver = (i + cursor) % MEMBERS;

		conn_drop(room->members[leaver].conn);
		client_leave(&room->members[leaver]);
		assert_int_equal(log->count, MEMBERS - 1 - i);
		assert_all_know_their_places(log);
	}
}

static void what_is_appended_in_a_round_starts_another(void **state)
{
	struct room_stage *room = *state;

	append(room->feed, "one", NULL);
	flush_a_part(room);
	append(room->feed, "two", NULL);
	flush_the_rest(room);
	assert_all_heard(room, "text one|text two|");
	assert_int_equal(plain_log(room)->log.bytes.len, 0);
}

static void member_who_joins_in_a_round_gets_what_follows(void **state)
{
	struct room_stage *room = *state;
	struct client late;

	append(room->feed, "one", NULL);
	flush_a_part(room);
	client_enter(&room->stage, &late, &consumer_chat, "lobby", DIALECT_PLAIN);
	stage_turn(&room->stage);
	append(room->feed, "two", NULL);
	stage_turn(&room->stage);
	assert_all_heard(room, "text one|text two|");
	assert_string_equal(client_hear(&late), "text two|");
	client_leave(&late);
}

static void each_dialect_is_told_what_is_its_own(void **state)
{
	struct room_stage *room = *state;
	struct client v1;

	client_enter(&room->stage, &v1, &consumer_chat, "lobby", DIALECT_V1);
	stage_turn(&room->stage);
	client_hear(&v1); /* its welcome */
	append(room->feed, NULL, "only v1");
	append(room->feed, "both", "both");
	append(room->feed, "only plain", NULL);
	stage_turn(&room->stage);
	assert_all_heard(room, "text both|text only plain|");
	assert_string_equal(client_hear(&v1), "text only v1|text both|");
	client_leave(&v1);
}

static void log_without_members_stays_empty(void **state)
{
	struct room_stage *room = *state;

	struct client v1;

	append(room->feed, NULL, "to nobody");
	assert_null(feed_find_log(room->feed, DIALECT_V1));
	client_enter(&room->stage, &v1, &consumer_chat, "lobby", DIALECT_V1);
	stage_turn(&room->stage);
	client_leave(&v1);
	stage_turn(&room->stage);
	append(room->feed, NULL, "to nobody any more");
	assert_int_equal(feed_find_log(room->feed, DIALECT_V1)->log.bytes.len, 0);
	assert_false(feed_find_log(room->feed, DIALECT_V1)->is_dirty);
}

static void dialect_that_never_rests_does_not_starve_the_other(void **state)
{
	struct room_stage *room = *state;
	struct client v1;

	client_enter(&room->stage, &v1, &consumer_chat, "lobby", DIALECT_V1);
	stage_turn(&room->stage);
	client_hear(&v1);
	append(room->feed, "one", "one");
	stage_clock_step_ms = 3;
	for (unsigned turns = 0; strstr(client_hear(&v1), "text one|") == NULL; turns++) {
		assert_true(turns < 8);
		append(room->feed, "more", NULL);
		feed_flush(room->feed);
	}
	client_leave(&v1);
}

/* Fills the member's socket, so that it lags in the room. */
static void fill_socket(struct room_stage *room, struct client *member)
{
	char text[1001];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(
		setsockopt(member->conn->io.fd, SOL_SOCKET, SO_SNDBUF, &(int){ 1 }, sizeof(int)),
		0);
	for (unsigned frames = 0; plain_log(room)->lagging == 0; frames++) {
		assert_true(frames < 1000);
		append(room->feed, text, NULL);
		stage_turn(&room->stage);
		for (size_t i = 0; i < MEMBERS; i++) {
			if (&room->members[i] != member)
				client_hear(&room->members[i]);
		}
	}
	assert_true(member->conn->is_lagging);
}

static void room_that_had_no_turn_is_the_next_ones_first(void **state)
{
	struct room_stage *room = *state;
	struct client small;

	client_enter(&room->stage, &small, &consumer_chat, "small", DIALECT_PLAIN);
	stage_turn(&room->stage);
	append(room->feed, "large", NULL);
	append(small.conn->log->feed, "small", NULL);
	stage_clock_step_ms = 5;
	stage_turn(&room->stage);
	assert_true(plain_log(room)->is_dirty);
	assert_string_equal(client_hear(&small), "");
	append(room->feed, "more", NULL);
	stage_turn(&room->stage);
	assert_true(plain_log(room)->is_dirty);
	assert_string_equal(client_hear(&small), "text small|");
	client_leave(&small);
}

static void log_is_kept_for_a_member_who_lags_and_trimmed_when_it_has_caught_up(void **state)
{
	struct room_stage *room = *state;
	struct client *slow = &room->members[7];

	fill_socket(room, slow);
	append(room->feed, "one", NULL);
	stage_turn(&room->stage);
	assert_string_equal(client_hear(&room->members[8]), "text one|");
	assert_true(plain_log(room)->log.bytes.len > 0);
	assert_true(plain_log(room)->log.start <= slow->conn->position);
	for (unsigned turns = 0; plain_log(room)->lagging > 0; turns++) {
		assert_true(turns < 1000);
		client_hear(slow);
		stage_turn(&room->stage);
	}
	assert_non_null(strstr(client_hear(slow), "text one|"));
	assert_int_equal(plain_log(room)->log.bytes.len, 0);
}

static void log_is_trimmed_when_the_member_who_lagged_has_caught_up_in_a_round(void **state)
{
	struct room_stage *room = *state;
	struct client *slow = &room->members[7];

	fill_socket(room, slow);
	append(room->feed, "one", NULL);
	flush_a_part(room);
	assert_true(plain_log(room)->cursor > 7);
	for (unsigned writes = 0; plain_log(room)->lagging > 0; writes++) {
		assert_true(writes < 1000);
		client_hear(slow);
		slow->conn->is_blocked = false; /* as EPOLLOUT says */
		conn_flush(slow->conn);
	}
	flush_the_rest(room);
	assert_int_equal(plain_log(room)->log.bytes.len, 0);
}

static void log_of_a_room_that_never_rests_is_trimmed(void **state)
{
	struct room_stage *room = *state;

	for (unsigned i = 0; i < 300; i++) {
		append(room->feed, "more and more and more and more and more and more", NULL);
		flush_a_part(room);
		append(room->feed, "more and more and more and more and more and more", NULL);
		feed_flush(room->feed);
		assert_in_range(plain_log(room)->log.bytes.len, 0, 4 * 51);
		for (size_t member = 0; member < MEMBERS; member++)
			client_hear(&room->members[member]);
	}
	flush_the_rest(room);
}

static void log_is_trimmed_when_the_member_who_lagged_has_gone(void **state)
{
	struct room_stage *room = *state;
	struct client *slow = &room->members[7];

	fill_socket(room, slow);
	client_leave(slow);
	stage_turn(&room->stage);
	assert_int_equal(plain_log(room)->lagging, 0);
	assert_int_equal(plain_log(room)->log.bytes.len, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, room_set_up, room_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(members_get_what_is_appended_after_they_joined),
		TEST(round_goes_on_at_its_cursor),
		TEST(turn_serves_a_bounded_number_of_members),
		cmocka_unit_test(members_who_leave_in_a_round_cost_nobody_a_message),
		TEST(all_who_were_served_may_leave_in_a_round),
		TEST(all_may_leave_in_a_round),
		TEST(what_is_appended_in_a_round_starts_another),
		TEST(member_who_joins_in_a_round_gets_what_follows),
		TEST(each_dialect_is_told_what_is_its_own),
		TEST(log_without_members_stays_empty),
		TEST(dialect_that_never_rests_does_not_starve_the_other),
		TEST(room_that_had_no_turn_is_the_next_ones_first),
		TEST(log_is_kept_for_a_member_who_lags_and_trimmed_when_it_has_caught_up),
		TEST(log_is_trimmed_when_the_member_who_lagged_has_caught_up_in_a_round),
		TEST(log_of_a_room_that_never_rests_is_trimmed),
		TEST(log_is_trimmed_when_the_member_who_lagged_has_gone),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
