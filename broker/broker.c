/* SPDX-License-Identifier: MIT */
/* The main thread's side of every connection: admitted, counted, put into its room, forgotten.
 * Start and stop are in broker_start.c. */
#include "broker/broker.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "broker/bus/bus.h"
#include "broker/consumer.h"
#include "broker/quota.h"
#include "broker/routing.h"
#include "broker/shard.h"
#include "broker/welcome.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/origin.h"

void broker_post(struct broker *broker, struct mail *mail)
{
	reactor_post(&broker->reactor, mail);
}

static int check_origin(const struct broker *broker, struct scope *scope)
{
	const struct handshake *handshake = &scope->handshake;
	bool is_trusted = origin_peer_is_trusted(broker->config, str_from(scope->peer));
	struct str scheme = is_trusted && handshake->forwarded_proto.len > 0
				    ? handshake->forwarded_proto
				    : STR_OF("http");

	scope->is_https = str_equals_ignore_case(scheme, STR_OF("https"));
	scope->client = origin_client_address(
		broker->config, str_from(scope->peer), handshake->forwarded_for);
	if (!origin_host_is_allowed(broker->config, handshake->host))
		return 400;
	if (handshake->has_origin &&
		!origin_is_allowed(broker->config, handshake->origin, scheme, handshake->host))
		return 403;
	return 101;
}

static int check_limits(struct broker *broker, struct scope *scope)
{
	int64_t per_address = broker->config->limits_connections_per_address;

	if (broker->is_stopping || (int64_t)broker->connections >= broker->connections_max) {
		stat_add(&broker->stats, STAT_CONNECTIONS_OVER_LIMIT, 1);
		return 503;
	}
	scope->quota = quota_take(broker->quotas, scope->client);
	if (per_address == 0 || quota_connections(scope->quota) <= per_address)
		return 101;
	quota_release(broker->quotas, scope->quota);
	scope->quota = NULL;
	stat_add(&broker->stats, STAT_CONNECTIONS_OVER_LIMIT, 1);
	return 429;
}

static int check_route(struct scope *scope)
{
	int status;

	scope->consumer = routing_find(scope->handshake.path, &scope->path, &scope->path_room);
	if (scope->consumer == NULL)
		return 404;
	status = handshake_check_upgrade(&scope->handshake);
	if (status == 101 && scope->consumer->admit != NULL)
		status = scope->consumer->admit(scope);
	return status;
}

int broker_admit(struct broker *broker, struct scope *scope)
{
	int status = check_origin(broker, scope);

	if (status == 101)
		status = check_route(scope);
	if (status == 101)
		status = check_limits(broker, scope);
	if (status != 101)
		return status;
	if (!session_read(&scope->session, &broker->secret, scope->handshake.cookie)) {
		session_create_guest(&scope->session);
		scope->session_is_new = true;
	}
	broker->connections++;
	return 101;
}

void broker_abandon(struct broker *broker, struct scope *scope)
{
	quota_release(broker->quotas, scope->quota);
	broker->connections--;
	scope_destroy(scope);
}

/* The shards take turns; none is ever more than a few connections ahead. */
static size_t choose_shard(const struct broker *broker)
{
	return broker->last_channel_id % broker->shard_count;
}

static struct channel *channel_create(struct broker *broker, const struct scope *scope, int fd)
{
	struct channel *channel = mem_new(struct channel);

	channel->id = ++broker->last_channel_id;
	channel->shard_index = choose_shard(broker);
	channel->shard = broker->shards[channel->shard_index];
	channel->dialect = scope->dialect;
	channel->quota = scope->quota;
	channel->conn = conn_create(channel->shard, fd, scope->consumer, scope->dialect, channel);
	list_init(&channel->person_link);
	list_append(&broker->channels, &channel->link);
	return channel;
}

void broker_open(struct broker *broker, struct scope *scope, int fd, struct str early_bytes)
{
	struct channel *channel = channel_create(broker, scope, fd);
	struct log_quoted room, client;
	struct feed *feed = NULL;
	struct buf greeting = { 0 };

	/* In this very turn, before any message can be numbered: what is said after the 101 left
	 * is not missed. */
	if (scope->room.len > 0)
		feed = rooms_join(
			broker->rooms, channel, buf_str(&scope->room), &scope->session, &greeting);
	log_debug("event=open channel=%" PRIu64 " consumer=%s room=%s client=%s", channel->id,
		scope->consumer->name, log_quote(&room, buf_str(&scope->room)),
		log_quote(&client, scope->client));
	shard_open(channel->shard, channel->conn, feed, buf_str(&greeting), early_bytes);
	buf_finish(&greeting);
	scope_destroy(scope);
}

void broker_conn_left(struct broker *broker, struct channel *channel)
{
	log_debug("event=closed channel=%" PRIu64, channel->id);
	rooms_leave(channel);
	shard_forget(channel->shard, channel->conn);
	quota_release(broker->quotas, channel->quota);
	list_remove(&channel->link);
	mem_free(channel);
	broker->connections--;
	if (broker->is_stopping && broker->connections == 0)
		reactor_stop(&broker->reactor);
}

void broker_conn_said(
	struct broker *broker, struct channel *channel, struct str message, struct str ref)
{
	struct rooms_author author = { channel, ref };
	struct event event = {
		.type = STR("chat.message"), .is_message = true, .message = message
	};

	/* Said in the moment in which the connection went away: it is gone from its room only
	 * after this mail. */
	event.room = str_from(channel->room->name);
	event.user = str_from(channel->person->name);
	broker->layer->ops->group_send(broker->layer, &event, &author);
}

void broker_conn_asked_members(struct broker *broker, struct channel *channel, struct str after)
{
	struct buf frames = { 0 };

	(void)broker;
	welcome_write_members(channel->room, after, &frames);
	shard_reply(channel->shard, channel->conn, buf_str(&frames));
	buf_finish(&frames);
}

uint64_t broker_group_send(struct broker *broker, struct event *event)
{
	return broker->layer->ops->group_send(broker->layer, event, NULL);
}

void broker_stats(const struct broker *broker, uint64_t sums[static STAT_COUNT])
{
	memset(sums, 0, STAT_COUNT * sizeof(sums[0]));
	stats_sum(&broker->stats, sums);
	for (size_t i = 0; i < broker->shard_count; i++)
		stats_sum(shard_stats_of(broker->shards[i]), sums);
}

struct channel *broker_find_channel(struct broker *broker, struct str name)
{
	struct channel *found = NULL;
	struct buf own_name = { 0 };

	list_each (link, &broker->channels) {
		struct channel *channel = list_entry(link, struct channel, link);

		buf_clear(&own_name);
		channel_write_name(channel, broker->id, &own_name);
		if (str_equals(buf_str(&own_name), name)) {
			found = channel;
			break;
		}
	}
	buf_finish(&own_name);
	return found;
}
