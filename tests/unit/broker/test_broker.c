/* SPDX-License-Identifier: MIT */
/* Connections at the end: those that come too late, and the last to go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/crypto.h"
#include "common/base/mem.h"
#include "tests/support/stage.h"

static void connection_that_opens_after_goodbye_hears_it_too(void **state)
{
	struct stage *stage = *state;
	struct client plain, v1;
	const char *heard;

	stage->broker.is_stopping = true;
	stage->broker.goodbye_spread_seconds = 1;
	client_enter(stage, &plain, &consumer_chat, "r", DIALECT_PLAIN);
	client_enter(stage, &v1, &consumer_chat, "r", DIALECT_V1);
	stage_turn(stage);
	assert_string_equal(client_hear(&plain), "close 1012|");
	heard = client_hear(&v1);
	assert_true(str_starts_with(str_from(heard), STR_OF("text {\"type\": \"welcome\"")));
	heard = strstr(heard, "|text ");
	assert_non_null(heard);
	assert_true(str_starts_with(str_from(heard),
		STR_OF("|text {\"type\": \"bye\", \"code\": 1012, \"retry_after\": ")));
	assert_non_null(strstr(heard, "}|close 1012|"));
	client_leave(&plain);
	client_leave(&v1);
}

static void connection_that_opens_before_goodbye_hears_it_with_all(void **state)
{
	struct stage *stage = *state;
	struct client plain;

	stage->broker.is_stopping = true;
	client_enter(stage, &plain, &consumer_chat, "r", DIALECT_PLAIN);
	stage_turn(stage);
	assert_string_equal(client_hear(&plain), "");
	shard_say_goodbye(stage->shard, 1, 1000);
	stage_turn(stage);
	assert_string_equal(client_hear(&plain), "close 1012|");
	client_leave(&plain);
}

static void handshake_that_comes_to_nothing_lets_a_stopping_broker_end(void **state)
{
	struct stage *stage = *state;
	struct broker *broker = &stage->broker;

	broker->connections = 2;
	broker_abandon(broker, scope_create(STR_OF("")));
	assert_false(broker->reactor.is_stopping);
	broker->is_stopping = true;
	broker_abandon(broker, scope_create(STR_OF("")));
	assert_true(broker->reactor.is_stopping);
	assert_int_equal(broker->connections, 0);
	broker->reactor.is_stopping = false;
}

static void channel_is_found_by_its_name(void **state)
{
	struct stage *stage = *state;
	struct client clients[3];
	struct buf name = { 0 };

	for (size_t i = 0; i < 3; i++)
		client_enter(stage, &clients[i], &consumer_echo, NULL, DIALECT_PLAIN);
	stage_turn(stage);
	channel_write_name(broker_channel_id(&stage->broker, &clients[1].conn->channel),
		stage->broker.id, &name);
	assert_ptr_equal(broker_find_channel_named(&stage->broker, buf_str(&name)),
		&clients[1].conn->channel);
	assert_null(broker_find_channel_named(&stage->broker, STR_OF("specific.0123456789ab!ff")));
	assert_null(broker_find_channel_named(&stage->broker, STR_OF("specific.ffffffffffff!1")));
	for (size_t i = 0; i < 3; i++)
		client_leave(&clients[i]);
	stage_turn(stage);
	assert_null(broker_find_channel_named(&stage->broker, buf_str(&name)));
	client_enter(stage, &clients[0], &consumer_echo, NULL, DIALECT_PLAIN); /* in its place */
	stage_turn(stage);
	assert_null(broker_find_channel_named(&stage->broker, buf_str(&name)));
	client_leave(&clients[0]);
	buf_finish(&name);
}

/* The main thread has let it go and its shard has not: its place is taken, without a serial. */
static void channel_that_has_left_is_not_found_by_its_place(void **state)
{
	struct stage *stage = *state;
	struct client clients[2];
	struct buf name = { 0 };

	for (size_t i = 0; i < 2; i++)
		client_enter(stage, &clients[i], &consumer_echo, NULL, DIALECT_PLAIN);
	stage_turn(stage);
	conn_drop(clients[1].conn);
	assert_true(mailbox_drain(&stage->broker.reactor.mailbox)); /* it has left */
	channel_write_name(
		slab_index(&stage->broker.conns, clients[1].conn), stage->broker.id, &name);
	assert_null(broker_find_channel_named(&stage->broker, buf_str(&name)));
	for (size_t i = 0; i < 2; i++)
		client_leave(&clients[i]);
	buf_finish(&name);
}

/* One whose handshake took too long to be said goodbye to in time. */
static void finishing_drops_who_is_still_there(void **state)
{
	struct stage stage;
	struct client open, opening;

	stage_start(&stage);
	client_enter(&stage, &open, &consumer_chat, "r", DIALECT_PLAIN);
	stage_turn(&stage);
	client_enter(&stage, &opening, &consumer_chat, "r", DIALECT_PLAIN);
	stage.broker.shards = mem_alloc_array(1, sizeof(struct shard *));
	stage.broker.shards[0] = stage.shard;
	stage.broker.signal_io.fd = -1;
	broker_finish(&stage.broker);
	assert_string_equal(client_hear(&open), "end");
	assert_string_equal(client_hear(&opening), "end");
	client_leave(&open);
	client_leave(&opening);
	config_finish(&stage.config);
	(void)state;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(connection_that_opens_after_goodbye_hears_it_too),
		TEST(connection_that_opens_before_goodbye_hears_it_with_all),
		TEST(handshake_that_comes_to_nothing_lets_a_stopping_broker_end),
		TEST(channel_is_found_by_its_name),
		TEST(channel_that_has_left_is_not_found_by_its_place),
		cmocka_unit_test(finishing_drops_who_is_still_there),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
