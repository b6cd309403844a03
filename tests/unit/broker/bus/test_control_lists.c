/* SPDX-License-Identifier: MIT */
/* What lists on control say of rooms; how they go on is told in tests/integration/test_nng.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/bus/control.h"
#include "common/base/crypto.h"
#include "tests/support/stage.h"

static void rooms_tell_where_their_numbering_stands(void **state)
{
	struct stage *stage = *state;
	struct client client;
	struct buf answer = { 0 }, expected = { 0 };

	client_enter(stage, &client, &consumer_chat, "r", DIALECT_V1);
	stage_turn(stage);
	assert_int_equal(control_answer(&stage->broker, STR_OF("{\"op\": \"rooms\"}"),
				 &(struct control_asker){ .id = 1 }, &answer),
		CONTROL_ANSWERED);
	buf_append_format(&expected, "\"seq\": 0, \"epoch\": \"%s\"}",
		rooms_find(stage->broker.rooms, STR_OF("r"))->head.epoch);
	assert_non_null(strstr(buf_text(&answer), buf_text(&expected)));
	buf_finish(&expected);
	buf_finish(&answer);
	client_leave(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rooms_tell_where_their_numbering_stands),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
