/* SPDX-License-Identifier: MIT */
/* A joiner hears everything behind the message that it names, once and in order, also where kept
 * messages end and new ones begin. One that cannot be told all is told so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "broker/away.h"
#include "broker/closing.h"
#include "broker/history/tail.h"
#include "broker/joiner.h"
#include "broker/past.h"
#include "tests/support/fake_history.h"
#include "tests/support/stage.h"

#define EPOCH "00000000000000aa"

static int set_up(void **state)
{
	static struct stage stage;

	stage_start_with(&stage, "process");
	*state = &stage;
	return 0;
}

/* With a query such as "epoch=E&after=4"; its room is "lobby". */
static void enter(struct stage *stage, struct client *client, const char *query)
{
	client_enter_with(stage, client, &consumer_chat, "lobby", DIALECT_V1, query);
	stage_turn(stage);
}

/* An event stream whose browser has come back to its old address. */
static void enter_stream(
	struct stage *stage, struct client *client, const char *query, const char *last_event_id)
{
	struct scope *scope = client_knock(stage, &consumer_chat, "lobby", NULL);

	scope->dialect = DIALECT_EVENT_STREAM;
	scope->handshake.query = str_from(query);
	scope->handshake.last_event_id = str_from(last_event_id);
	client_open(stage, client, scope);
	stage_turn(stage);
}

static void leave(struct stage *stage, struct client *client)
{
	client_leave(client);
	stage_turn(stage);
	stage_turn(stage);
}

static void commit(struct stage *stage, uint64_t seq)
{
	char text[32];
	struct event event = { .type = STR("chat.message"),
		.is_message = true,
		.room = STR("lobby"),
		.user = STR("ann") };

	snprintf(text, sizeof(text), "text %" PRIu64, seq);
	event.message = str_from(text);
	assert_int_equal(broker_group_send(&stage->broker, &event, NULL), LAYER_SENT);
	fake_history_settle(HISTORY_COMMITTED, seq);
	stage_turn(stage);
}

/* All that came: a welcome first, then exactly the messages from first to last. */
static void check_heard(struct client *client, const char *welcome, uint64_t first, uint64_t last)
{
	const char *heard = client_hear(client);
	char wanted[64];

	if (welcome != NULL) {
		assert_non_null(strstr(heard, "\"type\": \"welcome\""));
		assert_non_null(strstr(heard, welcome));
	}
	for (uint64_t seq = first; seq <= last; seq++) {
		snprintf(wanted, sizeof(wanted), "\"message\": \"text %" PRIu64 "\"", seq);
		heard = strstr(heard, wanted);
		assert_non_null(heard);
	}
	assert_null(strstr(heard + 1, "\"message\""));
}

static void joiner_waits_until_the_head_is_known(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter(stage, &client, "");
	assert_string_equal(client_hear(&client), "");
	assert_int_equal(fake_history.heads_asked, 1);
	fake_history_tell_head(41, STORE_OK);
	stage_turn(stage);
	check_heard(&client, "\"epoch\": \"" EPOCH "\", \"seq\": 41, \"recovered\": false", 1, 0);
	commit(stage, 42);
	check_heard(&client, NULL, 42, 42);
	leave(stage, &client);
}

static void what_is_committed_before_the_head_is_in_it(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter(stage, &client, "");
	commit(stage, 41);
	assert_string_equal(client_hear(&client), "");
	fake_history_tell_head(41, STORE_OK);
	stage_turn(stage);
	commit(stage, 42);
	check_heard(&client, "\"seq\": 41", 42, 42);
	leave(stage, &client);
}

static void who_comes_back_hears_what_he_missed_and_goes_on(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter(stage, &client, "epoch=" EPOCH "&after=700");
	fake_history_tell_head(1000, STORE_OK);
	stage_turn(stage);
	assert_string_equal(client_hear(&client), "");
	assert_int_equal(fake_history.range_after, 700);
	assert_int_equal(fake_history.range_until, 1000);
	commit(stage, 1001); /* while the disk is read */
	fake_history_tell_rows(701, STORE_OK);
	stage_turn(stage);
	check_heard(&client, "\"seq\": 1001, \"recovered\": true", 701, 1001);
	commit(stage, 1002);
	check_heard(&client, NULL, 1002, 1002);
	leave(stage, &client);
}

/* Whoever types an address knows a number and no epoch. */
static void number_alone_is_one_of_today(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter(stage, &client, "after=998");
	fake_history_tell_head(1000, STORE_OK);
	fake_history_tell_rows(999, STORE_OK);
	stage_turn(stage);
	check_heard(&client, "\"seq\": 1000, \"recovered\": true", 999, 1000);
	leave(stage, &client);
}

static void event_stream_goes_on_behind_the_last_event_it_had(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter_stream(stage, &client, "epoch=" EPOCH "&after=1", EPOCH "-700");
	fake_history_tell_head(1000, STORE_OK);
	fake_history_tell_rows(701, STORE_OK);
	stage_turn(stage);
	assert_int_equal(fake_history.range_after, 700);
	check_heard(&client, "retry: 3000\ndata: {\"type\": \"welcome\"", 701, 1000);
	commit(stage, 1001);
	check_heard(&client, NULL, 1001, 1001);
	leave(stage, &client);
}

static void event_id_that_is_none_begins_anew(void **state)
{
	static const char *const ids[] = { "x", EPOCH, EPOCH "-", EPOCH "-x", "-700", "-",
		EPOCH "-7-7" };
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct client client;

		enter_stream(stage, &client, "epoch=" EPOCH "&after=999", ids[i]);
		fake_history_tell_head(1000, STORE_OK);
		fake_history_tell_rows(951, STORE_OK);
		stage_turn(stage);
		check_heard(&client, "\"recovered\": false", 951, 1000);
		leave(stage, &client);
	}
}

static void poll_ends_with_what_was_missed(void **state)
{
	struct stage *stage = *state;
	struct client client;
	const char *heard;

	client_enter_with(stage, &client, &consumer_chat, "lobby", DIALECT_LINES,
		"epoch=" EPOCH "&after=998");
	fake_history_tell_head(1000, STORE_OK);
	fake_history_tell_rows(999, STORE_OK);
	stage_turn(stage);
	heard = strstr(client_hear(&client), "\"recovered\": true");
	assert_non_null(heard);
	heard = strstr(heard, "\"message\": \"text 999\"");
	assert_non_null(heard);
	heard = strstr(heard, "\"message\": \"text 1000\"");
	assert_non_null(heard);
	assert_string_equal(strchr(heard, '\n'),
		"\n{\"type\": \"close\", \"code\": 1000, \"reason\": \"poll again\"}\nend");
	leave(stage, &client);
	away_end(stage->broker.away);
}

static void many_who_come_back_cost_one_reading(void **state)
{
	struct stage *stage = *state;
	struct client clients[20];

	for (size_t i = 0; i < 20; i++) {
		char query[64];

		snprintf(query, sizeof(query), "epoch=" EPOCH "&after=%zu", 500 + i);
		enter(stage, &clients[i], query);
	}
	assert_int_equal(fake_history.heads_asked, 1);
	fake_history_tell_head(1000, STORE_OK);
	fake_history_tell_rows(501, STORE_OK);
	stage_turn(stage);
	for (size_t i = 0; i < 20; i++)
		check_heard(&clients[i], "\"recovered\": true", 501 + i, 1000);
	assert_int_equal(fake_history.rows_asked, 1);
	for (size_t i = 0; i < 20; i++)
		leave(stage, &clients[i]);
}

static void what_is_in_the_tail_is_not_read_again(void **state)
{
	struct stage *stage = *state;
	struct client speaker, back;

	enter(stage, &speaker, "");
	fake_history_tell_head(10, STORE_OK);
	for (uint64_t seq = 11; seq <= 30; seq++)
		commit(stage, seq);
	enter(stage, &back, "epoch=" EPOCH "&after=10");
	check_heard(&back, "\"recovered\": true", 11, 30);
	assert_int_equal(fake_history.rows_asked, 0);
	leave(stage, &back);
	leave(stage, &speaker);
}

/* A reader who cannot be told all gets the last ones, and knows it. */
static void check_not_recovered(struct stage *stage, const char *query)
{
	struct client client;

	enter(stage, &client, query);
	if (fake_history.heads_asked > 0)
		fake_history_tell_head(20000, STORE_OK);
	if (fake_history.has_range) {
		assert_int_equal(fake_history.range_after, 19950);
		fake_history_tell_rows(19951, STORE_OK);
	}
	stage_turn(stage);
	check_heard(&client, "\"recovered\": false", 19951, 20000);
	leave(stage, &client);
}

static void who_cannot_be_told_all_gets_the_last_messages(void **state)
{
	static const char *const queries[] = {
		"epoch=" EPOCH "&after=9999", /* more than resume_messages */
		"epoch=" EPOCH "&after=20001", /* from the future: an older copy was put back */
		"epoch=00000000000000bb&after=19990",
		"epoch=" EPOCH,
		"epoch=" EPOCH "&after=",
		"epoch=" EPOCH "&after=-1",
		"epoch=&after=3",
	};

	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		check_not_recovered(*state, queries[i]);
}

static void limit_of_what_is_told_is_the_configured_one(void **state)
{
	struct stage *stage = *state;
	struct client client;

	stage->config.limits_resume_messages = 100;
	enter(stage, &client, "epoch=" EPOCH "&after=900");
	fake_history_tell_head(1000, STORE_OK);
	fake_history_tell_rows(901, STORE_OK);
	stage_turn(stage);
	check_heard(&client, "\"recovered\": true", 901, 1000);
	commit(stage, 1001);
	check_heard(&client, NULL, 1001, 1001);
	leave(stage, &client);
	enter(stage, &client, "epoch=" EPOCH "&after=900");
	fake_history_tell_head(1001, STORE_OK);
	fake_history_tell_rows(952, STORE_OK);
	stage_turn(stage);
	check_heard(&client, "\"recovered\": false", 952, 1001);
	leave(stage, &client);
}

static void what_was_deleted_is_not_pretended_to_be_there(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter(stage, &client, "epoch=" EPOCH "&after=100");
	fake_history_tell_head(1000, STORE_OK);
	assert_int_equal(fake_history.range_after, 100);
	fake_history_tell_rows(991, STORE_OK); /* only the last ten are kept */
	stage_turn(stage);
	check_heard(&client, "\"recovered\": false", 991, 1000);
	leave(stage, &client);
}

static void who_cannot_be_read_to_is_let_in_all_the_same(void **state)
{
	struct stage *stage = *state;
	struct client client, later;

	enter(stage, &client, "epoch=" EPOCH "&after=100");
	fake_history_tell_head(1000, STORE_OK);
	fake_history_tell_rows(0, STORE_IO);
	stage_turn(stage);
	check_heard(&client, "\"recovered\": false", 1, 0);
	/* The disk is asked again for the next one. */
	enter(stage, &later, "epoch=" EPOCH "&after=100");
	fake_history_tell_rows(101, STORE_OK);
	stage_turn(stage);
	check_heard(&later, "\"recovered\": true", 101, 1000);
	leave(stage, &later);
	leave(stage, &client);
}

static void busy_reader_is_asked_again(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter(stage, &client, "epoch=" EPOCH "&after=990");
	fake_history.is_full = true;
	fake_history_tell_head(1000, STORE_OK);
	stage_turn(stage);
	assert_string_equal(client_hear(&client), "");
	fake_history.is_full = false;
	stage_pass_ms(stage, 100);
	fake_history_tell_rows(991, STORE_OK);
	stage_turn(stage);
	check_heard(&client, "\"recovered\": true", 991, 1000);
	leave(stage, &client);
}

static void room_that_cannot_be_opened_sends_away_with_1013(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter(stage, &client, "");
	fake_history_tell_head(0, STORE_IO);
	stage_turn(stage);
	assert_string_equal(client_hear(&client), "close 1013|");
	leave(stage, &client);
	assert_int_equal(rooms_count(stage->broker.rooms), 0);
	/* The next one asks anew. */
	enter(stage, &client, "");
	fake_history_tell_head(5, STORE_OK);
	stage_turn(stage);
	check_heard(&client, "\"seq\": 5", 1, 0);
	leave(stage, &client);
}

static void who_is_ahead_of_a_broker_of_several_comes_back_later(void **state)
{
	struct stage *stage = *state;
	struct client member, client;

	stage->broker.layer->is_shared = true;
	enter(stage, &member, "");
	enter(stage, &client, "epoch=" EPOCH "&after=1001");
	fake_history_tell_head(1000, STORE_OK);
	stage_turn(stage);
	assert_string_equal(client_hear(&client), "close 1013|");
	leave(stage, &client);
	leave(stage, &member);
}

static void who_opens_a_room_that_has_less_than_it_has_heard_begins_anew(void **state)
{
	struct stage *stage = *state;
	struct client client;

	stage->broker.layer->is_shared = true;
	enter(stage, &client, "epoch=" EPOCH "&after=9");
	fake_history_tell_head(0, STORE_OK);
	stage_turn(stage);
	check_heard(&client, "\"seq\": 0, \"recovered\": false", 1, 0);
	commit(stage, 1);
	check_heard(&client, NULL, 1, 1);
	leave(stage, &client);
}

static void who_names_no_epoch_is_never_ahead(void **state)
{
	struct stage *stage = *state;
	struct client member, client;

	stage->broker.layer->is_shared = true;
	enter(stage, &member, "");
	fake_history_tell_head(1, STORE_OK);
	stage_turn(stage);
	commit(stage, 2);
	enter(stage, &client, "after=999999");
	fake_history_tell_rows(1, STORE_OK);
	stage_turn(stage);
	check_heard(&client, "\"seq\": 2, \"recovered\": false", 1, 2);
	leave(stage, &client);
	leave(stage, &member);
}

/* It comes back as often as it likes. */
static void come_in_vain(struct stage *stage, const char *query)
{
	struct client client;

	enter(stage, &client, query);
	assert_string_equal(client_hear(&client), "close 1013|");
	leave(stage, &client);
}

static void who_stays_ahead_begins_anew(void **state)
{
	struct stage *stage = *state;
	struct client member, client;

	stage->broker.layer->is_shared = true;
	stage->config.limits_idle_ping_seconds = 0;
	enter(stage, &member, "");
	fake_history_tell_head(0, STORE_OK);
	stage_turn(stage);
	come_in_vain(stage, "epoch=" EPOCH "&after=1");
	commit(stage, 1); /* that came late, and the next one may, too */
	stage_pass_ms(stage, 11000);
	come_in_vain(stage, "epoch=" EPOCH "&after=9");
	stage->broker.is_cut_off = true;
	stage_pass_ms(stage, 11000);
	come_in_vain(stage, "epoch=" EPOCH "&after=9");
	stage->broker.is_cut_off = false;
	stage_pass_ms(stage, 11000);
	enter(stage, &client, "epoch=" EPOCH "&after=9");
	check_heard(&client, "\"seq\": 1, \"recovered\": false", 1, 1);
	leave(stage, &client);
	leave(stage, &member);
}

static void who_may_be_told_elsewhere_comes_back_later(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter(stage, &client, "epoch=" EPOCH "&after=900");
	fake_history_tell_head(1000, STORE_OK);
	fake_history_tell_rows(0, STORE_ELSEWHERE);
	stage_turn(stage);
	assert_string_equal(client_hear(&client), "close 1013|");
	leave(stage, &client);
}

static void who_waits_at_the_stop_is_closed_with_1012(void **state)
{
	struct stage *stage = *state;
	struct client waiting, late;

	enter(stage, &waiting, "");
	stage->broker.goodbye_spread_seconds = 1;
	joiners_send_away(&stage->broker);
	stage_turn(stage);
	enter(stage, &late, "");
	stage_turn(stage);
	assert_string_equal(client_hear(&waiting), "close 1012|");
	assert_string_equal(client_hear(&late), "close 1012|");
	leave(stage, &waiting);
	leave(stage, &late);
	assert_int_equal(rooms_count(stage->broker.rooms), 0);
	stage->broker.goodbye_spread_seconds = 0;
}

static void tail_gives_back_what_only_those_needed_who_came_back(void **state)
{
	struct stage *stage = *state;
	struct client client;
	struct room *room;

	enter(stage, &client, "epoch=" EPOCH "&after=10000");
	fake_history_tell_head(20000, STORE_OK);
	fake_history_tell_rows(10001, STORE_OK);
	room = rooms_find(stage->broker.rooms, STR_OF("lobby"));
	assert_true(tail_bytes(room->past->tail) > 256 * 1024);
	assert_true(stage_stat(stage, STAT_REPLAY_BYTES) > 256 * 1024);
	do
		stage_turn(stage);
	while (client_hear(&client)[0] != '\0');
	stage_pass_ms(stage, PAST_KEPT_MS);
	assert_true(tail_bytes(room->past->tail) <= 256 * 1024);
	assert_int_equal(stage_stat(stage, STAT_REPLAY_BYTES), 0);
	leave(stage, &client);
}

/* The last members leave a room in which somebody waits: it stays open without any. */
static void leave_beside_joiner(struct stage *stage, struct client *joiner)
{
	struct client members[2];

	enter(stage, &members[0], "");
	enter(stage, &members[1], "");
	fake_history_tell_head(1000, STORE_OK);
	stage_pass_ms(stage, 1000); /* they are told of each other, and their going is news */
	enter(stage, joiner, "epoch=" EPOCH "&after=700");
	leave(stage, &members[0]);
	leave(stage, &members[1]);
}

static void presence_is_told_to_nobody_while_all_wait(void **state)
{
	struct stage *stage = *state;
	struct client joiner;

	leave_beside_joiner(stage, &joiner);
	stage_pass_ms(stage, 1000);
	fake_history_tell_rows(701, STORE_OK);
	stage_turn(stage);
	check_heard(&joiner, "\"recovered\": true", 701, 1000);
	leave(stage, &joiner);
}

static void announcement_passes_by_those_who_wait(void **state)
{
	struct stage *stage = *state;
	struct client joiner;

	leave_beside_joiner(stage, &joiner);
	assert_int_equal(rooms_announce(stage->broker.rooms, STR_OF("soon")), 0);
	fake_history_tell_rows(701, STORE_OK);
	stage_turn(stage);
	check_heard(&joiner, "\"recovered\": true", 701, 1000);
	leave(stage, &joiner);
}

static void all_readings_together_are_bounded(void **state)
{
	struct stage *stage = *state;
	struct client first, second;
	size_t most;

	enter(stage, &first, "epoch=" EPOCH "&after=900");
	fake_history_tell_head(1000, STORE_OK);
	most = fake_history.range_bytes_max;
	fake_history_tell_rows(901, STORE_OK);
	enter(stage, &second, "epoch=" EPOCH "&after=800");
	assert_true(fake_history.range_bytes_max < most);
	fake_history_tell_rows(801, STORE_OK);
	stage_turn(stage);
	check_heard(&second, "\"recovered\": true", 801, 1000);
	leave(stage, &first);
	leave(stage, &second);
}

/* While others take theirs. */
static void who_is_sent_much_and_does_not_read_gives_way(void **state)
{
	struct stage *stage = *state;
	struct client client, reader;
	const char *heard;

	stage->config.limits_memory_bytes = 512 * 1024;
	enter(stage, &reader, "");
	enter(stage, &client, "epoch=" EPOCH "&after=10000");
	fake_history_tell_head(20000, STORE_OK);
	fake_history_tell_rows(10001, STORE_OK);
	stage_turn(stage);
	stage_pass_ms(stage, 1000);
	assert_int_equal(stage_stat(stage, STAT_CLOSED_OUT_OF_MEMORY), 1);
	heard = client_hear(&client);
	assert_non_null(strstr(heard, "\"message\": \"text 10001\""));
	assert_null(strstr(heard, "\"message\": \"text 20000\""));
	stage_turn(stage);
	heard = client_hear(&client);
	assert_string_equal(strstr(heard, "close"), "close 1013|");
	stage_pass_ms(stage, PAST_KEPT_MS);
	assert_int_equal(stage_stat(stage, STAT_REPLAY_BYTES), 0);
	leave(stage, &client);
	leave(stage, &reader);
}

/* The room has been closed and opened since the question, and more was said. */
static void late_answer_does_not_hide_what_is_there(void **state)
{
	struct stage *stage = *state;
	struct client client, later;

	enter(stage, &client, "");
	fake_history_tell_head(1000, STORE_OK);
	stage_turn(stage);
	fake_history_tell_none("lobby", 990);
	enter(stage, &later, "epoch=" EPOCH "&after=995");
	fake_history_tell_rows(996, STORE_OK);
	stage_turn(stage);
	check_heard(&later, "\"recovered\": true", 996, 1000);
	leave(stage, &later);
	leave(stage, &client);
}

static void who_loses_the_session_while_waiting_is_sent_away_alone(void **state)
{
	struct stage *stage = *state;
	struct client lost, other;

	enter(stage, &lost, "");
	enter(stage, &other, "");
	joiner_turn_away(&stage->broker,
		list_entry(stage->broker.scopes.next, struct scope, link)->joiner,
		&closing_logged_out);
	stage_turn(stage);
	assert_string_equal(client_hear(&lost), "close 4401|");
	fake_history_tell_head(5, STORE_OK);
	stage_turn(stage);
	check_heard(&other, "\"seq\": 5", 1, 0);
	leave(stage, &lost);
	leave(stage, &other);
}

static void room_of_nobody_but_who_is_sent_away_is_closed(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter(stage, &client, "");
	list_entry(stage->broker.scopes.next, struct scope, link)->closing = &closing_banned;
	fake_history_tell_head(5, STORE_OK);
	stage_turn(stage);
	assert_string_equal(client_hear(&client), "close 4403|");
	assert_int_equal(rooms_count(stage->broker.rooms), 0);
	leave(stage, &client);
	enter(stage, &client, "");
	joiner_turn_away(&stage->broker,
		list_entry(stage->broker.scopes.next, struct scope, link)->joiner, &closing_banned);
	assert_int_equal(rooms_count(stage->broker.rooms), 0);
	stage_turn(stage);
	leave(stage, &client);
}

static void who_leaves_while_waiting_leaves_nothing_behind(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter(stage, &client, "");
	client_leave(&client);
	fake_history_tell_head(3, STORE_OK);
	stage_turn(stage);
	stage_turn(stage);
	assert_int_equal(rooms_count(stage->broker.rooms), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ON_STAGE(name) cmocka_unit_test_setup_teardown(name, set_up, stage_take_down)
		ON_STAGE(joiner_waits_until_the_head_is_known),
		ON_STAGE(what_is_committed_before_the_head_is_in_it),
		ON_STAGE(who_comes_back_hears_what_he_missed_and_goes_on),
		ON_STAGE(number_alone_is_one_of_today),
		ON_STAGE(event_stream_goes_on_behind_the_last_event_it_had),
		ON_STAGE(event_id_that_is_none_begins_anew),
		ON_STAGE(poll_ends_with_what_was_missed),
		ON_STAGE(many_who_come_back_cost_one_reading),
		ON_STAGE(what_is_in_the_tail_is_not_read_again),
		ON_STAGE(who_cannot_be_told_all_gets_the_last_messages),
		ON_STAGE(limit_of_what_is_told_is_the_configured_one),
		ON_STAGE(what_was_deleted_is_not_pretended_to_be_there),
		ON_STAGE(who_cannot_be_read_to_is_let_in_all_the_same),
		ON_STAGE(busy_reader_is_asked_again),
		ON_STAGE(room_that_cannot_be_opened_sends_away_with_1013),
		ON_STAGE(who_is_ahead_of_a_broker_of_several_comes_back_later),
		ON_STAGE(who_opens_a_room_that_has_less_than_it_has_heard_begins_anew),
		ON_STAGE(who_names_no_epoch_is_never_ahead),
		ON_STAGE(who_stays_ahead_begins_anew),
		ON_STAGE(who_may_be_told_elsewhere_comes_back_later),
		ON_STAGE(who_waits_at_the_stop_is_closed_with_1012),
		ON_STAGE(tail_gives_back_what_only_those_needed_who_came_back),
		ON_STAGE(presence_is_told_to_nobody_while_all_wait),
		ON_STAGE(announcement_passes_by_those_who_wait),
		ON_STAGE(all_readings_together_are_bounded),
		ON_STAGE(late_answer_does_not_hide_what_is_there),
		ON_STAGE(who_is_sent_much_and_does_not_read_gives_way),
		ON_STAGE(who_loses_the_session_while_waiting_is_sent_away_alone),
		ON_STAGE(room_of_nobody_but_who_is_sent_away_is_closed),
		ON_STAGE(who_leaves_while_waiting_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
