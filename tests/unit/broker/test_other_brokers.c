/* SPDX-License-Identifier: MIT */
/* What the connections here see of what other brokers tell; and what this broker tells the
 * others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/away.h"
#include "broker/bus/control.h"
#include "broker/other_brokers.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "tests/support/fake_history.h"
#include "tests/support/stage.h"

#define PRESENCE_MS 250
#define OTHER_EPOCH "00000000000000bb"

static struct layer_ops ops; /* the layer's own, and two that note what they are told */
static struct buf told; /* "lobby+ann|" and "close NAME|" */

static void note_person(struct layer *layer, struct str room, const struct user *user, bool is_here)
{
	buf_append_format(&told, "%.*s%c%s|", STR_ARG(room), is_here ? '+' : '-', user->name);
	(void)layer;
}

static void note_notice(struct layer *layer, const struct layer_notice *notice)
{
	static const char *const names[] = { "announce", "close", "revoke" };

	buf_append_format(&told, "%s %.*s|", names[notice->kind], STR_ARG(notice->text));
	(void)layer;
}

static int set_up(void **state)
{
	static struct stage stage;

	stage_start_with(&stage, "process");
	ops = *stage.broker.layer->ops;
	ops.person = note_person;
	ops.notify = note_notice;
	stage.broker.layer->ops = &ops;
	stage.broker.layer->is_shared = true;
	*state = &stage;
	return 0;
}

static int take_down(void **state)
{
	stage_finish(*state);
	buf_finish(&told);
	return 0;
}

static void assert_told(const char *expected)
{
	assert_string_equal(buf_text(&told), expected);
	buf_clear(&told);
}

static struct user user_of(unsigned id, const char *name)
{
	struct user user = { 0 };

	memcpy(user.id, &id, sizeof(id));
	snprintf(user.name, sizeof(user.name), "%s", name);
	return user;
}

static void enter_as(struct stage *stage, struct client *client, unsigned id, const char *name)
{
	struct identity who = { .kind = IDENTITY_GUEST, .user = user_of(id, name) };
	struct scope *scope = client_knock(stage, &consumer_chat, "lobby", &who);

	scope->dialect = DIALECT_V1;
	client_open(stage, client, scope);
	stage_turn(stage);
	if (fake_history.heads_asked > 0)
		fake_history_tell_head(41, STORE_OK);
	stage_turn(stage);
}

static void leave(struct stage *stage, struct client *client)
{
	client_leave(client);
	stage_turn(stage);
	stage_turn(stage);
}

static void tell_person(struct stage *stage, unsigned id, const char *name, bool is_here)
{
	struct user user = user_of(id, name);

	other_brokers_tell_person(&stage->broker, STR_OF("lobby"), &user, is_here);
}

static void assert_hears(struct stage *stage, struct client *client, const char *expected)
{
	const char *heard;

	stage_pass_ms(stage, PRESENCE_MS);
	stage_turn(stage);
	heard = client_hear(client);
	if (expected[0] == '\0')
		assert_string_equal(heard, "");
	else
		assert_non_null(strstr(heard, expected));
}

static void people_elsewhere_come_and_go(void **state)
{
	struct stage *stage = *state;
	struct client ann, cem;

	enter_as(stage, &ann, 1, "ann");
	assert_hears(stage, &ann, "\"joined\": [\"ann\"]");
	tell_person(stage, 2, "bea", true);
	assert_hears(stage, &ann, "\"joined\": [\"bea\"], \"left\": [], \"count\": 2");
	enter_as(stage, &cem, 3, "cem");
	assert_hears(stage, &cem, "\"members\": [\"ann\", \"bea\", \"cem\"], \"members_total\": 3");
	tell_person(stage, 2, "bea", false);
	assert_hears(stage, &ann, "\"left\": [\"bea\"], \"count\": 2");
	leave(stage, &cem);
	leave(stage, &ann);
	assert_told("lobby+ann|lobby+cem|lobby-cem|lobby-ann|");
}

static void room_closes_whoever_is_in_it_elsewhere(void **state)
{
	struct stage *stage = *state;
	struct client ann;

	enter_as(stage, &ann, 1, "ann");
	tell_person(stage, 2, "bea", true);
	leave(stage, &ann);
	assert_int_equal(rooms_count(stage->broker.rooms), 0);
	tell_person(stage, 2, "bea", false); /* nobody's business any more */
}

static void others_are_told_of_people_not_of_connections(void **state)
{
	struct stage *stage = *state;
	struct client first, second;

	enter_as(stage, &first, 1, "ann");
	enter_as(stage, &second, 1, "ann");
	leave(stage, &first);
	assert_told("lobby+ann|");
	leave(stage, &second);
	assert_told("lobby-ann|");
}

static void who_is_kept_is_gone_for_others_when_he_is_let_go(void **state)
{
	struct stage *stage = *state;
	struct client ann;

	enter_as(stage, &ann, 1, "ann");
	away_keep(stage->broker.away, &ann.conn->channel, NULL);
	leave(stage, &ann);
	assert_told("lobby+ann|");
	stage_pass_ms(stage, 16000);
	assert_told("lobby-ann|");
	assert_int_equal(rooms_count(stage->broker.rooms), 0);
}

static void announcement_of_another_broker_is_said_and_not_told_on(void **state)
{
	struct stage *stage = *state;
	struct layer_notice notice = { .kind = NOTICE_ANNOUNCE, .text = STR("back at 8") };
	struct client ann;

	enter_as(stage, &ann, 1, "ann");
	assert_told("lobby+ann|");
	other_brokers_take_notice(&stage->broker, &notice);
	assert_hears(stage, &ann, "{\"type\": \"notice\", \"message\": \"back at 8\"}");
	assert_told("");
	leave(stage, &ann);
}

static void channel_is_closed_for_another_broker(void **state)
{
	struct stage *stage = *state;
	struct client ann;
	struct buf name = { 0 };
	struct layer_notice notice = { .kind = NOTICE_CLOSE };

	enter_as(stage, &ann, 1, "ann");
	channel_write_name(
		broker_channel_id(&stage->broker, &ann.conn->channel), stage->broker.id, &name);
	notice.text = buf_str(&name);
	other_brokers_take_notice(&stage->broker, &notice);
	assert_hears(stage, &ann, "close 4403");
	leave(stage, &ann);
	other_brokers_take_notice(&stage->broker, &notice);
	buf_finish(&name);
}

static void revocations_of_another_broker_close_here_alone(void **state)
{
	static const struct {
		const char *reason;
		const char *heard;
	} cases[] = {
		{ "banned", "close 4403" },
		{ "logged out", "close 4401" },
		{ "a reason of tomorrow", "close 4401" },
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client ann, bea;
		struct user user = user_of(1, "ann");
		struct layer_notice notice = { NOTICE_REVOKE, str_from(cases[i].reason), user.id,
			sizeof(user.id) };

		enter_as(stage, &ann, 1, "ann");
		enter_as(stage, &bea, 2, "bea");
		assert_told("lobby+ann|lobby+bea|");
		assert_hears(stage, &bea, "welcome");
		other_brokers_take_notice(&stage->broker, &notice);
		assert_told("");
		assert_hears(stage, &ann, cases[i].heard);
		assert_hears(stage, &bea, "");
		leave(stage, &ann);
		leave(stage, &bea);
		buf_clear(&told);
	}
}

static const char *ask(struct stage *stage, const char *request, enum control_outcome outcome)
{
	static char text[256];
	struct buf answer = { 0 };

	assert_int_equal(control_answer(&stage->broker, str_from(request),
				 &(struct control_asker){ .id = 1 }, &answer),
		outcome);
	snprintf(text, sizeof(text), "%s", buf_text(&answer));
	buf_finish(&answer);
	return text;
}

static void what_is_asked_for_here_is_told_to_the_others(void **state)
{
	struct stage *stage = *state;

	ask(stage, "{\"op\": \"announce\", \"message\": \"hi\"}", CONTROL_ANSWERED);
	assert_told("announce hi|");
	ask(stage, "{\"op\": \"close\", \"channel\": \"specific.aaaaaaaaaaaa!1\"}",
		CONTROL_ANSWERED);
	assert_told("close specific.aaaaaaaaaaaa!1|");
	ask(stage, "{\"op\": \"close\", \"channel\": \"specific.0123456789ab!1\"}",
		CONTROL_REFUSED);
	ask(stage, "{\"op\": \"close\", \"channel\": \"specific.aaaaaaaaaaaa!x\"}",
		CONTROL_REFUSED);
	assert_told("");
}

static void channel_that_cannot_be_reached_is_not_closed(void **state)
{
	struct stage *stage = *state;

	other_brokers_tell_link(&stage->broker, false);
	assert_non_null(strstr(ask(stage,
				       "{\"op\": \"close\", \"channel\": "
				       "\"specific.aaaaaaaaaaaa!1\"}",
				       CONTROL_REFUSED),
		"\"unavailable\""));
	assert_told("");
}

static void link_that_is_lost_is_told_and_who_comes_in_as_well(void **state)
{
	struct stage *stage = *state;
	struct client ann, bea, plain;
	const char *heard, *error;

	enter_as(stage, &ann, 1, "ann");
	client_enter(stage, &plain, &consumer_chat, "lobby", DIALECT_PLAIN);
	stage_turn(stage);
	other_brokers_tell_link(&stage->broker, false);
	assert_hears(stage, &ann, "{\"type\": \"error\", \"code\": \"unavailable\", \"message\"");
	enter_as(stage, &bea, 2, "bea");
	heard = client_hear(&bea);
	error = strstr(heard, "\"code\": \"unavailable\"");
	assert_non_null(error);
	assert_true(strstr(heard, "\"type\": \"welcome\"") < error);
	other_brokers_tell_link(&stage->broker, true);
	assert_hears(stage, &bea, "{\"type\": \"available\"}");
	assert_hears(stage, &plain, "");
	leave(stage, &bea);
	leave(stage, &plain);
	leave(stage, &ann);
}

static void begin_anew(struct stage *stage, uint64_t seq)
{
	struct layer_head head = { OTHER_EPOCH, seq };

	other_brokers_begin_anew(&stage->broker, STR_OF("lobby"), &head);
	stage_turn(stage);
}

static void say(struct stage *stage, uint64_t seq)
{
	struct event event = { .type = STR("chat.message"),
		.is_message = true,
		.room = STR("lobby"),
		.user = STR("ann"),
		.message = STR("hi"),
		.seq = seq,
		.epoch = OTHER_EPOCH };

	broker_deliver(&stage->broker, &event, &(struct author){ 0 });
	stage_turn(stage);
}

static void numbering_that_begins_anew_is_told(void **state)
{
	struct stage *stage = *state;
	struct client ann, stream, again;

	enter_as(stage, &ann, 1, "ann");
	client_enter(stage, &stream, &consumer_chat, "lobby", DIALECT_EVENT_STREAM);
	stage_turn(stage);
	begin_anew(stage, 0);
	assert_hears(
		stage, &ann, "{\"type\": \"epoch\", \"epoch\": \"" OTHER_EPOCH "\", \"seq\": 0}");
	assert_hears(stage, &stream, "id: " OTHER_EPOCH "-0\ndata: {\"type\": \"epoch\"");
	say(stage, 1);
	assert_hears(stage, &ann, "\"seq\": 1,");
	client_enter_with(stage, &again, &consumer_chat, "lobby", DIALECT_V1,
		"epoch=" OTHER_EPOCH "&after=0");
	assert_hears(stage, &again, "\"seq\": 1, \"recovered\": true");
	leave(stage, &again);
	leave(stage, &stream);
	leave(stage, &ann);
}

/* The numbers that he has are another epoch's, and the answer on its way is too. */
static void who_waits_to_come_in_meanwhile_begins_with_the_last_messages(void **state)
{
	struct stage *stage = *state;
	struct client ann, bea;

	enter_as(stage, &ann, 1, "ann");
	client_enter_with(
		stage, &bea, &consumer_chat, "lobby", DIALECT_V1, "epoch=00000000000000aa&after=5");
	stage_turn(stage);
	begin_anew(stage, 41); /* as many as there were */
	fake_history_tell_rows(6, STORE_OK);
	stage_turn(stage);
	assert_string_equal(client_hear(&bea), "");
	assert_int_equal(fake_history.rows_asked, 2);
	fake_history_tell_rows(1, STORE_OK);
	assert_hears(stage, &bea, "\"seq\": 41, \"recovered\": false");
	leave(stage, &bea);
	leave(stage, &ann);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(people_elsewhere_come_and_go),
		TEST(room_closes_whoever_is_in_it_elsewhere),
		TEST(others_are_told_of_people_not_of_connections),
		TEST(who_is_kept_is_gone_for_others_when_he_is_let_go),
		TEST(announcement_of_another_broker_is_said_and_not_told_on),
		TEST(channel_is_closed_for_another_broker),
		TEST(revocations_of_another_broker_close_here_alone),
		TEST(what_is_asked_for_here_is_told_to_the_others),
		TEST(channel_that_cannot_be_reached_is_not_closed),
		TEST(link_that_is_lost_is_told_and_who_comes_in_as_well),
		TEST(numbering_that_begins_anew_is_told),
		TEST(who_waits_to_come_in_meanwhile_begins_with_the_last_messages),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
