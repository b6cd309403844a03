/* SPDX-License-Identifier: MIT */
/* Channels and groups in Redis, with the keys and bytes of channels_redis, so that other brokers
 * and Django find them there; and the bridge to Django's own layer. This broker's process-local
 * channels stay in its switchboard. The layer on Redis (broker/layer/redis/redis.h) creates it,
 * passes on what its links report, and calls its functions from its struct layer_ops: a function
 * with the name of an operation keeps the operation's contract. Main's thread only. */
#pragma once

#include "broker/layer/layer.h"
#include "broker/redis/links.h"
#include "common/config.h"

/* Redis remembers a sender's ref for this long, also for messages in rooms: a client that was away
 * retries the messages that were not acknowledged. */
#define REDIS_REF_SECONDS 3600

struct redis_channels;

enum django_layout {
	DJANGO_NONE,
	DJANGO_CORE, /* channels_redis.core.RedisChannelLayer */
	DJANGO_PUBSUB, /* channels_redis.pubsub.RedisPubSubChannelLayer */
};

struct redis_channels_setting {
	const struct layer_setting *layer; /* copied, with what it borrows */
	/* Borrowed, as all below. Has the switchboard, and gets Django's events. */
	struct layer *own;
	struct links *links;
	const char *prefix; /* of channels_redis: "asgi" */
	enum django_layout django;
	/* The types of events that Django's channels may get. Django closes a socket whose consumer
	 * does not know the type of an event. */
	const struct config_list *django_types;
	size_t message_bytes_max; /* of a message in a room */
};

/* The scripts that the links must load. */
extern struct script *const redis_channels_scripts[];
extern const size_t redis_channels_script_count;

struct redis_channels *redis_channels_create(const struct redis_channels_setting *setting)
	__attribute__((warn_unused_result));
/* Call it before links_destroy. From now on the sink is not called. */
void redis_channels_end(struct redis_channels *channels);
/* Call it after links_destroy, whose NULL replies still use it. NULL is fine. */
void redis_channels_destroy(struct redis_channels *channels);

/* Callbacks of the links: all links are up; something was published on a channel other than
 * link_events. */
void redis_channels_up(struct redis_channels *channels);
void redis_channels_pushed(
	struct redis_channels *channels, struct link *link, struct str channel, struct str payload);

/* Call it when a room of this broker gets its first connection; when it loses its last one. */
void redis_channels_open_room(struct redis_channels *channels, struct str room);
void redis_channels_close_room(struct redis_channels *channels, struct str room);
/* Sends an event of a room to the channels that were added to the room's group, and to Django's.
 * Only the author's broker calls it, once for each event: for a message when it comes out of the
 * log, for an ephemeral event when it is sent. Does nothing while no group has members. */
void redis_channels_tell(struct redis_channels *channels, const struct event *event);
/* The result of an event whose author is AUTHOR_DJANGO: it is in the log now, or was there before,
 * or why not. Call it instead of the sink's settle. Do not call redis_channels_tell for such an
 * event: Django has sent it to its own members already. */
void redis_channels_settle(
	struct redis_channels *channels, uint64_t author_id, enum layer_result result);
/* The stop begins: other brokers take over Django's events. */
void redis_channels_hurry(struct redis_channels *channels);
/* Whether nothing is under way. */
bool redis_channels_are_idle(const struct redis_channels *channels);

/* The operations of the layer. */
enum layer_result redis_channels_group_send(
	struct redis_channels *channels, struct event *event, const struct author *author);
enum layer_result redis_channels_new_channel(
	struct redis_channels *channels, struct str prefix, uint64_t owner, struct buf *name_out);
enum layer_result redis_channels_send(struct redis_channels *channels, struct str channel,
	const struct event *event, const struct author *author);
enum layer_result redis_channels_receive(struct redis_channels *channels, struct str channel,
	struct layer_receiver *receiver, struct buf *message_out);
void redis_channels_cancel_receive(
	struct redis_channels *channels, struct layer_receiver *receiver);
enum layer_result redis_channels_group_add(struct redis_channels *channels, struct str group,
	struct str channel, const struct author *asker);
enum layer_result redis_channels_group_discard(struct redis_channels *channels, struct str group,
	struct str channel, const struct author *asker);
/* LAYER_UNDER_WAY: sink.tell_members gets the members. Else LAYER_UNAVAILABLE. */
enum layer_result redis_channels_members(
	struct redis_channels *channels, struct str group, const struct author *asker);
enum layer_result redis_channels_flush(struct redis_channels *channels, const struct author *asker);
void redis_channels_leave(struct redis_channels *channels, uint64_t connection);
void redis_channels_end_owner(struct redis_channels *channels, uint64_t owner);
struct layer_counts redis_channels_count(const struct redis_channels *channels);
