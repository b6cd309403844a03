/* SPDX-License-Identifier: MIT */
/* How many of Django's events are taken; the test gives Redis' replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/layer/redis/channel_scripts.h"
#include "broker/layer/redis/channels_private.h"
#include "broker/layer/redis/django_core.h"
#include "tests/support/redis_stage.h"

#define BROKER_ID "0123456789ab"
#define TAKE "EVALSHA 0000000000000000000000000000000000000001"
#define SALT "0123456789ab"
/* Sent to a room whose token is a hash. */
#define MESSAGE                              \
	SALT "\x83\xa4type\xac"              \
	     "chat.message\xa7message\xa2hi" \
	     "\xb0__asgi_channel__\xb5specific.roomwire!t0k"

static struct script *const scripts[] = { &redis_script_take_over, &redis_script_inherit };

struct scene {
	struct redis_stage *stage;
	struct links *links;
	struct layer layer;
	struct redis_channels channels;
	struct django_core *core;
	char taken[256]; /* a reply with one message */
	size_t said; /* events sent to rooms */
};

static struct scene scene;

static enum layer_result group_send(
	struct layer *layer, struct event *event, const struct author *author)
{
	(void)layer;
	(void)author;
	assert_true(str_is(event->room, "lobby"));
	scene.said++;
	return LAYER_REPEATED;
}

static const struct layer_ops ops = { .group_send = group_send };

static int set_up(void **state)
{
	redis_stage_make(state);
	scene = (struct scene){ .stage = *state, .layer = { .ops = &ops } };
	scene.links = redis_stage_links(scene.stage, scripts, sizeof(scripts) / sizeof(scripts[0]));
	snprintf(
		scene.taken, sizeof(scene.taken), "*1\r\n$%zu\r\n%s\r\n", strlen(MESSAGE), MESSAGE);
	scene.channels = (struct redis_channels){ .setting = { .own = &scene.layer,
							  .links = scene.links,
							  .prefix = "asgi",
							  .message_bytes_max = 100 },
		.layer = { .reactor = &scene.stage->reactor,
			.stats = &scene.stage->stats,
			.broker_id = BROKER_ID } };
	scene.core = django_core_create(&scene.channels);
	return 0;
}

static int take_down(void **state)
{
	django_core_hurry(scene.core);
	links_destroy(scene.links);
	django_core_destroy(scene.core);
	assert_int_equal(scene.channels.under_way, 0);
	return redis_stage_remove(state);
}

/* How many takes there were since the last call. */
static size_t takes(void)
{
	const char *said = fake_redis_said(&scene.stage->fake);
	size_t count = 0;

	while ((said = strstr(said, TAKE)) != NULL) {
		count++;
		said += strlen(TAKE);
	}
	return count;
}

static void no_more_is_taken_while_rooms_are_looked_up(void **state)
{
	fake_redis_answer(&scene.stage->fake, TAKE, scene.taken);
	fake_redis_answer(&scene.stage->fake, "GET roomwire:token:t0k", "");
	django_core_up(scene.core);
	redis_stage_pass(scene.stage, 300);
	assert_int_equal(takes(), 1);
	assert_int_equal(scene.said, 0);
	fake_redis_push(&scene.stage->fake, false, "$5\r\nlobby\r\n");
	redis_stage_pass(scene.stage, 300);
	assert_true(takes() > 1);
	assert_true(scene.said > 1);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			no_more_is_taken_while_rooms_are_looked_up, set_up, take_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
