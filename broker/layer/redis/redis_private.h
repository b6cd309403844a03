/* SPDX-License-Identifier: MIT */
/* Shared by the files of the layer on Redis. */
#pragma once

#include "broker/layer/follower.h"
#include "broker/layer/redis/channels.h"
#include "broker/layer/redis/event.h"
#include "broker/layer/redis/log.h"
#include "broker/layer/redis/past.h"
#include "broker/layer/redis/people.h"
#include "broker/redis/links.h"
#include "broker/redis/url.h"
#include "common/base/log.h"

/* The scripts of rooms and of channels together. */
#define REDIS_SCRIPTS_MAX 32

struct redis {
	struct layer layer;
	struct layer_setting setting;
	bool says_alone; /* [redis] when_away: delivers without numbers while Redis is away */
	struct redis_urls urls;
	struct script *scripts[REDIS_SCRIPTS_MAX];
	/* Owned. */
	struct links *links;
	struct redis_log *log;
	struct redis_past *past;
	struct follower *follower;
	struct redis_channels *channels;
	struct redis_people *people;
	struct redis_event_reader reader;
	struct buf rest; /* the broadcast behind its numbers, while it is written */
	struct timer tick;
	struct reactor_task alone_task; /* opens rooms while Redis is away */
	/* Our own refs begin with these bytes, random for each run; the item's number follows. */
	uint8_t ref_base[REDIS_REF_SIZE - sizeof(uint64_t)];
	enum store_problem problem; /* of the last message, or of the last probe */
	struct link *refusing; /* borrowed: the host with the problem */
	bool is_probing;
	struct log_rate refusals;
	bool is_up;
	bool is_known_down; /* the sink has been told */
	size_t ups_due; /* hosts whose reply to tell_up's PING is still to come */
	bool asks_heads; /* the next tick asks for the rooms' heads */
	bool is_hurried, is_idle_told;
	bool is_ending;
};

static inline struct redis *redis_of(const struct layer *layer)
{
	return list_entry(layer, struct redis, layer);
}

/* Messages (redis_send.c). */

/* Sends an event to a room. */
enum layer_result redis_send(struct redis *redis, struct event *event, const struct author *author);
/* Retries the messages that got no reply, with the same refs, so that Redis stores each of them
 * once. */
void redis_send_again(struct redis *redis);
/* Fails the messages that have waited too long, or all. */
void redis_give_up(struct redis *redis, bool is_all);

/* Refusals of Redis (redis_problem.c): /healthz shows them as the layer's state. */

/* Notes the result of an append in that room. */
void redis_note_result(struct redis *redis, struct str room, enum layer_result result);
/* Notes a bad reply to a question about that room. The caller asks again; the link has logged
 * it. */
void redis_note_refusal(struct redis *redis, struct str room, const struct link_reply *reply);
/* Call it once a second while the links are up: checks whether the problem is gone. */
void redis_probe(struct redis *redis);

/* Rooms (redis_rooms.c): the follower's questions, and the publications of the links. */

extern const struct follower_sink redis_follower_sink;
void redis_take_pushed(void *context, struct link *link, struct str channel, struct str payload);
