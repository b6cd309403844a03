/* SPDX-License-Identifier: MIT */
/* Many lines in one message: all of them arrive in order, over several turns. The test calls the
 * socket's receive function itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/bus/ingest.h"
#include "broker/bus/line.h"
#include "common/base/crypto.h"
#include "tests/support/stage.h"

/* Unless it is LAYER_SENT, messages are refused so. */
static enum layer_result refused_as;

enum layer_result __wrap_broker_group_send(
	struct broker *broker, struct event *event, const struct author *author);
enum layer_result __real_broker_group_send(
	struct broker *broker, struct event *event, const struct author *author);

enum layer_result __wrap_broker_group_send(
	struct broker *broker, struct event *event, const struct author *author)
{
	return refused_as != LAYER_SENT ? refused_as
					: __real_broker_group_send(broker, event, author);
}

struct setting {
	struct stage stage;
	struct ingest ingest;
	char folder[64];
};

static int setting_set_up(void **state)
{
	static struct setting setting;
	char path[96];

	setting = (struct setting){ .folder = "/tmp/roomwire-test-XXXXXX" };
	stage_start(&setting.stage);
	refused_as = LAYER_SENT;
	if (mkdtemp(setting.folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/socket", setting.folder);
	*state = &setting;
	return ingest_start(&setting.ingest, &setting.stage.broker, path) ? 0 : -1;
}

static int setting_take_down(void **state)
{
	struct setting *setting = *state;

	ingest_finish(&setting->ingest);
	stage_finish(&setting->stage);
	return rmdir(setting->folder);
}

static void push(struct setting *setting, struct str text)
{
	struct watched_socket *socket = &setting->ingest.socket;
	nng_msg *message;

	assert_int_equal(nng_msg_alloc(&message, 0), 0);
	assert_int_equal(nng_msg_append(message, text.data, text.len), 0);
	socket->protocol->receive(socket, message);
}

static void push_numbers(struct setting *setting, int from, int to)
{
	struct buf lines = { 0 };

	for (int i = from; i < to; i++)
		buf_append_format(
			&lines, "chat_r {\"type\": \"chat.message\", \"message\": \"%d\"}\n", i);
	push(setting, buf_str(&lines));
	buf_finish(&lines);
}

/* Takes the number at *next off what the client has heard, and so on. */
static void hear_numbers(struct client *client, int *next)
{
	const char *heard = client_hear(client);
	char text[32];

	while ((heard = strstr(heard, "\"message\": ")) != NULL) {
		snprintf(text, sizeof(text), "\"message\": \"%d\"", (*next)++);
		assert_memory_equal(heard, text, strlen(text));
		heard++;
	}
}

static void lines_of_one_message_take_turns_and_keep_their_order(void **state)
{
	struct setting *setting = *state;
	struct client client;
	unsigned turns = 0;
	int next = 0;

	client_enter(&setting->stage, &client, &consumer_chat, "r", DIALECT_PLAIN);
	stage_turn(&setting->stage);
	push_numbers(setting, 0, 3000);
	while (setting->ingest.message != NULL) {
		/* Nothing is read meanwhile. */
		assert_int_equal(setting->ingest.socket.io.events, 0);
		stage_turn(&setting->stage);
		hear_numbers(&client, &next);
		assert_true(next <= (int)++turns * 600);
	}
	assert_true(turns > 5);
	assert_int_not_equal(setting->ingest.socket.io.events, 0);
	push_numbers(setting, 3000, 3010);
	stage_turn(&setting->stage);
	stage_turn(&setting->stage);
	hear_numbers(&client, &next);
	assert_int_equal(next, 3010);
	assert_int_equal(stage_stat(&setting->stage, STAT_INGEST_EVENTS), 3010);
	client_leave(&client);
}

static void small_messages_share_the_lines_of_a_turn(void **state)
{
	struct setting *setting = *state;
	int i;

	for (i = 0; setting->ingest.message == NULL; i++)
		push_numbers(setting, i, i + 1);
	assert_in_range(i, 100, 1000);
	stage_turn(&setting->stage);
	assert_null(setting->ingest.message);
	assert_int_equal(stage_stat(&setting->stage, STAT_INGEST_EVENTS), i);
}

static void lines_that_have_been_read_are_taken_at_the_end(void **state)
{
	struct setting *setting = *state;

	push_numbers(setting, 0, 3000);
	ingest_finish(&setting->ingest);
	assert_int_equal(stage_stat(&setting->stage, STAT_INGEST_EVENTS), 3000);
}

static void long_line_is_refused_and_the_next_is_taken(void **state)
{
	struct setting *setting = *state;
	struct buf text = { 0 };

	buf_append_text(&text, "chat_r {\"type\": \"chat.message\", \"message\": \"");
	while (text.len < BUS_EVENT_BYTES_MAX)
		buf_append_char(&text, 'x');
	buf_append_text(&text, "\"}\nchat_r {\"type\": \"job.done\"}");
	push(setting, buf_str(&text));
	stage_turn(&setting->stage);
	assert_int_equal(stage_stat(&setting->stage, STAT_INGEST_REFUSED), 1);
	assert_int_equal(stage_stat(&setting->stage, STAT_INGEST_EVENTS), 1);
	buf_finish(&text);
}

static void busy_line_holds_up_those_behind_it_and_is_not_lost(void **state)
{
	struct setting *setting = *state;
	struct client client;
	int next = 0;

	client_enter(&setting->stage, &client, &consumer_chat, "r", DIALECT_PLAIN);
	stage_turn(&setting->stage);
	push_numbers(setting, 0, 2);
	refused_as = LAYER_BUSY;
	push_numbers(setting, 2, 400);
	for (int i = 0; i < 3; i++) {
		stage_pass_ms(&setting->stage, 100);
		assert_int_equal(setting->ingest.socket.io.events, 0);
	}
	hear_numbers(&client, &next);
	assert_int_equal(next, 2);
	refused_as = LAYER_SENT;
	stage_pass_ms(&setting->stage, 100);
	while (setting->ingest.message != NULL)
		stage_turn(&setting->stage);
	stage_turn(&setting->stage);
	hear_numbers(&client, &next);
	assert_int_equal(next, 400);
	assert_int_not_equal(setting->ingest.socket.io.events, 0);
	assert_int_equal(stage_stat(&setting->stage, STAT_INGEST_REFUSED), 0);
	client_leave(&client);
}

static void nothing_is_held_back_at_the_end(void **state)
{
	struct setting *setting = *state;

	refused_as = LAYER_BUSY;
	push_numbers(setting, 0, 300);
	ingest_finish(&setting->ingest);
	assert_null(setting->ingest.message);
	assert_int_equal(stage_stat(&setting->stage, STAT_INGEST_REFUSED), 300);
}

static void lines_that_cannot_be_kept_are_refused(void **state)
{
	struct setting *setting = *state;

	refused_as = LAYER_STORAGE;
	push_numbers(setting, 0, 3);
	assert_null(setting->ingest.message);
	assert_int_equal(stage_stat(&setting->stage, STAT_INGEST_REFUSED), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setting_set_up, setting_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_of_one_message_take_turns_and_keep_their_order),
		TEST(small_messages_share_the_lines_of_a_turn),
		TEST(lines_that_have_been_read_are_taken_at_the_end),
		TEST(long_line_is_refused_and_the_next_is_taken),
		TEST(busy_line_holds_up_those_behind_it_and_is_not_lost),
		TEST(nothing_is_held_back_at_the_end),
		TEST(lines_that_cannot_be_kept_are_refused),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
