/* SPDX-License-Identifier: MIT */
/* The layer of one broker: everything sent comes out, numbered, and a room's numbering outlives its
 * last member by a minute. Time is passed to the timers by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "broker/layer/local.h"
#include "common/base/crypto.h"

struct stage {
	struct reactor reactor;
	struct stats stats;
	struct layer *layer;
	struct event delivered; /* the last */
	struct author author;
	unsigned deliveries;
	uint64_t repeated_seq;
};

static void deliver(void *context, const struct event *event, const struct author *author)
{
	struct stage *stage = context;

	stage->delivered = *event;
	stage->author = *author;
	stage->deliveries++;
}

static void settle(
	void *context, const struct author *author, enum layer_result result, uint64_t seq)
{
	struct stage *stage = context;

	assert_int_equal(result, LAYER_REPEATED);
	stage->author = *author;
	stage->repeated_seq = seq;
}

static int stage_set_up(void **state)
{
	static struct stage stage;

	stage = (struct stage){ 0 };
	if (!reactor_init(&stage.reactor))
		return -1;
	stage.layer = layer_create_local(&(struct layer_setting){ .reactor = &stage.reactor,
		.stats = &stage.stats,
		.sink = { .deliver = deliver, .settle = settle, .context = &stage } });
	*state = &stage;
	return 0;
}

static int stage_take_down(void **state)
{
	struct stage *stage = *state;

	stage->layer->ops->destroy(stage->layer);
	assert_int_equal(stage->reactor.timers.armed, 0);
	reactor_finish(&stage->reactor);
	return 0;
}

static void pass_ms(struct stage *stage, uint64_t ms)
{
	stage->reactor.now_ms += ms;
	timer_wheel_run(&stage->reactor.timers, stage->reactor.now_ms);
}

static enum layer_result send_event_of(
	struct stage *stage, struct event *event, const struct author *author)
{
	return stage->layer->ops->group_send(stage->layer, event, author);
}

static enum layer_result send_event(struct stage *stage, struct event *event)
{
	return send_event_of(stage, event, &(struct author){ .kind = AUTHOR_NOBODY });
}

static struct layer_head add_group(struct stage *stage, const char *room)
{
	struct layer_head head;

	assert_true(stage->layer->ops->open_room(stage->layer, str_from(room), &head));
	return head;
}

/* The seq, or 0 when it is refused. */
static uint64_t say(struct stage *stage, const char *room)
{
	struct event event = { .is_message = true, .room = str_from(room), .message = STR("hi") };

	return send_event(stage, &event) == LAYER_SENT ? event.seq : 0;
}

/* The seq that the numbering of a room without members stands at, or -1 where there is none. */
static int head_seq(struct stage *stage, const char *room)
{
	uint64_t seq = add_group(stage, room).seq;

	stage->layer->ops->close_room(stage->layer, str_from(room));
	return seq == 0 ? -1 : (int)seq;
}

static void what_is_sent_comes_out_numbered_with_its_author(void **state)
{
	struct stage *stage = *state;
	struct event event = { .is_message = true, .room = STR("lobby"), .message = STR("hi") };
	struct layer_head head = add_group(stage, "lobby");
	struct author author = { .kind = AUTHOR_CHANNEL, .id = 7 };

	assert_int_equal(head.seq, 0);
	assert_int_equal(stage->layer->ops->group_send(stage->layer, &event, &author), LAYER_SENT);
	assert_int_equal(stage->deliveries, 1);
	assert_int_equal(stage->author.id, 7);
	assert_int_equal(stage->delivered.seq, 1);
	assert_string_equal(stage->delivered.epoch, head.epoch);
	assert_true(stage->delivered.time_ms > 0);
	assert_true(str_is(stage->delivered.message, "hi"));
}

static void rooms_are_numbered_each_by_itself(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(say(stage, "lobby"), 1);
	assert_int_equal(say(stage, "ops"), 1);
	assert_int_equal(say(stage, "lobby"), 2);
	assert_int_equal(head_seq(stage, "lobby"), 2);
	assert_int_equal(head_seq(stage, "ops"), 1);
	assert_int_equal(head_seq(stage, "elsewhere"), -1);
}

static void ephemeral_event_comes_out_without_a_number(void **state)
{
	struct stage *stage = *state;
	struct event event = { .type = STR("job.done"), .room = STR("lobby") };

	say(stage, "lobby");
	assert_int_equal(send_event(stage, &event), LAYER_SENT);
	assert_int_equal(stage->deliveries, 2);
	assert_int_equal(stage->delivered.seq, 0);
	assert_true(stage->delivered.time_ms > 0);
	assert_int_equal(head_seq(stage, "lobby"), 1);
}

static void ephemeral_event_opens_no_numbering_and_keeps_none(void **state)
{
	struct stage *stage = *state;
	struct event event = { .type = STR("job.done"), .room = STR("lobby") };

	assert_int_equal(send_event(stage, &event), LAYER_SENT);
	assert_int_equal(stage->deliveries, 1);
	assert_int_equal(stage->delivered.seq, 0);
	assert_true(stage->delivered.time_ms > 0);
	assert_int_equal(head_seq(stage, "lobby"), -1);
	say(stage, "lobby");
	pass_ms(stage, LOCAL_KEEP_MS - 1000);
	assert_int_equal(send_event(stage, &event), LAYER_SENT);
	pass_ms(stage, 1000 + TIMER_TICK_MS);
	assert_int_equal(head_seq(stage, "lobby"), -1);
}

static void senders_open_only_so_many_rooms(void **state)
{
	struct stage *stage = *state;
	char room[32];

	for (int i = 0; i < LOCAL_IDLE_MAX; i++) {
		snprintf(room, sizeof(room), "room-%d", i);
		assert_int_equal(say(stage, room), 1);
	}
	assert_int_equal(say(stage, "one-more"), 0);
	assert_int_equal(stage->deliveries, LOCAL_IDLE_MAX);
	assert_int_equal(say(stage, "room-7"), 2);
	add_group(stage, "joined");
	assert_int_equal(say(stage, "joined"), 1);
	/* One that gets a member makes room for another. */
	add_group(stage, "room-7");
	assert_int_equal(say(stage, "one-more"), 1);
	/* Nothing is kept of a room that is left while all are taken. */
	stage->layer->ops->close_room(stage->layer, STR_OF("joined"));
	assert_int_equal(head_seq(stage, "joined"), -1);
	pass_ms(stage, LOCAL_KEEP_MS + TIMER_TICK_MS);
	assert_int_equal(head_seq(stage, "room-8"), -1);
	assert_int_equal(head_seq(stage, "room-7"), 2);
	assert_int_equal(say(stage, "yet-another"), 1);
}

static void numbering_outlives_the_last_member_by_a_minute(void **state)
{
	struct stage *stage = *state;
	char epoch[EVENT_EPOCH_SIZE];
	struct layer_head head;

	head = add_group(stage, "lobby");
	snprintf(epoch, sizeof(epoch), "%s", head.epoch);
	say(stage, "lobby");
	stage->layer->ops->close_room(stage->layer, STR_OF("lobby"));
	pass_ms(stage, LOCAL_KEEP_MS - 1);
	head = add_group(stage, "lobby");
	assert_int_equal(head.seq, 1);
	assert_string_equal(head.epoch, epoch);
	stage->layer->ops->close_room(stage->layer, STR_OF("lobby"));
	pass_ms(stage, LOCAL_KEEP_MS + TIMER_TICK_MS);
	assert_int_equal(head_seq(stage, "lobby"), -1);
	head = add_group(stage, "lobby");
	assert_int_equal(head.seq, 0);
	assert_string_not_equal(head.epoch, epoch);
}

static void numbering_of_a_room_with_members_stays(void **state)
{
	struct stage *stage = *state;

	say(stage, "lobby");
	add_group(stage, "lobby");
	pass_ms(stage, 100 * (uint64_t)LOCAL_KEEP_MS);
	assert_int_equal(say(stage, "lobby"), 2);
	pass_ms(stage, 100 * (uint64_t)LOCAL_KEEP_MS);
	assert_int_equal(add_group(stage, "lobby").seq, 2);
}

static void numbering_without_members_lasts_a_minute_from_the_last_message(void **state)
{
	struct stage *stage = *state;

	say(stage, "lobby");
	pass_ms(stage, LOCAL_KEEP_MS - 1000);
	assert_int_equal(say(stage, "lobby"), 2);
	pass_ms(stage, LOCAL_KEEP_MS + TIMER_TICK_MS);
	assert_int_equal(head_seq(stage, "lobby"), -1);
}

static void leaving_a_room_that_is_not_there_is_harmless(void **state)
{
	struct stage *stage = *state;

	stage->layer->ops->close_room(stage->layer, STR_OF("lobby"));
	assert_int_equal(head_seq(stage, "lobby"), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_take_down)

static void ref_that_comes_again_is_settled_and_not_delivered(void **state)
{
	static const uint8_t ann[16] = { 1 }, bob[16] = { 2 };
	struct stage *stage = *state;
	struct event event = { .is_message = true, .room = STR("lobby"), .message = STR("hi") };
	struct author author = { AUTHOR_CHANNEL, 7, STR("r1"), ann };

	say(stage, "lobby");
	assert_int_equal(send_event_of(stage, &event, &author), LAYER_SENT);
	assert_int_equal(stage->delivered.seq, 2);
	author.id = 8; /* after a reconnect */
	assert_int_equal(send_event_of(stage, &event, &author), LAYER_SENT);
	assert_int_equal(stage->deliveries, 2);
	assert_int_equal(stage->repeated_seq, 2);
	assert_int_equal(stage->author.id, 8);
	/* Somebody else's is another one, and so is the same in another room. */
	author.sender = bob;
	assert_int_equal(send_event_of(stage, &event, &author), LAYER_SENT);
	assert_int_equal(stage->delivered.seq, 3);
	author.sender = ann;
	event.room = STR_OF("ops");
	assert_int_equal(send_event_of(stage, &event, &author), LAYER_SENT);
	assert_int_equal(stage->delivered.seq, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_sent_comes_out_numbered_with_its_author),
		TEST(rooms_are_numbered_each_by_itself),
		TEST(ephemeral_event_comes_out_without_a_number),
		TEST(ephemeral_event_opens_no_numbering_and_keeps_none),
		TEST(senders_open_only_so_many_rooms),
		TEST(numbering_outlives_the_last_member_by_a_minute),
		TEST(numbering_of_a_room_with_members_stays),
		TEST(numbering_without_members_lasts_a_minute_from_the_last_message),
		TEST(leaving_a_room_that_is_not_there_is_harmless),
		TEST(ref_that_comes_again_is_settled_and_not_delivered),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
