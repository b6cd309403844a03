/* SPDX-License-Identifier: MIT */
/* Requests that wait: how many of one connection, of all, and how many are answered in a turn.
 * Messages come in by hand, from connections that nng does not know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "broker/bus/requests.h"
#include "common/base/crypto.h"
#include "tests/support/stage.h"

struct setting {
	struct stage stage;
	struct requests requests;
	char folder[64];
};

static int setting_set_up(void **state)
{
	static struct setting setting;
	char path[96];

	setting = (struct setting){ .folder = "/tmp/roomwire-test-XXXXXX" };
	stage_start(&setting.stage);
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
	struct bus_socket *socket = &setting->requests.socket;
	struct str text = str_from(request);
	nng_msg *message;

	assert_int_equal(nng_msg_alloc(&message, 0), 0);
	assert_int_equal(nng_msg_append(message, text.data, text.len), 0);
	nng_msg_set_pipe(message, (nng_pipe){ pipe });
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

static void unanswered_requests_are_freed(void **state)
{
	ask(*state, 1, "{}");
	ask(*state, 2, "{}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setting_set_up, setting_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(connection_with_too_many_is_told_and_others_are_not),
		TEST(no_more_than_so_many_wait),
		TEST(long_answers_leave_turns_to_others),
		TEST(unanswered_requests_are_freed),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
