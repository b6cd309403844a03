/* SPDX-License-Identifier: MIT */
/* A message goes to its room's log with a ref: its sender's, or one of our own. When the link
 * breaks before the reply, the message is retried with the same ref. */
#include "broker/layer/redis/redis_private.h"

#include <inttypes.h>
#include <string.h>

#include "broker/history/refs.h"
#include "broker/layer/author.h"
#include "broker/layer/redis/redis.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

#define OWN_REF_SECONDS (2 * REDIS_UNDER_WAY_MS / 1000)

/* The context of an append under way. */
struct sent {
	struct redis *redis;
	uint64_t item;
};

static void take_answer(void *context, const struct link_reply *reply)
{
	struct sent *sent = context;
	struct redis *redis = sent->redis;
	uint64_t number = sent->item;
	struct follower_item *item = follower_find(redis->follower, number);
	struct follower_answer answer;
	char epoch[EVENT_EPOCH_SIZE];

	mem_free(sent);
	if (redis->is_ending)
		return;
	if (reply == NULL) {
		if (item != NULL)
			item->is_sent = false;
		return;
	}
	redis_log_read_append(reply, epoch, &answer);
	if (item != NULL)
		redis_note_result(redis, item->event.room, answer.result);
	follower_answer(redis->follower, number, &answer);
}

static void write_ref(const struct redis *redis, const struct follower_item *item,
	uint8_t ref_out[static REDIS_REF_SIZE])
{
	if (author_has_ref(&item->author)) {
		refs_key(item->event.room, item->author.sender, item->author.ref, ref_out);
		return;
	}
	memcpy(ref_out, redis->ref_base, sizeof(redis->ref_base));
	memcpy(ref_out + sizeof(redis->ref_base), &item->number, sizeof(item->number));
}

/* False when the link refuses the command for now. */
static bool append(struct redis *redis, struct follower_item *item)
{
	struct sent *sent = mem_new(struct sent);
	const struct link_handler handler = { take_answer, sent };
	uint8_t ref[REDIS_REF_SIZE];
	struct redis_entry entry = { .event = &item->event,
		.sender = item->author.sender,
		.ref = ref,
		.ref_seconds = author_has_ref(&item->author) ? REDIS_REF_SECONDS
							     : OWN_REF_SECONDS };

	*sent = (struct sent){ redis, item->number };
	write_ref(redis, item, ref);
	buf_clear(&redis->rest);
	redis_event_write_rest(&item->event, redis->setting.broker_id, item->number, &redis->rest);
	entry.rest = buf_str(&redis->rest);
	item->is_sent = redis_log_append(redis->log, &entry, &handler);
	if (!item->is_sent)
		mem_free(sent);
	return item->is_sent;
}

static enum layer_result send_message(
	struct redis *redis, struct event *event, const struct author *author)
{
	struct follower_item *item;

	event->broker = str_from(redis->setting.broker_id);
	item = follower_begin(redis->follower, event, author);
	if (item == NULL)
		return LAYER_BUSY;
	item->mark = redis->setting.reactor->now_ms;
	if (!append(redis, item))
		follower_answer(redis->follower, item->number,
			&(struct follower_answer){ .result = LAYER_BUSY });
	return LAYER_SENT;
}

static enum layer_result say_alone(
	struct redis *redis, struct event *event, const struct author *author)
{
	event->time_ms = clock_wall_ms();
	event->broker = str_from(redis->setting.broker_id);
	follower_say_alone(redis->follower, event, author);
	return LAYER_SENT;
}

static enum layer_result send_ephemeral(
	struct redis *redis, struct event *event, const struct author *author)
{
	struct link *link;

	event->time_ms = clock_wall_ms();
	event->epoch = "";
	event->seq = 0;
	event->broker = str_from(redis->setting.broker_id);
	redis->setting.sink.deliver(redis->setting.sink.context, event, author);
	if (!redis->is_up)
		return LAYER_SENT;
	buf_clear(&redis->rest);
	redis_event_write_ephemeral(event, redis->setting.broker_id, &redis->rest);
	link = redis_log_link(redis->log, event->room);
	if (!link_command(link, NULL,
		    LINK_WORDS(STR_OF("PUBLISH"), link_events(link), buf_str(&redis->rest))))
		return LAYER_SENT; /* other brokers miss it: ephemeral events are best effort */
	redis_channels_tell(redis->channels, event);
	return LAYER_SENT;
}

enum layer_result redis_send(struct redis *redis, struct event *event, const struct author *author)
{
	if (!event->is_message)
		return send_ephemeral(redis, event, author);
	if (redis->is_hurried && author->kind != AUTHOR_DJANGO) /* Django does not retry */
		return LAYER_BUSY;
	if (redis->is_up)
		return send_message(redis, event, author);
	return redis->says_alone && !message_kind_changes(event->kind)
		       ? say_alone(redis, event, author)
		       : LAYER_UNAVAILABLE;
}

void redis_send_again(struct redis *redis)
{
	struct follower_item *item = follower_next(redis->follower, 0);

	for (; item != NULL; item = follower_next(redis->follower, item->number + 1)) {
		if (!item->is_sent && !append(redis, item))
			return; /* the next tick goes on */
	}
}

void redis_give_up(struct redis *redis, bool is_all)
{
	uint64_t now_ms = redis->setting.reactor->now_ms;
	struct follower_item *item = follower_next(redis->follower, 0);

	while (item != NULL && !item->is_sent &&
		(is_all || now_ms - item->mark >= REDIS_UNDER_WAY_MS)) {
		uint64_t number = item->number;

		follower_answer(redis->follower, number,
			&(struct follower_answer){ .result = LAYER_UNAVAILABLE });
		item = follower_next(redis->follower, number + 1);
	}
}
