/* SPDX-License-Identifier: MIT */
/* A script is sent by its hash, and by its text when Redis has forgotten it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/mem.h"
#include "tests/support/redis_stage.h"

#define HASH "0000000000000000000000000000000000000001"

static struct script script = { .text = "return ARGV[1]" };
static struct script *const scripts[] = { &script };

static void link_with_script(struct redis_stage *stage)
{
	stage->setting.scripts = scripts;
	stage->setting.script_count = 1;
	redis_stage_link(stage, "");
	redis_stage_settle(stage);
	assert_true(link_is_up(stage->link));
	redis_stage_told(stage);
	fake_redis_said(&stage->fake);
}

static bool eval(struct redis_stage *stage, const char *name)
{
	struct link_handler handler = redis_stage_handler(stage, name);
	char word[] = "word";
	bool is_taken = script_eval(stage->link, &script, &handler, 1,
		LINK_WORDS(STR_OF("key"), str_from(word), STR_OF("")));

	memset(word, 'x', sizeof(word)); /* the link must have copied it */
	if (!is_taken)
		mem_free(handler.context);
	return is_taken;
}

static void script_goes_by_its_hash(void **state)
{
	struct redis_stage *stage = *state;

	link_with_script(stage);
	fake_redis_answer(&stage->fake, "EVALSHA", ":5\r\n");
	assert_true(eval(stage, "a"));
	redis_stage_settle(stage);
	assert_string_equal(fake_redis_said(&stage->fake), "EVALSHA " HASH " 1 key word \n");
	assert_string_equal(redis_stage_told(stage), "a 5\n");
}

static void script_that_was_forgotten_goes_with_its_text(void **state)
{
	struct redis_stage *stage = *state;

	link_with_script(stage);
	fake_redis_answer(&stage->fake, "EVALSHA", "-NOSCRIPT No matching script.\r\n");
	fake_redis_answer(&stage->fake, "EVAL ", ":6\r\n");
	assert_true(eval(stage, "a"));
	redis_stage_settle(stage);
	assert_string_equal(fake_redis_said(&stage->fake),
		"EVALSHA " HASH " 1 key word \nEVAL return ARGV[1] 1 key word \n");
	assert_string_equal(redis_stage_told(stage), "a 6\n");
	assert_int_equal(redis_stage_stat(stage, STAT_REDIS_ERRORS), 0);
}

static void error_of_a_script_is_its_callers(void **state)
{
	struct redis_stage *stage = *state;

	link_with_script(stage);
	fake_redis_answer(&stage->fake, "EVALSHA", "-BROKEN it is\r\n");
	assert_true(eval(stage, "a"));
	redis_stage_settle(stage);
	assert_string_equal(redis_stage_told(stage), "a error BROKEN\n");
}

static void call_is_lost_with_its_link(void **state)
{
	struct redis_stage *stage = *state;

	link_with_script(stage);
	fake_redis_answer(&stage->fake, "EVALSHA", "-NOSCRIPT No matching script.\r\n");
	fake_redis_answer(&stage->fake, "EVAL ", "");
	assert_true(eval(stage, "a"));
	redis_stage_settle(stage);
	fake_redis_hang_up(&stage->fake);
	redis_stage_settle(stage);
	assert_string_equal(redis_stage_told(stage), "down\na lost\n");
	assert_false(eval(stage, "b"));
	assert_string_equal(redis_stage_told(stage), "");
}

/* Fills the link's queue. */
static void fill(struct redis_stage *stage)
{
	static char line[1024 * 1024];

	memcpy(line, "SET key ", 8);
	memset(line + 8, 'x', sizeof(line) - 9);
	while (redis_stage_ask(stage, "full", line))
		;
}

static void script_that_cannot_be_sent_again_is_not_done(void **state)
{
	struct redis_stage *stage = *state;

	link_with_script(stage);
	fake_redis_answer(&stage->fake, "EVALSHA", "-NOSCRIPT No matching script.\r\n");
	assert_true(eval(stage, "a"));
	redis_stage_turn(stage); /* the server has answered; the link has not read it yet */
	stage->fake.is_deaf = true;
	fill(stage);
	redis_stage_turn(stage);
	assert_string_equal(redis_stage_told(stage), "a error NOSCRIPT\n");
	assert_true(link_is_up(stage->link));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REDIS_TEST(script_goes_by_its_hash),
		REDIS_TEST(script_that_was_forgotten_goes_with_its_text),
		REDIS_TEST(error_of_a_script_is_its_callers),
		REDIS_TEST(call_is_lost_with_its_link),
		REDIS_TEST(script_that_cannot_be_sent_again_is_not_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
