/* SPDX-License-Identifier: MIT */
/* Shared by the files that implement channels.h. */
#pragma once

#include "broker/layer/memberships.h"
#include "broker/layer/redis/channels.h"
#include "broker/layer/redis/keeper.h"
#include "broker/layer/redis/membership_flag.h"
#include "broker/layer/redis/message.h"
#include "broker/layer/redis/waiter.h"
#include "broker/redis/script.h"
#include "common/base/log.h"

struct django_core;
struct django_pubsub;

struct redis_channels {
	struct redis_channels_setting setting;
	struct layer_setting layer;
	struct redis_waiter *waiter; /* owned, as all below */
	struct redis_keeper *keeper;
	struct memberships *memberships; /* that this broker has added */
	struct redis_membership_flag *membership_flag; /* NULL with Django's layer */
	struct django_core *core; /* NULL in another layout */
	struct django_pubsub *pubsub; /* the same */
	size_t sent; /* messages to plain channels: chooses the next one's host */
	size_t under_way; /* requests, and events on their way to groups */
	bool is_ended; /* the sink is not called any more */
	struct log_rate refusals;
	struct log_rate failures;
};

/* A request whose author waits for Redis' reply. */
struct redis_ask {
	struct redis_channels *channels;
	struct author author;
};

struct redis_ask *redis_ask_create(struct redis_channels *channels, const struct author *author)
	__attribute__((warn_unused_result));
/* Ends the request without telling the author. */
void redis_ask_destroy(struct redis_ask *ask);
/* Tells the author the result and ends the request. */
void redis_ask_settle(struct redis_ask *ask, enum layer_result result);

/* False when the link broke (reply is NULL) or the reply is an error, which is logged. */
bool redis_channels_is_good(struct redis_channels *channels, const struct link_reply *reply);
/* Takes a message for a process of this broker, in the bytes of channels_redis. */
void redis_channels_take(void *context, struct str bytes);
/* Counts and logs a message that is dropped. problem is a sentence. */
void redis_channels_refuse(void *context, const char *problem);
/* Appends the key of the author's ref in Redis; false when the author has no ref. kind: 'c' for a
 * channel's name, 'g' for a group's. */
bool redis_channels_ref(
	const struct author *author, char kind, struct str name, struct buf *key_out);
/* Whether Django's consumers know events of that type. */
bool redis_channels_is_djangos_type(const struct redis_channels *channels, struct str type);
/* Whether a process-local channel belongs neither to this broker nor to the site's rooms. */
bool redis_channels_is_strangers(const struct redis_channels *channels, struct str channel);

/* Send a command without waiting for its reply. A link that is down counts and drops it; its effect
 * is renewed later or expires by itself. */
void redis_tell(struct link *link, size_t count, const struct str *words);
void redis_tell_script(struct link *link, const struct script *script,
	const struct link_handler *handler, size_t key_count, size_t count,
	const struct str *words);

/* Adds a member to a group. False when the command cannot be sent. */
bool redis_groups_add(struct redis_channels *channels, struct str group, struct str member,
	const struct link_handler *handler);
/* Removes a channel of this broker, or its connection, from all its groups. */
void redis_groups_leave(struct redis_channels *channels, struct str channel);
/* Forgets all memberships of this broker. Redis keeps them. */
void redis_groups_forget(struct redis_channels *channels);
/* Renews the channel's memberships. Call it when the channel receives. */
void redis_groups_renew(struct redis_channels *channels, struct str channel);
/* Asks for the members of a group. ref_key is "" without a ref; when the ref is already known, the
 * reply is LINK_NIL. False when the command cannot be sent. */
bool redis_groups_ask(struct redis_channels *channels, struct str group, struct str ref_key,
	const struct link_handler *handler);
/* The members in the reply that have valid names and are not rooms of the site, sorted. The caller
 * owns the list; the texts belong to the reply. */
struct layer_names redis_groups_read(const struct link_reply *reply);
