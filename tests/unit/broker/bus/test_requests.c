/* SPDX-License-Identifier: MIT */
/* Requests that wait: how many of one connection and of all may wait, how many are answered in a
 * turn, and when those are answered that wait for others. The test calls the receive function
 * itself, for connections that nng does not know, and catches answers on their way to nng. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/bus/bus.h"
#include "broker/bus/control.h"
#include "broker/bus/requests.h"
#include "common/base/crypto.h"
#include "tests/support/stage.h"

struct setting {
	struct stage stage;
	struct requests requests;
	char folder[64];
};

/* The last answer, and how many there were. */
static struct {
	char text[512];
	int pipe;
	unsigned count;
} told;

int __wrap_nng_sendmsg(nng_socket socket, nng_msg *message, int flags);

int __wrap_nng_sendmsg(nng_socket socket, nng_msg *message, int flags)
{
	snprintf(told.text, sizeof(told.text), "%.*s", STR_ARG(message_text(message)));
	told.pipe = nng_pipe_id(nng_msg_get_pipe(message));
	told.count++;
	nng_msg_free(message);
	(void)socket, (void)flags;
	return 0;
}

enum layer_result __wrap_broker_group_send(
	struct broker *broker, struct event *event, const struct author *author);
enum layer_result __real_broker_group_send(
	struct broker *broker, struct event *event, const struct author *author);

/* While true, messages are taken and nothing more is heard of them. */
static bool is_held;
static uint64_t held_ids[REQUESTS_MAX];
static size_t held_count;

enum layer_result __wrap_broker_group_send(
	struct broker *broker, struct event *event, const struct author *author)
{
	if (!is_held)
		return __real_broker_group_send(broker, event, author);
	held_ids[held_count++] = author->id;
	return LAYER_SENT;
}

static void settle(struct setting *setting, uint64_t id, enum layer_result result, uint64_t seq)
{
	struct waiting_request *request = requests_find(&setting->requests, id);

	if (request == NULL)
		return;
	control_end_send(&request->answer, result, seq);
	requests_answer(request);
}

/* The setting of the test that runs: the stage's broker has no bus. */
static struct setting *on_stage;

void __wrap_bus_settle(
	struct bus *bus, uint64_t request_id, enum layer_result result, uint64_t seq);

void __wrap_bus_settle(struct bus *bus, uint64_t request_id, enum layer_result result, uint64_t seq)
{
	(void)bus;
	settle(on_stage, request_id, result, seq);
}

static int setting_set_up(void **state)
{
	static struct setting setting;
	char path[96];

	setting = (struct setting){ .folder = "/tmp/roomwire-test-XXXXXX" };
	stage_start(&setting.stage);
	on_stage = &setting;
	is_held = false;
	held_count = 0;
	told.count = 0;
	if (mkdtemp(setting.folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/socket", setting.folder);
	*state = &setting;
	return requests_start(&setting.requests, &setting.stage.broker, path) ? 0 : -1;
}

static int setting_take_down(void **state)
{
	struct setting *setting = *state;

	requests_finish(&setting->requests);
	stage_finish(&setting->stage);
	return rmdir(setting->folder);
}

static void ask(struct setting *setting, uint32_t pipe, const char *request)
{
	struct watched_socket *socket = &setting->requests.socket;
	struct str text = str_from(request);
	nng_msg *message;

	assert_int_equal(nng_msg_alloc(&message, 0), 0);
	assert_int_equal(nng_msg_append(message, text.data, text.len), 0);
	nng_msg_set_pipe(message, (nng_pipe){ pipe });
	requests_add_caller(&setting->requests, pipe);
	socket->protocol->receive(socket, message);
}

static void connection_with_too_many_is_told_and_others_are_not(void **state)
{
	struct setting *setting = *state;

	for (int i = 0; i < REQUESTS_PER_PIPE_MAX; i++)
		ask(setting, 1, "{}");
	assert_int_equal(stage_stat(&setting->stage, STAT_CONTROL_BUSY), 0);
	ask(setting, 1, "{}");
	assert_int_equal(stage_stat(&setting->stage, STAT_CONTROL_BUSY), 1);
	ask(setting, 2, "{}");
	assert_int_equal(stage_stat(&setting->stage, STAT_CONTROL_BUSY), 1);
	assert_int_equal(setting->requests.count, REQUESTS_PER_PIPE_MAX + 1);
	stage_turn(&setting->stage);
	assert_int_equal(setting->requests.count, 0);
	ask(setting, 1, "{}");
	assert_int_equal(stage_stat(&setting->stage, STAT_CONTROL_BUSY), 1);
	assert_int_equal(stage_stat(&setting->stage, STAT_CONTROL_REQUESTS), 67);
}

static void no_more_than_so_many_wait(void **state)
{
	struct setting *setting = *state;

	for (uint32_t i = 0; i <= REQUESTS_MAX; i++)
		ask(setting, 1 + i, "{}");
	assert_int_equal(setting->requests.count, REQUESTS_MAX);
	assert_int_equal(stage_stat(&setting->stage, STAT_CONTROL_BUSY), 1);
}

static void long_answers_leave_turns_to_others(void **state)
{
	struct setting *setting = *state;
	size_t waiting;
	unsigned turns = 0;

	for (uint32_t i = 0; i < 200; i++)
		ask(setting, 1 + i, "{\"op\": \"stats\"}");
	for (waiting = 200; waiting > 0; turns++) {
		stage_turn(&setting->stage);
		assert_true(setting->requests.count < waiting);
		waiting = setting->requests.count;
	}
	assert_in_range(turns, 2, 10);
}

static const char message[] = "{\"op\": \"group_send\", \"room\": \"r\", "
			      "\"event\": {\"type\": \"chat.message\", \"message\": \"x\"}}";

static void answer_may_come_while_the_handler_runs(void **state)
{
	struct setting *setting = *state;

	ask(setting, 1, message);
	stage_turn(&setting->stage);
	assert_int_equal(told.count, 1);
	assert_string_equal(told.text, "{\"ok\": true, \"seq\": 1}");
	assert_int_equal(setting->requests.count, 0);
}

static void answers_go_to_who_asked_in_any_order(void **state)
{
	struct setting *setting = *state;

	is_held = true;
	for (uint32_t pipe = 1; pipe <= 3; pipe++)
		ask(setting, pipe, message);
	stage_turn(&setting->stage);
	assert_int_equal(told.count, 0);
	assert_int_equal(setting->requests.count, 3);
	settle(setting, held_ids[1], LAYER_SENT, 5);
	assert_int_equal(told.pipe, 2);
	assert_string_equal(told.text, "{\"ok\": true, \"seq\": 5}");
	settle(setting, held_ids[0], LAYER_STORAGE, 0);
	assert_int_equal(told.pipe, 1);
	assert_non_null(strstr(told.text, "\"storage\""));
	settle(setting, held_ids[1], LAYER_SENT, 6); /* not a second time */
	assert_int_equal(told.count, 2);
	settle(setting, held_ids[2], LAYER_REPEATED, 2);
	assert_int_equal(told.pipe, 3);
	assert_int_equal(setting->requests.count, 0);
}

static void ids_are_never_used_again_and_no_channels(void **state)
{
	struct setting *setting = *state;

	is_held = true;
	for (int i = 0; i < 3; i++) {
		ask(setting, 1, message);
		stage_turn(&setting->stage);
		settle(setting, held_ids[i], LAYER_SENT, 1);
		assert_true(held_ids[i] >= BUS_REQUEST_ID_BIT);
		assert_true(i == 0 || held_ids[i] > held_ids[i - 1]);
	}
}

static void those_that_wait_for_others_count_too(void **state)
{
	struct setting *setting = *state;

	is_held = true;
	for (int i = 0; i < REQUESTS_PER_PIPE_MAX; i++)
		ask(setting, 1, message);
	while (held_count < REQUESTS_PER_PIPE_MAX)
		stage_turn(&setting->stage);
	assert_int_equal(told.count, 0);
	ask(setting, 1, message);
	assert_non_null(strstr(told.text, "\"busy\""));
	settle(setting, held_ids[0], LAYER_SENT, 1);
	ask(setting, 1, message);
	assert_int_equal(stage_stat(&setting->stage, STAT_CONTROL_BUSY), 1);
}

static void who_waits_too_long_is_told(void **state)
{
	struct setting *setting = *state;

	is_held = true;
	ask(setting, 1, message);
	stage_turn(&setting->stage);
	stage_pass_ms(&setting->stage, REQUEST_WAIT_MS - 2 * TIMER_TICK_MS);
	assert_int_equal(told.count, 0);
	stage_pass_ms(&setting->stage, 2 * TIMER_TICK_MS);
	assert_int_equal(told.count, 1);
	assert_non_null(strstr(told.text, "\"timeout\""));
	settle(setting, held_ids[0], LAYER_SENT, 1);
	assert_int_equal(told.count, 1);
	assert_int_equal(setting->requests.count, 0);
}

static void nothing_new_is_begun_at_the_end_and_what_was_is_answered(void **state)
{
	struct setting *setting = *state;

	is_held = true;
	ask(setting, 1, message);
	ask(setting, 2, message);
	stage_turn(&setting->stage);
	ask(setting, 3, "{}");
	requests_stop(&setting->requests);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.pipe, 3);
	assert_non_null(strstr(told.text, "\"stopping\""));
	ask(setting, 4, message);
	assert_int_equal(told.pipe, 4);
	assert_non_null(strstr(told.text, "\"stopping\""));
	settle(setting, held_ids[0], LAYER_SENT, 9);
	assert_string_equal(told.text, "{\"ok\": true, \"seq\": 9}");
	requests_finish(&setting->requests);
	assert_int_equal(told.count, 4);
	assert_int_equal(told.pipe, 2);
	assert_non_null(strstr(told.text, "\"stopping\""));
}

static const char receive_message[] =
	"{\"op\": \"receive\", \"channel\": \"a\", \"timeout_ms\": 5000}";
static const char send_message[] =
	"{\"op\": \"send\", \"channel\": \"a\", \"message\": {\"n\": 1}}";
static const char bind_channel[] = "{\"op\": \"new_channel\", \"bound\": true}";

static void who_waits_for_a_message_holds_up_nobody(void **state)
{
	struct setting *setting = *state;

	for (int i = 0; i < 3; i++)
		ask(setting, 1, receive_message);
	ask(setting, 1, "{}");
	stage_turn(&setting->stage);
	assert_int_equal(told.count, 1);
	assert_int_equal(setting->requests.receiving_count, 3);
	ask(setting, 2, send_message);
	stage_turn(&setting->stage);
	assert_int_equal(told.count, 3);
	assert_int_equal(setting->requests.receiving_count, 2);
	assert_int_equal(setting->requests.count, 2);
	requests_finish(&setting->requests);
	assert_int_equal(told.count, 5);
	assert_non_null(strstr(told.text, "\"stopping\""));
}

static void who_waits_for_a_message_in_vain_is_told_in_time(void **state)
{
	struct setting *setting = *state;

	ask(setting, 1, receive_message);
	stage_turn(&setting->stage);
	stage_pass_ms(&setting->stage, 5000 - 2 * TIMER_TICK_MS);
	assert_int_equal(told.count, 0);
	stage_pass_ms(&setting->stage, 2 * TIMER_TICK_MS);
	assert_int_equal(told.count, 1);
	assert_non_null(strstr(told.text, "\"empty\""));
	assert_int_equal(setting->requests.receiving_count, 0);
	ask(setting, 2, send_message);
	ask(setting, 2, receive_message);
	stage_turn(&setting->stage);
	assert_string_equal(told.text, "{\"ok\": true, \"message\": {\"n\": 1}}");
}

static void no_more_than_so_many_wait_for_messages(void **state)
{
	struct setting *setting = *state;

	for (uint32_t i = 0; i <= REQUESTS_RECEIVING_MAX; i++) {
		ask(setting, 1 + i, receive_message);
		stage_turn(&setting->stage);
	}
	assert_int_equal(setting->requests.receiving_count, REQUESTS_RECEIVING_MAX);
	assert_int_equal(told.count, 1);
	assert_non_null(strstr(told.text, "\"busy\""));
	ask(setting, 1, "{}");
	stage_turn(&setting->stage);
	assert_int_equal(told.count, 2);
}

static void message_is_kept_when_who_waited_for_it_is_gone(void **state)
{
	struct setting *setting = *state;

	ask(setting, 1, receive_message);
	ask(setting, 2, receive_message);
	stage_turn(&setting->stage);
	requests_remove_caller(&setting->requests, 1);
	assert_int_equal(setting->requests.count, 1);
	ask(setting, 3, send_message);
	stage_turn(&setting->stage);
	assert_int_equal(told.count, 2); /* with the answer to who sent it */
	requests_remove_caller(&setting->requests, 2);
	ask(setting, 3, send_message);
	stage_turn(&setting->stage);
	assert_int_equal(stage_stat(&setting->stage, STAT_CHANNEL_MESSAGES), 1);
	assert_int_equal(setting->requests.count, 0);
}

static void what_is_bound_goes_with_its_connection(void **state)
{
	struct setting *setting = *state;

	ask(setting, 1, bind_channel);
	ask(setting, 2, bind_channel);
	ask(setting, 2, bind_channel);
	stage_turn(&setting->stage);
	assert_int_equal(stage_stat(&setting->stage, STAT_CHANNELS), 3);
	requests_remove_caller(&setting->requests, 2);
	requests_remove_caller(&setting->requests, 7); /* which has never been here */
	assert_int_equal(stage_stat(&setting->stage, STAT_CHANNELS), 1);
	requests_remove_caller(&setting->requests, 1);
	assert_int_equal(stage_stat(&setting->stage, STAT_CHANNELS), 0);
}

/* Its connection ends between the reading of a request and the handling of it. */
static void who_is_gone_is_heard_but_gets_and_binds_nothing(void **state)
{
	struct setting *setting = *state;

	ask(setting, 1, send_message);
	ask(setting, 1, receive_message);
	ask(setting, 1, bind_channel);
	requests_remove_caller(&setting->requests, 1);
	stage_turn(&setting->stage);
	assert_int_equal(setting->requests.count, 0);
	assert_int_equal(stage_stat(&setting->stage, STAT_CHANNEL_MESSAGES), 1);
	assert_int_equal(stage_stat(&setting->stage, STAT_CHANNELS), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setting_set_up, setting_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(connection_with_too_many_is_told_and_others_are_not),
		TEST(no_more_than_so_many_wait),
		TEST(long_answers_leave_turns_to_others),
		TEST(answer_may_come_while_the_handler_runs),
		TEST(answers_go_to_who_asked_in_any_order),
		TEST(ids_are_never_used_again_and_no_channels),
		TEST(those_that_wait_for_others_count_too),
		TEST(who_waits_too_long_is_told),
		TEST(nothing_new_is_begun_at_the_end_and_what_was_is_answered),
		TEST(who_waits_for_a_message_holds_up_nobody),
		TEST(who_waits_for_a_message_in_vain_is_told_in_time),
		TEST(no_more_than_so_many_wait_for_messages),
		TEST(message_is_kept_when_who_waited_for_it_is_gone),
		TEST(what_is_bound_goes_with_its_connection),
		TEST(who_is_gone_is_heard_but_gets_and_binds_nothing),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
