/* SPDX-License-Identifier: MIT */
/* Which of Django's events wait, go on, or are dropped; the test gives the layer's results. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/layer/redis/channels_private.h"
#include "broker/layer/redis/django_queue.h"

#define ROUND_MS 200 /* the time of a retry; its timer may be some ticks late */

struct scene {
	struct reactor reactor;
	struct stats stats;
	struct layer layer;
	struct redis_channels channels;
	struct django_queue *queue;
	struct buf said; /* "room:message " */
};

static struct scene scene;
static bool is_up;
static enum layer_result everywhere; /* the result of each event */
static enum layer_result in_bad_room;

/* Events under way: sent, without a result yet. */
static struct {
	uint64_t id;
	enum layer_result result;
} sent[16];
static size_t sent_count;

bool __wrap_links_are_up(const struct links *links);

bool __wrap_links_are_up(const struct links *links)
{
	(void)links;
	return is_up;
}

static enum layer_result group_send(
	struct layer *layer, struct event *event, const struct author *author)
{
	enum layer_result result = str_is(event->room, "bad") ? in_bad_room : everywhere;

	(void)layer;
	if (result == LAYER_SENT)
		buf_append_format(
			&scene.said, "%.*s:%.*s ", STR_ARG(event->room), STR_ARG(event->message));
	assert_true(sent_count < sizeof(sent) / sizeof(sent[0]));
	sent[sent_count].id = author->id;
	sent[sent_count++].result = result;
	return LAYER_SENT;
}

static void answer(void)
{
	for (size_t i = 0; i < sent_count; i++)
		django_queue_settle(scene.queue, sent[i].id, sent[i].result);
	sent_count = 0;
}

static const struct layer_ops ops = { .group_send = group_send };

static void set_up_with(size_t messages_max)
{
	scene = (struct scene){ .layer = { .ops = &ops } };
	assert_true(reactor_init(&scene.reactor));
	scene.channels = (struct redis_channels){ .setting = { .own = &scene.layer,
							  .message_bytes_max = 100 },
		.layer = { .reactor = &scene.reactor, .stats = &scene.stats } };
	scene.queue = django_queue_create(&(struct django_queue_setting){
		.channels = &scene.channels, .messages_max = messages_max });
	is_up = true;
	everywhere = LAYER_SENT;
	in_bad_room = LAYER_UNAVAILABLE;
}

static int set_up(void **state)
{
	(void)state;
	set_up_with(1000);
	return 0;
}

static int take_down(void **state)
{
	(void)state;
	django_queue_destroy(scene.queue);
	assert_int_equal(scene.reactor.timers.armed, 0);
	reactor_finish(&scene.reactor);
	buf_finish(&scene.said);
	return 0;
}

/* text has one character. */
static void put(const char *room, const char *text)
{
	struct buf bytes = { 0 };

	buf_append_format(&bytes, "\x82\xa4type\xac%s\xa7message\xa1%s", "chat.message", text);
	django_queue_put(scene.queue, str_from(room), buf_str(&bytes));
	buf_finish(&bytes);
	answer();
}

static void pass_ms(uint64_t ms)
{
	for (uint64_t passed = 0; passed < ms; passed += TIMER_TICK_MS) {
		scene.reactor.now_ms += TIMER_TICK_MS;
		timer_wheel_run(&scene.reactor.timers, scene.reactor.now_ms);
		answer();
	}
}

static uint64_t dropped(void)
{
	return counter_read(&scene.stats.values[STAT_CHANNEL_DROPPED]);
}

static void nobody_overtakes_while_nobody_can_say_anything(void **state)
{
	everywhere = LAYER_BUSY;
	put("lobby", "1");
	everywhere = LAYER_SENT;
	put("lobby", "2");
	put("garden", "3");
	assert_int_equal(scene.said.len, 0);
	pass_ms(ROUND_MS);
	assert_string_equal(buf_text(&scene.said), "lobby:1 lobby:2 garden:3 ");
	(void)state;
}

static void room_that_redis_refuses_holds_up_no_other(void **state)
{
	put("bad", "1");
	put("lobby", "2");
	pass_ms(ROUND_MS);
	put("garden", "3");
	assert_string_equal(buf_text(&scene.said), "lobby:2 garden:3 ");
	(void)state;
}

static void what_a_room_was_refused_is_said_in_its_order(void **state)
{
	put("bad", "1");
	put("bad", "2");
	in_bad_room = LAYER_SENT;
	put("bad", "3");
	assert_int_equal(scene.said.len, 0);
	pass_ms(3 * ROUND_MS);
	assert_string_equal(buf_text(&scene.said), "bad:1 bad:2 bad:3 ");
	assert_int_equal(dropped(), 0);
	(void)state;
}

static void what_is_refused_for_good_is_counted_and_passed_over(void **state)
{
	put("bad", "1");
	put("bad", "2");
	pass_ms(DJANGO_QUEUE_REFUSED_MS - ROUND_MS);
	assert_int_equal(dropped(), 0);
	pass_ms(3 * ROUND_MS);
	assert_int_equal(dropped(), 2);
	in_bad_room = LAYER_SENT;
	put("bad", "3");
	assert_string_equal(buf_text(&scene.said), "bad:3 ");
	(void)state;
}

static void refused_room_does_not_fill_the_queue(void **state)
{
	django_queue_destroy(scene.queue);
	reactor_finish(&scene.reactor);
	set_up_with(2);
	put("bad", "1");
	put("bad", "2");
	assert_false(django_queue_has_room(scene.queue));
	pass_ms(3 * ROUND_MS);
	assert_true(django_queue_has_room(scene.queue));
	assert_int_equal(dropped(), 2);
	(void)state;
}

static void nothing_is_given_up_while_redis_is_away(void **state)
{
	is_up = false;
	everywhere = LAYER_UNAVAILABLE;
	put("bad", "1");
	put("lobby", "2");
	pass_ms(2 * DJANGO_QUEUE_REFUSED_MS);
	assert_int_equal(dropped(), 0);
	is_up = true;
	in_bad_room = everywhere = LAYER_SENT;
	pass_ms(ROUND_MS);
	assert_string_equal(buf_text(&scene.said), "bad:1 lobby:2 ");
	(void)state;
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(nobody_overtakes_while_nobody_can_say_anything),
		CLAIM(room_that_redis_refuses_holds_up_no_other),
		CLAIM(what_a_room_was_refused_is_said_in_its_order),
		CLAIM(what_is_refused_for_good_is_counted_and_passed_over),
		CLAIM(refused_room_does_not_fill_the_queue),
		CLAIM(nothing_is_given_up_while_redis_is_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
