/* SPDX-License-Identifier: MIT */
/* Where a message goes whose receiver does not wait any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/layer/redis/channel_scripts.h"
#include "broker/layer/redis/waiter.h"
#include "broker/redis/pipe.h"
#include "tests/support/redis_stage.h"

#define TAKE "EVALSHA 0000000000000000000000000000000000000001"
#define PUT_BACK "EVALSHA 0000000000000000000000000000000000000002"
#define TAKEN "*3\r\n:0\r\n$5\r\nhello\r\n$3\r\n7.5\r\n"

static struct script *const scripts[] = { &redis_script_take, &redis_script_put_back };

struct scene {
	struct redis_stage *stage;
	struct links *links;
	struct redis_waiter *waiter;
	struct layer_receiver receiver;
	size_t refused;
};

static struct scene scene;

static void take_bytes(void *context, struct str bytes)
{
	(void)context;
	(void)bytes;
	fail_msg("there is no process");
}

static void refuse(void *context, const char *problem)
{
	(void)context;
	(void)problem;
	scene.refused++;
}

static void receive(struct layer_receiver *receiver, struct str message)
{
	(void)receiver;
	(void)message;
	fail_msg("nobody waits");
}

static int set_up(void **state)
{
	redis_stage_make(state);
	scene = (struct scene){ .stage = *state, .receiver = { .take = receive } };
	scene.links = redis_stage_links(scene.stage, scripts, sizeof(scripts) / sizeof(scripts[0]));
	scene.waiter = redis_waiter_create(
		&(struct redis_waiter_setting){ .reactor = &scene.stage->reactor,
			.stats = &scene.stage->stats,
			.links = scene.links,
			.prefix = "asgi",
			.expiry_ms = 59001,
			.take = take_bytes,
			.refuse = refuse });
	return 0;
}

static int take_down(void **state)
{
	links_destroy(scene.links);
	redis_waiter_destroy(scene.waiter);
	return redis_stage_remove(state);
}

/* Waits as a receiver until Redis has been asked, then leaves. */
static void ask_and_leave(void)
{
	fake_redis_answer(&scene.stage->fake, TAKE, "");
	assert_int_equal(
		redis_waiter_receive(scene.waiter, STR_OF("jobs"), &scene.receiver), LAYER_EMPTY);
	redis_stage_settle(scene.stage);
	assert_non_null(strstr(fake_redis_said(&scene.stage->fake), TAKE " 1 asgijobs 1 "));
	redis_waiter_cancel(scene.waiter, &scene.receiver);
}

/* Fills the link's queue: no command is accepted until one is answered. */
static void fill_the_link(void)
{
	struct link *link = links_at(scene.links, 0);
	size_t count = 0;

	fake_redis_answer(&scene.stage->fake, "ECHO", "");
	while (link_command(link, NULL, LINK_WORDS(STR_OF("ECHO"), STR_OF("x"))))
		count++;
	assert_int_equal(count, PIPE_COMMANDS_MAX - 1);
	redis_stage_settle(scene.stage);
	fake_redis_said(&scene.stage->fake);
}

static void message_for_nobody_goes_back_to_its_place(void **state)
{
	ask_and_leave();
	fake_redis_push(&scene.stage->fake, false, TAKEN);
	redis_stage_settle(scene.stage);
	assert_string_equal(
		fake_redis_said(&scene.stage->fake), PUT_BACK " 1 asgijobs 7.5 hello 59.001\n");
	assert_int_equal(scene.refused, 0);
	(void)state;
}

static void message_that_is_back_is_not_counted_as_dropped(void **state)
{
	ask_and_leave();
	fill_the_link();
	fake_redis_push(&scene.stage->fake, false, TAKEN);
	redis_stage_settle(scene.stage);
	assert_non_null(strstr(fake_redis_said(&scene.stage->fake), "asgijobs 7.5 hello"));
	assert_int_equal(scene.refused, 0);
	(void)state;
}

#define ON_SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_SCENE(message_for_nobody_goes_back_to_its_place),
		ON_SCENE(message_that_is_back_is_not_counted_as_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
