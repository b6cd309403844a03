/* SPDX-License-Identifier: MIT */
/* What the files of the layer on Redis share. */
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

/* Ours and those of channels. */
#define REDIS_SCRIPTS_MAX 32

struct redis {
	struct layer layer;
	struct layer_setting setting;
	bool says_alone; /* [redis] when_away */
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
	struct buf rest; /* of the broadcast that is being written */
	struct timer tick;
	struct reactor_task alone_task; /* opens rooms while nobody else can be reached */
	/* Of refs of our own: of this run; the item's number is the rest. */
	uint8_t ref_base[REDIS_REF_SIZE - sizeof(uint64_t)];
	enum store_problem problem; /* of the last message, or of the probe behind it */
	struct link *refusing; /* borrowed: the host that has it */
	bool is_probing;
	struct log_rate refusals;
	bool is_up;
	bool is_known_down; /* it was told */
	size_t ups_due; /* hosts that have yet to answer what was asked when they were up */
	bool asks_heads; /* at the next tick */
	bool is_hurried, is_idle_told;
	bool is_ending;
};

static inline struct redis *redis_of(const struct layer *layer)
{
	return list_entry(layer, struct redis, layer);
}

/* Messages (redis_send.c). */

/* Of a room. */
enum layer_result redis_send(struct redis *redis, struct event *event, const struct author *author);
/* Those that are under way and were not answered, once more: with their refs, so that they are said
 * once. */
void redis_send_again(struct redis *redis);
/* Gives up what has waited too long, or all. */
void redis_give_up(struct redis *redis, bool is_all);

/* What Redis does not keep (redis_problem.c): shown as the layer's state. */

/* What became of an append in that room. */
void redis_note_result(struct redis *redis, struct str room, enum layer_result result);
/* A question about that room has no good answer, and is asked again: the link logs it. */
void redis_note_refusal(struct redis *redis, struct str room, const struct link_reply *reply);
/* Once a second while Redis is there: whether the problem is gone. */
void redis_probe(struct redis *redis);

/* Rooms (redis_rooms.c): what the follower asks, and what is published. */

extern const struct follower_sink redis_follower_sink;
void redis_take_pushed(void *context, struct link *link, struct str channel, struct str payload);
