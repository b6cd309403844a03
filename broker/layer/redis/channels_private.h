/* SPDX-License-Identifier: MIT */
/* What the files of channels.h share. */
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
	size_t sent; /* to plain channels: which host is the next one's */
	size_t under_way; /* asks, and events on their way to groups */
	bool is_ended; /* the sink is not called any more */
	struct log_rate refusals;
	struct log_rate failures;
};

/* Somebody waits for what Redis says. */
struct redis_ask {
	struct redis_channels *channels;
	struct author author;
};

struct redis_ask *redis_ask_create(struct redis_channels *channels, const struct author *author)
	__attribute__((warn_unused_result));
/* It is over without a word. */
void redis_ask_destroy(struct redis_ask *ask);
/* It is over, and the author is told. */
void redis_ask_settle(struct redis_ask *ask, enum layer_result result);

/* False, and it is logged, when the link broke or Redis has refused. */
bool redis_channels_is_good(struct redis_channels *channels, const struct link_reply *reply);
/* What came for a process of this broker, in the bytes of Redis. */
void redis_channels_take(void *context, struct str bytes);
/* A message that is none is dropped: counted and logged. */
void redis_channels_refuse(void *context, const char *problem);
/* The key of an author's ref in Redis; false when it has none. kind: a letter for each kind of
 * name. */
bool redis_channels_ref(
	const struct author *author, char kind, struct str name, struct buf *key_out);
/* Whether Django's consumers know events of that type. */
bool redis_channels_is_djangos_type(const struct redis_channels *channels, struct str type);
/* Whether a process-local channel that is not here may be somebody else's. */
bool redis_channels_is_strangers(const struct redis_channels *channels, struct str channel);

/* Commands for which nobody waits. A link that is down counts them; what they are for comes back or
 * expires by itself. */
void redis_tell(struct link *link, size_t count, const struct str *words);
void redis_tell_script(struct link *link, const struct script *script,
	const struct link_handler *handler, size_t key_count, size_t count,
	const struct str *words);

/* Adds a member to a group. False when it cannot be sent. */
bool redis_groups_add(struct redis_channels *channels, struct str group, struct str member,
	const struct link_handler *handler);
/* A channel of this broker, or its connection, is gone: out of its groups. */
void redis_groups_leave(struct redis_channels *channels, struct str channel);
/* All that were added by way of this broker, but for Redis. */
void redis_groups_forget(struct redis_channels *channels);
/* It has received: it stays in its groups. */
void redis_groups_renew(struct redis_channels *channels, struct str channel);
/* Asks for the members of a group; ref_key is "" without a ref, and one that is known is answered
 * without them. False when it cannot be sent. */
bool redis_groups_ask(struct redis_channels *channels, struct str group, struct str ref_key,
	const struct link_handler *handler);
/* Those of the answer that are valid names and no rooms of the site, sorted; owned by the caller,
 * their texts are the reply's. */
struct layer_names redis_groups_read(const struct link_reply *reply);
