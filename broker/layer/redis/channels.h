/* SPDX-License-Identifier: MIT */
/* Channels and groups in Redis, under the keys and in the bytes of channels_redis, so that other
 * brokers and Django find them there; and the bridge to Django's own layer. What is process-local
 * to this broker stays in its switchboard. Part of the layer on Redis (broker/layer/redis/redis.h),
 * which makes one, tells it what its links do, and names its functions in its struct layer_ops:
 * those that are called as an operation keep that one's contract. Main's thread only. */
#pragma once

#include "broker/layer/layer.h"
#include "broker/redis/links.h"
#include "common/config.h"

/* A sender's ref is known for so long, of messages in rooms too: who was away says again what was
 * not acknowledged. */
#define REDIS_REF_SECONDS 3600

struct redis_channels;

enum django_layout {
	DJANGO_NONE,
	DJANGO_CORE, /* channels_redis.core.RedisChannelLayer */
	DJANGO_PUBSUB, /* channels_redis.pubsub.RedisPubSubChannelLayer */
};

struct redis_channels_setting {
	const struct layer_setting *layer; /* copied, with what it borrows */
	/* Borrowed, as all below: has a switchboard, and takes what Django says. */
	struct layer *own;
	struct links *links;
	const char *prefix; /* of channels_redis: "asgi"; borrowed, as the types */
	enum django_layout django;
	/* Types of events that may go to a channel of Django's, which would close its socket for
	 * any that its consumer does not know. */
	const struct config_list *django_types;
	size_t message_bytes_max; /* of what is said in a room */
};

/* What the links have to be made with. */
extern struct script *const redis_channels_scripts[];
extern const size_t redis_channels_script_count;

struct redis_channels *redis_channels_create(const struct redis_channels_setting *setting)
	__attribute__((warn_unused_result));
/* Before the links: from now on the sink hears nothing. */
void redis_channels_end(struct redis_channels *channels);
/* Behind the links, whose handlers that wait get their NULL. NULL is fine. */
void redis_channels_destroy(struct redis_channels *channels);

/* Of the links: all are up; something was pushed on a channel that is not
 * link_events. */
void redis_channels_up(struct redis_channels *channels);
void redis_channels_pushed(
	struct redis_channels *channels, struct link *link, struct str channel, struct str payload);

/* A room of this broker has connections; has none any more. */
void redis_channels_open_room(struct redis_channels *channels, struct str room);
void redis_channels_close_room(struct redis_channels *channels, struct str room);
/* Nothing, where nobody is in any group. Else once for each event of a room in a site, by the
 * author's broker: when its message is in the log and has come out, or when an ephemeral one is
 * sent. To the channels that were added to its group, and to Django's. */
void redis_channels_tell(struct redis_channels *channels, const struct event *event);
/* What becomes of what an author of AUTHOR_DJANGO has said: it is in the log now, or was before, or
 * why not. The sink is not told; and redis_channels_tell is not, as Django's own members have it
 * already. */
void redis_channels_settle(
	struct redis_channels *channels, uint64_t author_id, enum layer_result result);
/* The stop begins: what is Django's is left to the other brokers. */
void redis_channels_hurry(struct redis_channels *channels);
/* Nothing is under way. */
bool redis_channels_are_idle(const struct redis_channels *channels);

/* Operations of the layer. */
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
/* Always LAYER_UNDER_WAY: sink.tell_members; or LAYER_UNAVAILABLE. */
enum layer_result redis_channels_members(
	struct redis_channels *channels, struct str group, const struct author *asker);
enum layer_result redis_channels_flush(struct redis_channels *channels, const struct author *asker);
void redis_channels_leave(struct redis_channels *channels, uint64_t connection);
void redis_channels_end_owner(struct redis_channels *channels, uint64_t owner);
struct layer_counts redis_channels_count(const struct redis_channels *channels);
