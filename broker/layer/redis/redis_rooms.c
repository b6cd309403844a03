/* SPDX-License-Identifier: MIT */
/* Sends the follower's questions to Redis and gives it the replies. Delivers the follower's events
 * to the connections, and this broker's own events to Django's members, too. */
#include "broker/layer/redis/redis_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "broker/channel.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

/* A question about a room. */
struct asked {
	struct redis *redis;
	uint64_t after; /* only for rows */
	char room[];
};

static struct asked *asked_create(struct redis *redis, struct str room)
{
	struct asked *asked = mem_alloc(sizeof(*asked) + room.len + 1);

	asked->redis = redis;
	memcpy(asked->room, room.data, room.len);
	return asked;
}

/* The head is not known: the next tick asks again. Joiners do not wait for that. */
static void fail_head(struct redis *redis, const char *room, const struct link_reply *reply)
{
	redis_note_refusal(redis, str_from(room), reply);
	redis->asks_heads = true;
	follower_take_head(redis->follower, str_from(room), NULL);
}

static void use_head(struct redis *redis, struct str room, const struct follower_head *head)
{
	redis_log_note(redis->log, room, head->epoch, head->seq);
	follower_take_head(redis->follower, room, head);
}

static void take_head(void *context, const struct link_reply *reply)
{
	struct asked *asked = context;
	struct redis *redis = asked->redis;
	char epoch[EVENT_EPOCH_SIZE];
	struct follower_head head;

	if (reply != NULL && !redis->is_ending) {
		if (redis_log_read_head(reply, epoch, &head))
			use_head(redis, str_from(asked->room), &head);
		else
			fail_head(redis, asked->room, reply);
	}
	mem_free(asked);
}

static void ask_head(void *context, struct str room, const struct layer_head *seen)
{
	struct redis *redis = context;
	struct asked *asked = asked_create(redis, room);
	const struct link_handler handler = { take_head, asked };

	if (redis_log_ask_head(redis->log, room, seen, &handler))
		return;
	mem_free(asked);
	redis->asks_heads = true;
}

static void take_rows(void *context, const struct link_reply *reply)
{
	struct asked *asked = context;
	struct redis *redis = asked->redis;
	struct redis_rows rows;

	if (reply != NULL && !redis->is_ending) {
		if (redis_log_read_rows(reply, str_from(asked->room), &rows))
			follower_take_rows(redis->follower, str_from(asked->room), rows.epoch,
				asked->after, rows.events, rows.count);
		else
			redis->asks_heads = true;
		stat_add(redis->setting.stats, STAT_REDIS_BROKEN, rows.refused);
		redis_rows_finish(&rows);
	}
	mem_free(asked);
}

static void ask_rows(void *context, struct str room, uint64_t after, uint64_t until)
{
	struct redis *redis = context;
	struct asked *asked = asked_create(redis, room);
	const struct link_handler handler = { take_rows, asked };
	size_t slice = redis_past_slice(redis->past);
	const struct redis_range range = { after + 1, INT64_MAX,
		slice < FOLLOWER_ROWS_MAX ? slice : FOLLOWER_ROWS_MAX, false };

	(void)until;
	asked->after = after;
	if (redis_log_ask_rows(redis->log, room, &range, &handler))
		return;
	mem_free(asked);
	redis->asks_heads = true;
}

static bool is_own(const struct redis *redis, const struct event *event)
{
	return str_is(event->broker, redis->setting.broker_id);
}

/* Delivers another broker's message. That broker makes its copies to other rooms, so here it gets
 * an origin. A row does not hold the id of its broker. */
static void deliver_others(
	struct redis *redis, const struct event *event, const struct author *author)
{
	struct event told = *event;
	char origin[EVENT_EPOCH_SIZE + 24];

	if (event->origin.len == 0) {
		snprintf(origin, sizeof(origin), "%s-%" PRIu64, event->epoch, event->seq);
		told.origin = str_from(origin);
	}
	if (event->broker.len == 0)
		told.broker = STR_OF(CHANNEL_BROKER_ID_OF_NOBODY);
	redis->setting.sink.deliver(redis->setting.sink.context, &told, author);
}

static void deliver(void *context, const struct event *event, const struct author *author)
{
	struct redis *redis = context;

	if (author->kind == AUTHOR_DJANGO) {
		redis->setting.sink.deliver(redis->setting.sink.context, event, AUTHOR_OF_NOBODY);
		redis_channels_settle(redis->channels, author->id, LAYER_SENT);
	} else if (is_own(redis, event)) {
		redis->setting.sink.deliver(redis->setting.sink.context, event, author);
		if (redis->is_up && event->kind != MESSAGE_DELETED)
			redis_channels_tell(redis->channels, event);
	} else {
		deliver_others(redis, event, author);
	}
}

static void settle(
	void *context, const struct author *author, enum layer_result result, uint64_t seq)
{
	struct redis *redis = context;

	if (author->kind == AUTHOR_DJANGO)
		redis_channels_settle(redis->channels, author->id, result);
	else if (author->kind != AUTHOR_CHANNEL || author->ref.len > 0 || result != LAYER_REPEATED)
		redis->setting.sink.settle(redis->setting.sink.context, author, result, seq);
}

static void open_room(void *context, struct str room, const struct layer_head *head)
{
	struct redis *redis = context;

	redis->setting.sink.open(redis->setting.sink.context, room, head);
	if (!follower_is_open(redis->follower, room))
		return;
	redis_people_open_room(redis->people, room);
	redis_channels_open_room(redis->channels, room);
}

static void begin_anew(void *context, struct str room, const struct layer_head *head)
{
	struct redis *redis = context;

	redis->setting.sink.begin_anew(redis->setting.sink.context, room, head);
}

static void count_drop(void *context)
{
	struct redis *redis = context;

	stat_add(redis->setting.stats, STAT_LAYER_EARLY_DROPPED, 1);
}

const struct follower_sink redis_follower_sink = {
	.deliver = deliver,
	.settle = settle,
	.open = open_room,
	.begin_anew = begin_anew,
	.ask_head = ask_head,
	.ask_rows = ask_rows,
	.drop = count_drop,
};

/* Publications. */

static void take_ephemeral(struct redis *redis, struct event *event)
{
	if (is_own(redis, event))
		return;
	event->time_ms = clock_wall_ms();
	event->epoch = "";
	redis->setting.sink.deliver(redis->setting.sink.context, event, AUTHOR_OF_NOBODY);
}

static void take_event(struct redis *redis, struct link *link, struct str payload)
{
	struct event event;

	switch (redis_event_read(&redis->reader, payload, &event)) {
	case REDIS_EVENT_BROKEN:
		stat_add(redis->setting.stats, STAT_REDIS_BROKEN, 1);
		break;
	case REDIS_EVENT_MESSAGE:
		redis_log_note(redis->log, event.room, event.epoch, event.seq);
		follower_take(
			redis->follower, &event, is_own(redis, &event) ? redis->reader.item : 0);
		break;
	case REDIS_EVENT_EPHEMERAL:
		take_ephemeral(redis, &event);
		break;
	case REDIS_EVENT_OTHER:
		if (link == links_at(redis->links, 0))
			redis_people_hear(redis->people, redis->reader.document);
		break;
	}
}

static void take_people(struct redis *redis, struct str payload)
{
	const char *problem;
	struct json *document = json_parse(payload, &problem);

	if (document == NULL || !redis_people_hear(redis->people, document))
		stat_add(redis->setting.stats, STAT_REDIS_BROKEN, 1);
	json_destroy(document);
}

void redis_take_pushed(void *context, struct link *link, struct str channel, struct str payload)
{
	struct redis *redis = context;

	if (str_equals(channel, link_events(link)))
		take_event(redis, link, payload);
	else if (str_starts_with(channel, STR_OF(REDIS_PEOPLE_CHANNEL)))
		take_people(redis, payload);
	else
		redis_channels_pushed(redis->channels, link, channel, payload);
}
