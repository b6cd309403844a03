/* SPDX-License-Identifier: MIT */
/* The members of groups in Redis. Each use of a group asks Redis for its members again, as
 * channels_redis does, because Django's sockets join and leave without telling brokers. */
#include "broker/layer/channel_name.h"
#include "broker/layer/inboxes.h"
#include "broker/layer/redis/channel_scripts.h"
#include "broker/layer/redis/channels_private.h"
#include "broker/layer/redis/names.h"
#include "broker/layer/switchboard.h"
#include "common/base/mem.h"

/* A receive renews memberships only when at least this part of their expiry has passed: otherwise
 * each receive would cost one command for each of the channel's groups. */
#define RENEWED_PART 16

bool redis_groups_add(struct redis_channels *channels, struct str group, struct str member,
	const struct link_handler *handler)
{
	struct buf key = { 0 }, expiry = { 0 };
	bool is_sent;

	redis_group_key(channels->setting.prefix, group, &key);
	redis_write_seconds(channels->layer.group_expiry_ms, &expiry);
	redis_membership_flag_raise(
		channels->membership_flag, links_of(channels->setting.links, group));
	is_sent = script_eval(links_of(channels->setting.links, group), &redis_script_group_add,
		handler, 1, LINK_WORDS(buf_str(&key), buf_str(&expiry), member));
	buf_finish(&key);
	buf_finish(&expiry);
	return is_sent;
}

static void end_ask(void *context, const struct link_reply *reply)
{
	struct redis_ask *ask = context;
	bool is_good = redis_channels_is_good(ask->channels, reply);

	redis_ask_settle(ask, is_good ? LAYER_DONE : LAYER_UNAVAILABLE);
}

/* The result of a request that was sent, or could not be sent. */
static enum layer_result is_under_way(struct redis_ask *ask, bool is_sent)
{
	if (!is_sent)
		redis_ask_destroy(ask);
	return is_sent ? LAYER_UNDER_WAY : LAYER_UNAVAILABLE;
}

/* False for a channel of this broker that does not exist, and for an invalid name. connection_out
 * is 0 when the channel is not a connection. */
static bool can_be_member(
	const struct redis_channels *channels, struct str channel, uint64_t *connection_out)
{
	const struct layer_sink *sink = &channels->layer.sink;
	uint64_t connection;
	enum channel_kind kind = channel_name_kind(channel, channels->layer.broker_id, &connection);

	*connection_out = kind == CHANNEL_CONNECTION ? connection : 0;
	switch (kind) {
	case CHANNEL_CONNECTION:
		return sink->has(sink->context, connection);
	case CHANNEL_BOUND:
		return inboxes_is_bound(
			switchboard_inboxes(channels->setting.own->switchboard), channel);
	case CHANNEL_STRANGE:
		return redis_channels_is_strangers(channels, channel);
	case CHANNEL_OPEN:
	case CHANNEL_MADE:
		return true;
	}
	return false;
}

enum layer_result redis_channels_group_add(struct redis_channels *channels, struct str group,
	struct str channel, const struct author *asker)
{
	uint64_t connection;
	struct redis_ask *ask;
	bool is_sent;

	if (!links_are_up(channels->setting.links))
		return LAYER_UNAVAILABLE;
	if (!can_be_member(channels, channel, &connection))
		return LAYER_NO_CHANNEL;
	memberships_expire(channels->memberships, channels->layer.reactor->now_ms);
	if (!memberships_add(channels->memberships, group, channel, connection,
		    channels->layer.reactor->now_ms))
		return LAYER_TOO_MANY_GROUPS;
	if (connection != 0)
		redis_keeper_keep(channels->keeper, group, channel);
	ask = redis_ask_create(channels, asker);
	is_sent = redis_groups_add(
		channels, group, channel, &(struct link_handler){ end_ask, ask });
	return is_under_way(ask, is_sent);
}

void redis_groups_forget(struct redis_channels *channels)
{
	const struct membership *membership;
	size_t position = 0;

	while ((membership = memberships_walk(channels->memberships, &position)) != NULL)
		redis_keeper_drop(channels->keeper, membership_group_name(membership),
			membership->channel->name);
	memberships_flush(channels->memberships);
}

static bool discard(struct redis_channels *channels, struct str group, struct str channel,
	const struct link_handler *handler)
{
	struct buf key = { 0 };
	bool is_sent;

	redis_keeper_drop(channels->keeper, group, channel);
	redis_group_key(channels->setting.prefix, group, &key);
	is_sent = link_command(links_of(channels->setting.links, group), handler,
		LINK_WORDS(STR_OF("ZREM"), buf_str(&key), channel));
	buf_finish(&key);
	return is_sent;
}

enum layer_result redis_channels_group_discard(struct redis_channels *channels, struct str group,
	struct str channel, const struct author *asker)
{
	struct redis_ask *ask;
	bool is_sent;

	memberships_discard(channels->memberships, group, channel);
	if (redis_channel_is_sites(channel))
		return LAYER_DONE;
	ask = redis_ask_create(channels, asker);
	is_sent = discard(channels, group, channel, &(struct link_handler){ end_ask, ask });
	return is_under_way(ask, is_sent);
}

void redis_groups_leave(struct redis_channels *channels, struct str channel)
{
	const struct membership_channel *known = memberships_find_channel(
		channels->memberships, channel);
	const struct membership *membership = NULL;

	if (known == NULL)
		return;
	/* If the command cannot be sent, the membership expires. */
	while ((membership = memberships_next(known, membership)) != NULL)
		(void)discard(channels, membership_group_name(membership), channel, NULL);
	memberships_discard_all(channels->memberships, channel);
}

void redis_groups_renew(struct redis_channels *channels, struct str channel)
{
	uint64_t now_ms = channels->layer.reactor->now_ms;
	uint64_t part_ms = channels->layer.group_expiry_ms / RENEWED_PART;
	const struct membership_channel *known;
	const struct membership *membership = NULL;
	bool is_due = false;

	memberships_expire(channels->memberships, now_ms);
	known = memberships_find_channel(channels->memberships, channel);
	while (known != NULL && (membership = memberships_next(known, membership)) != NULL) {
		if (now_ms - membership->renewed_ms < part_ms)
			continue;
		is_due = true;
		(void)redis_groups_add(channels, membership_group_name(membership), channel, NULL);
	}
	if (is_due)
		memberships_renew(channels->memberships, channel, now_ms);
}

bool redis_groups_ask(struct redis_channels *channels, struct str group, struct str ref_key,
	const struct link_handler *handler)
{
	struct buf key = { 0 }, expiry = { 0 }, ref_seconds = { 0 };
	struct link *link = links_of(channels->setting.links, group);
	bool is_sent;

	redis_group_key(channels->setting.prefix, group, &key);
	redis_write_seconds(channels->layer.group_expiry_ms, &expiry);
	buf_append_number(&ref_seconds, REDIS_REF_SECONDS);
	if (ref_key.len == 0)
		is_sent = script_eval(link, &redis_script_members, handler, 1,
			LINK_WORDS(buf_str(&key), buf_str(&expiry)));
	else
		is_sent = script_eval(link, &redis_script_members, handler, 2,
			LINK_WORDS(
				buf_str(&key), ref_key, buf_str(&expiry), buf_str(&ref_seconds)));
	buf_finish(&key);
	buf_finish(&expiry);
	buf_finish(&ref_seconds);
	return is_sent;
}

struct layer_names redis_groups_read(const struct link_reply *reply)
{
	struct layer_names names = { mem_alloc_array(reply->count, sizeof(struct str)), 0 };

	for (size_t i = 0; i < reply->count; i++) {
		struct str name = reply->elements[i].text;

		if (channel_name_is_valid(name) && !redis_channel_is_sites(name))
			names.names[names.count++] = name;
	}
	channel_names_sort(names.names, names.count);
	return names;
}

static void end_members(void *context, const struct link_reply *reply)
{
	struct redis_ask *ask = context;
	const struct layer_sink *sink = &ask->channels->layer.sink;
	struct layer_names names = { 0 };
	enum layer_result result = LAYER_UNAVAILABLE;

	if (redis_channels_is_good(ask->channels, reply) && reply->kind == LINK_ARRAY) {
		names = redis_groups_read(reply);
		result = LAYER_DONE;
	}
	if (!ask->channels->is_ended)
		sink->tell_members(sink->context, &ask->author, result, &names);
	mem_free(names.names);
	redis_ask_destroy(ask);
}

enum layer_result redis_channels_members(
	struct redis_channels *channels, struct str group, const struct author *asker)
{
	struct redis_ask *ask = redis_ask_create(channels, asker);
	bool is_sent = redis_groups_ask(
		channels, group, STR_OF(""), &(struct link_handler){ end_members, ask });

	return is_under_way(ask, is_sent);
}
