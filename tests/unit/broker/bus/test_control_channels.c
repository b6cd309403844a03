/* SPDX-License-Identifier: MIT */
/* Channels and groups over control: what is refused, what is answered at once, and what waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/bus/bus.h"
#include "broker/bus/control.h"
#include "broker/layer/inboxes.h"
#include "common/base/crypto.h"
#include "tests/support/stage.h"

#define CONNECTION 5
#define REQUEST_ID 77
#define BROKER "0123456789ab"

/* What came of what waited. */
static struct {
	enum layer_result result;
	uint64_t id;
	unsigned count;
} settled;

void __wrap_bus_settle(
	struct bus *bus, uint64_t request_id, enum layer_result result, uint64_t seq);

void __wrap_bus_settle(struct bus *bus, uint64_t request_id, enum layer_result result, uint64_t seq)
{
	settled.result = result;
	settled.id = request_id;
	settled.count++;
	(void)bus, (void)seq;
}

static struct control_asker asker;
static char taken[128];

static void take(struct layer_receiver *receiver, struct str message)
{
	snprintf(taken, sizeof(taken), "%.*s", STR_ARG(message));
	(void)receiver;
}

static int set_up(void **state)
{
	asker = (struct control_asker){ .id = REQUEST_ID,
		.connection = CONNECTION,
		.may_wait = true,
		.receiver = { .take = take } };
	list_init(&asker.receiver.link);
	taken[0] = '\0';
	settled.count = 0;
	return stage_set_up(state);
}

/* Borrowed until the next one. */
static const char *ask(struct stage *stage, const char *request, enum control_outcome outcome)
{
	static char text[512];
	struct buf answer = { 0 };

	assert_int_equal(
		control_answer(&stage->broker, str_from(request), &asker, &answer), outcome);
	snprintf(text, sizeof(text), "%s", buf_text(&answer));
	buf_finish(&answer);
	return text;
}

static void assert_refused(struct stage *stage, const char *request, const char *code)
{
	char expected[64];

	snprintf(expected, sizeof(expected), "\"error\": \"%s\"", code);
	assert_non_null(strstr(ask(stage, request, CONTROL_REFUSED), expected));
}

static void assert_done(struct stage *stage, const char *request)
{
	assert_string_equal(ask(stage, request, CONTROL_ANSWERED), "{\"ok\": true}");
}

static void what_is_wrong_has_a_code(void **state)
{
	static const struct {
		const char *request;
		const char *code;
	} rows[] = {
		{ "{\"op\": \"new_channel\", \"prefix\": \"\"}", "bad_prefix" },
		{ "{\"op\": \"new_channel\", \"prefix\": 1}", "bad_prefix" },
		{ "{\"op\": \"new_channel\", \"bound\": 1}", "bad_bound" },
		{ "{\"op\": \"send\", \"message\": {}}", "bad_channel" },
		{ "{\"op\": \"send\", \"channel\": \"a b\", \"message\": {}}", "bad_channel" },
		{ "{\"op\": \"send\", \"channel\": \"a\"}", "bad_message" },
		{ "{\"op\": \"send\", \"channel\": \"a\", \"message\": []}", "bad_message" },
		{ "{\"op\": \"send\", \"channel\": \"a\", \"message\": {}, \"ref\": \"\"}",
			"bad_ref" },
		{ "{\"op\": \"send\", \"channel\": \"a\", \"message\": {}, \"sender\": 1}",
			"bad_sender" },
		{ "{\"op\": \"send\", \"channel\": \"a!b\", \"message\": {}}", "no_channel" },
		{ "{\"op\": \"send\", \"channel\": \"specific." BROKER "!1\", \"message\": {}}",
			"no_type" },
		{ "{\"op\": \"send\", \"channel\": \"specific." BROKER
		  "!1\", \"message\": {\"type\": \"x\"}}",
			"no_channel" },
		{ "{\"op\": \"receive\"}", "bad_channel" },
		{ "{\"op\": \"receive\", \"channel\": \"a\", \"timeout_ms\": -1}", "bad_timeout" },
		{ "{\"op\": \"receive\", \"channel\": \"a\", \"timeout_ms\": 30001}",
			"bad_timeout" },
		{ "{\"op\": \"receive\", \"channel\": \"a\", \"timeout_ms\": \"\"}",
			"bad_timeout" },
		{ "{\"op\": \"receive\", \"channel\": \"a\", \"timeout_ms\": 0}", "empty" },
		{ "{\"op\": \"receive\", \"channel\": \"a!b\"}", "no_channel" },
		{ "{\"op\": \"group_add\", \"channel\": \"a\"}", "bad_room" },
		{ "{\"op\": \"group_add\", \"group\": \"a b\", \"channel\": \"a\"}", "bad_group" },
		{ "{\"op\": \"group_add\", \"group\": \"g\"}", "bad_channel" },
		{ "{\"op\": \"group_add\", \"group\": \"g\", \"channel\": \"a!b\"}", "no_channel" },
		{ "{\"op\": \"group_discard\", \"room\": \"a/b\", \"channel\": \"a\"}",
			"bad_room" },
		{ "{\"op\": \"group_send\", \"group\": \"g h\", \"event\": {\"type\": \"x\"}}",
			"bad_room" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused(*state, rows[i].request, rows[i].code);
}

static void message_waits_until_it_is_received(void **state)
{
	assert_done(*state,
		"{\"op\": \"send\", \"channel\": \"test_channel\", \"message\": {\"n\": [1, 2]}}");
	assert_string_equal(ask(*state, "{\"op\": \"receive\", \"channel\": \"test_channel\"}",
				    CONTROL_ANSWERED),
		"{\"ok\": true, \"message\": {\"n\": [1, 2]}}");
	assert_refused(*state,
		"{\"op\": \"receive\", \"channel\": \"test_channel\", \"timeout_ms\": 0}", "empty");
}

static void receiver_waits_for_a_message(void **state)
{
	struct stage *stage = *state;
	struct buf answer = { 0 };

	assert_int_equal(control_answer(&stage->broker,
				 STR_OF("{\"op\": \"receive\", \"channel\": \"a\", "
					"\"timeout_ms\": 70}"),
				 &asker, &answer),
		CONTROL_RECEIVES);
	assert_int_equal(asker.timeout_ms, 70);
	control_end_receive(&answer, STR_OF("{\"n\": 1}"));
	assert_string_equal(buf_text(&answer), "{\"ok\": true, \"message\": {\"n\": 1}}");
	buf_finish(&answer);
	assert_int_equal(settled.count, 0);
	stage->broker.layer->ops->cancel_receive(stage->broker.layer, &asker.receiver);
	assert_string_equal(taken, "");
}

static void who_waits_is_told_at_once(void **state)
{
	ask(*state, "{\"op\": \"receive\", \"channel\": \"a\"}", CONTROL_RECEIVES);
	assert_int_equal(asker.timeout_ms, 30000);
	assert_done(*state, "{\"op\": \"send\", \"channel\": \"a\", \"message\": {\"n\": 1}}");
	assert_string_equal(taken, "{\"n\": 1}");
}

static void nobody_waits_beyond_what_may(void **state)
{
	struct stage *stage = *state;

	asker.may_wait = false;
	assert_refused(stage, "{\"op\": \"receive\", \"channel\": \"a\"}", "busy");
	assert_true(list_is_empty(&asker.receiver.link));
	assert_done(stage, "{\"op\": \"send\", \"channel\": \"a\", \"message\": {\"n\": 1}}");
	assert_string_equal(
		ask(stage, "{\"op\": \"receive\", \"channel\": \"a\"}", CONTROL_ANSWERED),
		"{\"ok\": true, \"message\": {\"n\": 1}}");
}

static void nothing_is_received_or_bound_for_who_is_gone(void **state)
{
	struct stage *stage = *state;

	assert_done(stage, "{\"op\": \"send\", \"channel\": \"a\", \"message\": {\"n\": 1}}");
	asker.connection = 0;
	assert_refused(stage, "{\"op\": \"receive\", \"channel\": \"a\"}", "gone");
	assert_refused(stage, "{\"op\": \"new_channel\", \"bound\": true}", "gone");
	assert_false(asker.has_bound);
	/* What it says is heard. */
	assert_done(stage, "{\"op\": \"send\", \"channel\": \"b\", \"message\": {\"n\": 1}}");
	asker.connection = CONNECTION;
	ask(stage, "{\"op\": \"receive\", \"channel\": \"a\"}", CONTROL_ANSWERED);
}

static void channels_are_made_and_bound(void **state)
{
	struct stage *stage = *state;
	const char *answer = ask(stage, "{\"op\": \"new_channel\"}", CONTROL_ANSWERED);

	assert_non_null(strstr(answer, "\"channel\": \"specific." BROKER "!"));
	assert_false(asker.has_bound);
	assert_int_equal(stage_stat(stage, STAT_CHANNELS), 0);
	answer = ask(stage, "{\"op\": \"new_channel\", \"prefix\": \"bot\", \"bound\": true}",
		CONTROL_ANSWERED);
	assert_non_null(strstr(answer, "\"channel\": \"bot." BROKER "!"));
	assert_true(asker.has_bound);
	assert_int_equal(stage_stat(stage, STAT_CHANNELS), 1);
	stage->broker.layer->ops->end_owner(stage->broker.layer, CONNECTION);
	assert_int_equal(stage_stat(stage, STAT_CHANNELS), 0);
}

static void too_many_bound_channels_are_refused(void **state)
{
	for (unsigned i = 0; i < INBOXES_MAX; i++)
		ask(*state, "{\"op\": \"new_channel\", \"bound\": true}", CONTROL_ANSWERED);
	asker.has_bound = false;
	assert_refused(*state, "{\"op\": \"new_channel\", \"bound\": true}", "busy");
	assert_false(asker.has_bound);
}

static void group_without_a_room_has_members_and_no_numbers(void **state)
{
	static const char *const events[] = { "{\"type\": \"job.done\", \"n\": 1}",
		"{\"type\": \"chat.message\", \"message\": \"hi\", \"x\": 2}" };

	assert_done(*state, "{\"op\": \"group_add\", \"group\": \"g\", \"channel\": \"a\"}");
	for (size_t i = 0; i < 2; i++) {
		char text[256];

		snprintf(text, sizeof(text),
			"{\"op\": \"group_send\", \"group\": \"g\", \"event\": %s}", events[i]);
		assert_done(*state, text);
		snprintf(text, sizeof(text), "{\"ok\": true, \"message\": %s}", events[i]);
		assert_string_equal(
			ask(*state, "{\"op\": \"receive\", \"channel\": \"a\"}", CONTROL_ANSWERED),
			text);
	}
	assert_string_equal(
		ask(*state, "{\"op\": \"members\", \"group\": \"g\"}", CONTROL_ANSWERED),
		"{\"ok\": true, \"group\": \"g\", \"members\": [], \"people\": 0, \"more\": false, "
		"\"channels\": [\"a\"]}");
	assert_done(*state, "{\"op\": \"group_discard\", \"group\": \"g\", \"channel\": \"a\"}");
	assert_done(*state, "{\"op\": \"flush\"}");
}

static void rooms_group_is_the_same_by_both_names(void **state)
{
	const char *message;

	assert_done(
		*state, "{\"op\": \"group_add\", \"group\": \"chat_lobby\", \"channel\": \"a\"}");
	assert_done(*state, "{\"op\": \"group_add\", \"room\": \"lobby\", \"channel\": \"a\"}");
	ask(*state,
		"{\"op\": \"group_send\", \"room\": \"lobby\", \"event\": {\"type\": "
		"\"chat.message\", \"message\": \"hi\"}}",
		CONTROL_WAITS);
	message = ask(*state, "{\"op\": \"receive\", \"channel\": \"a\"}", CONTROL_ANSWERED);
	assert_non_null(strstr(message, "\"room\": \"lobby\", \"seq\": 1"));
	assert_refused(
		*state, "{\"op\": \"receive\", \"channel\": \"a\", \"timeout_ms\": 0}", "empty");
}

/* The channel's name of the stage's first connection. */
#define SOCKET "specific." BROKER "!100000000"
#define SEND_TO_SOCKET                                                             \
	"{\"op\": \"send\", \"channel\": \"" SOCKET "\", \"message\": {\"type\": " \
	"\"chat.message\", \"message\": \"psst\"}, \"ref\": \"1\"}"

static void message_to_a_socket_comes_back_with_its_fate(void **state)
{
	struct stage *stage = *state;
	struct client client;
	const char *heard;

	client_enter(stage, &client, &consumer_chat, "lobby", DIALECT_PLAIN);
	stage_turn(stage);
	client_hear(&client);
	ask(stage, SEND_TO_SOCKET, CONTROL_WAITS);
	ask(stage, SEND_TO_SOCKET, CONTROL_WAITS); /* before the first is settled */
	stage_turn(stage);
	assert_int_equal(settled.count, 2);
	assert_int_equal(settled.id, REQUEST_ID);
	assert_int_equal(settled.result, LAYER_REPEATED);
	heard = client_hear(&client);
	assert_true(str_starts_with(str_from(heard),
		STR_OF("text {\"message\": \"psst\", \"user\": \"\", \"time\": ")));
	assert_null(strstr(heard, "seq"));
	assert_ptr_equal(strchr(heard, '|'), heard + strlen(heard) - 1); /* once */
	assert_string_equal(
		ask(stage, SEND_TO_SOCKET, CONTROL_ANSWERED), "{\"ok\": true, \"repeated\": true}");
	/* What plain clients are not told of. */
	ask(stage,
		"{\"op\": \"send\", \"channel\": \"" SOCKET "\", \"message\": {\"type\": \"x\"}}",
		CONTROL_WAITS);
	stage_turn(stage);
	assert_int_equal(settled.result, LAYER_SENT);
	assert_string_equal(client_hear(&client), "");
	client_leave(&client);
	stage_turn(stage);
	assert_refused(stage,
		"{\"op\": \"send\", \"channel\": \"" SOCKET "\", \"message\": {\"type\": \"x\"}}",
		"no_channel");
}

static void full_socket_is_full(void **state)
{
	struct stage *stage = *state;
	static char request[100000];
	struct client client;

	client_enter(stage, &client, &consumer_chat, "lobby", DIALECT_V1);
	stage_turn(stage);
	memset(request, 'x', sizeof(request));
	memcpy(request,
		"{\"op\": \"send\", \"channel\": \"" SOCKET
		"\", \"message\": {\"type\": \"t\", \"x\": \"",
		strlen("{\"op\": \"send\", \"channel\": \"" SOCKET
		       "\", \"message\": {\"type\": \"t\", \"x\": \""));
	memcpy(request + sizeof(request) - 4, "\"}}", 4);
	for (settled.count = 0; settled.count < 100; stage_turn(stage)) {
		ask(stage, request, CONTROL_WAITS);
		if (settled.count > 0 && settled.result != LAYER_SENT)
			break;
	}
	assert_int_equal(settled.result, LAYER_FULL);
	assert_int_equal(stage_stat(stage, STAT_CHANNEL_FULL), 1);
	stage_turn(stage);
	client_leave(&client);
	stage_turn(stage);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_wrong_has_a_code),
		TEST(message_waits_until_it_is_received),
		TEST(receiver_waits_for_a_message),
		TEST(who_waits_is_told_at_once),
		TEST(nobody_waits_beyond_what_may),
		TEST(nothing_is_received_or_bound_for_who_is_gone),
		TEST(channels_are_made_and_bound),
		TEST(too_many_bound_channels_are_refused),
		TEST(group_without_a_room_has_members_and_no_numbers),
		TEST(rooms_group_is_the_same_by_both_names),
		TEST(message_to_a_socket_comes_back_with_its_fate),
		TEST(full_socket_is_full),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
