/* SPDX-License-Identifier: MIT */
/* The main thread's side of every connection: admitted, counted, put into its room, forgotten.
 * Start and stop are in broker_start.c. */
#include "broker/broker.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "broker/away.h"
#include "broker/bus/bus.h"
#include "broker/closing.h"
#include "broker/consumer.h"
#include "broker/identity.h"
#include "broker/joiner.h"
#include "broker/layer/local.h"
#include "broker/logins.h"
#include "broker/order/order.h"
#include "broker/order/room.h"
#include "broker/order/tell.h"
#include "broker/quota.h"
#include "broker/routing.h"
#include "broker/shard.h"
#include "broker/stream.h"
#include "broker/welcome.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/origin.h"

#define CHANGES_WORTH_TRIMMING 256
#define QUIET_MS 2000
#define LOGGED_SESSION_CHARACTERS 8
/* By then the numbering of the rooms that a crowd has left is forgotten, too. */
#define FORGOTTEN_MS (LOCAL_KEEP_MS + QUIET_MS)

void broker_give_memory_back(struct timer *quiet_timer)
{
	struct broker *broker = list_entry(quiet_timer, struct broker, quiet_timer);

	if (broker->changes > 0)
		reactor_arm(&broker->reactor, quiet_timer, FORGOTTEN_MS);
	broker->changes = 0;
	mem_trim();
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
	if (!origin_host_is_allowed(broker->config, handshake->host)) {
		scope->refused_as = STAT_REFUSED_HOST;
		return 400;
	}
	if (handshake->has_origin &&
		!origin_is_allowed(broker->config, handshake->origin, scheme, handshake->host))
		return 403;
	scope->allowed_origin = handshake->origin;
	return 101;
}

static int check_limits(struct broker *broker, struct scope *scope)
{
	int64_t per_address = broker->config->limits_connections_per_address;

	if (broker->is_stopping || (int64_t)broker->connections >= broker->connections_max)
		return 503;
	scope->quota = quota_take(broker->quotas, scope->client);
	if (per_address == 0 || quota_connections(scope->quota) <= per_address)
		return 101;
	quota_release(broker->quotas, scope->quota);
	scope->quota = NULL;
	return 429;
}

static int check_route(struct broker *broker, struct scope *scope)
{
	const struct route *route = routing_find(
		scope->handshake.path, &scope->path, &scope->path_room);
	int status = 101;

	if (route == NULL)
		return 404;
	scope->consumer = route->consumer;
	scope->dialect = route->dialect;
	if (!dialect_is_stream(scope->dialect))
		status = handshake_check_upgrade(&scope->handshake);
	if (status == 101)
		status = identity_judge(broker, scope);
	if (status != 101 || scope->consumer->admit == NULL)
		return status;
	status = scope->consumer->admit(scope);
	if (status == 400)
		scope->refused_as = STAT_REFUSED_ROOM;
	return status;
}

/* A broken header is refused whether its extensions are wanted or not. */
static int check_extensions(const struct broker *broker, struct scope *scope)
{
	const struct handshake *handshake = &scope->handshake;
	uint8_t window_bits_min = scope->consumer->window_bits_min;

	if (dialect_is_stream(scope->dialect))
		return 101;
	if (!extensions_choose(handshake->extensions, handshake->extension_count, window_bits_min,
		    &scope->extensions))
		return 400;
	if (!broker->config->broker_deflate || window_bits_min == 0)
		scope->extensions = (struct extensions){ 0 };
	if (scope->extensions.window_bits != 0)
		scope->dialect = dialect_compressed(scope->dialect);
	return 101;
}

int broker_admit(struct broker *broker, struct scope *scope)
{
	int status = check_origin(broker, scope);

	if (status == 101)
		status = check_route(broker, scope);
	if (status == 101)
		status = order_prepare(broker, scope);
	if (status == 101)
		status = check_extensions(broker, scope);
	if (status == 101)
		status = check_limits(broker, scope);
	if (status == 101)
		broker_count_in(broker, scope);
	return status;
}

/* This runs in the turn of the look-up, so that every later revocation finds the newcomer. */
void broker_count_in(struct broker *broker, struct scope *scope)
{
	if (scope->who.kind == IDENTITY_ACCOUNT)
		scope->login = logins_take(
			broker->logins, &scope->who.session, broker->reactor.now_ms);
	list_append(&broker->scopes, &scope->link);
	revoker_watch(&broker->revoker, scope);
	broker->connections++;
}

static void forget_connection(struct broker *broker)
{
	broker->connections--;
	if (broker->is_stopping && broker->connections == 0)
		reactor_stop(&broker->reactor);
}

void broker_abandon(struct broker *broker, struct scope *scope)
{
	quota_release(broker->quotas, scope->quota);
	logins_release(broker->logins, scope->login);
	scope_destroy(scope);
	forget_connection(broker);
}

/* A handshake needs much more for a moment than a connection keeps: when a crowd has come or gone
 * the heap is full of holes. */
static void note_change(struct broker *broker)
{
	uint64_t now_ms = broker->reactor.now_ms;

	if (++broker->changes < CHANGES_WORTH_TRIMMING)
		return;
	if (broker->changes == CHANGES_WORTH_TRIMMING)
		broker->crowd_began_ms = now_ms;
	/* A broker that is never quiet gives memory back all the same. */
	if (now_ms - broker->crowd_began_ms < FORGOTTEN_MS)
		reactor_arm(&broker->reactor, &broker->quiet_timer, QUIET_MS);
}

/* The shards take turns; none is ever more than a few connections ahead. */
static struct conn *create_conn(struct broker *broker, const struct scope *scope, int fd)
{
	struct conn *conn = slab_take(&broker->conns);

	/* 0 is no connection's, and ids from 2^63 on are those of requests (bus/bus.h). */
	if (++broker->last_serial > CONN_SERIAL_MAX)
		broker->last_serial = 1;
	note_change(broker);
	conn_init(conn, broker->shards[broker->last_serial % broker->shard_count], fd,
		scope->consumer, scope->dialect);
	conn->window_bits = scope->extensions.window_bits;
	conn->due_ms = stream_wait_ms(scope);
	conn->serial = broker->last_serial & CONN_SERIAL_MAX;
	arrivals_note(&broker->arrivals, conn->serial, broker->reactor.now_ms);
	conn->is_guest = scope->who.kind == IDENTITY_GUEST;
	conn->is_newcomer = scope->who.guest_is_new;
	conn->channel.quota = scope->quota;
	broker->by_transport[dialect_transport(scope->dialect)]++;
	return conn;
}

/* Its handshake was under way when goodbye was said to all. */
static void say_goodbye_at_once(const struct broker *broker, struct conn *conn)
{
	unsigned seconds = (unsigned)(crypto_random_uint64() %
				      (broker->goodbye_spread_seconds + 1));
	struct buf bye = { 0 };

	dialect_bye(conn->dialect, CLOSE_SERVICE_RESTART, seconds, &bye);
	shard_reply(conn->shard, conn, buf_str(&bye));
	shard_close_conn(conn->shard, conn, &closing_restart);
	buf_finish(&bye);
}

static uint32_t place_of(const struct broker *broker, const struct channel *channel)
{
	return slab_index(&broker->conns, list_entry(channel, struct conn, channel));
}

struct login *broker_login(const struct broker *broker, const struct channel *channel)
{
	return logins_seated(broker->logins, place_of(broker, channel));
}

const uint8_t *broker_user(const struct broker *broker, const struct channel *channel)
{
	const struct login *login = broker_login(broker, channel);

	if (login != NULL)
		return login->user;
	return channel->person == NULL ? NULL : channel->person->id;
}

/* For logs. Of a session enough to tell it from others; it leads to no cookie. */
static void write_who(const struct broker *broker, const uint8_t *user, const struct login *login,
	struct buf *out)
{
	struct buf signature = { 0 };

	if (user != NULL) {
		buf_append_str(out, STR_OF(" user="));
		buf_append_hex(out, user, USER_ID_SIZE);
	}
	if (login == NULL)
		return;
	secret_sign(&broker->secret, STR_OF("log:"),
		str_range((const char *)login->key_hash, sizeof(login->key_hash)), &signature);
	buf_append_str(out, STR_OF(" session="));
	buf_append_str(out, str_range(signature.data, LOGGED_SESSION_CHARACTERS));
	buf_finish(&signature);
}

static void log_open(
	const struct broker *broker, const struct conn *conn, const struct scope *scope)
{
	struct log_quoted room, client;
	struct buf who = { 0 };

	if (!log_writes(LOG_LEVEL_DEBUG))
		return;
	write_who(broker, scope->who.user.id, scope->login, &who);
	log_debug("event=open channel=%" PRIx64 " consumer=%s room=%s client=%s%s",
		broker_channel_id(broker, &conn->channel), scope->consumer->name,
		log_quote(&room, buf_str(&scope->room)), log_quote(&client, scope->client),
		buf_text(&who));
	buf_finish(&who);
}

static void log_closed(const struct broker *broker, const struct channel *channel)
{
	struct buf who = { 0 };

	if (!log_writes(LOG_LEVEL_DEBUG))
		return;
	write_who(broker, broker_user(broker, channel), broker_login(broker, channel), &who);
	log_debug("event=closed channel=%" PRIx64 "%s", broker_channel_id(broker, channel),
		buf_text(&who));
	buf_finish(&who);
}

void broker_enter(struct broker *broker, struct conn *conn, struct scope *scope,
	const struct room_past *past, struct str early_bytes)
{
	struct feed *feed = NULL;
	struct buf greeting = { 0 };

	log_open(broker, conn, scope);
	logins_seat(broker->logins, place_of(broker, &conn->channel), scope->login);
	stream_write_head(scope, &broker->secret, &greeting);
	/* It joins in one turn with its missed messages, before anything else can be delivered. */
	if (scope->room.len > 0)
		feed = rooms_join(rooms_open(broker->rooms, buf_str(&scope->room)), &conn->channel,
			&(struct newcomer){ &scope->who.user, &scope->standing }, past, &greeting);
	shard_open(conn->shard, conn, feed, buf_str(&greeting), past->replay, early_bytes);
	if (broker->goodbye_spread_seconds > 0)
		say_goodbye_at_once(broker, conn);
	buf_finish(&greeting);
	scope_destroy(scope);
}

/* Without a bye: a client is told nothing before its welcome. */
void broker_turn_away(struct broker *broker, struct conn *conn, struct scope *scope,
	const struct closing *closing)
{
	struct buf greeting = { 0 };

	logins_release(broker->logins, scope->login);
	stream_write_head(scope, &broker->secret, &greeting);
	shard_open(conn->shard, conn, NULL, buf_str(&greeting), NULL, STR_OF(""));
	shard_close_conn(conn->shard, conn, closing);
	buf_finish(&greeting);
	scope_destroy(scope);
}

struct channel *broker_open(
	struct broker *broker, struct scope *scope, int fd, struct str early_bytes)
{
	struct conn *conn = create_conn(broker, scope, fd);
	const struct closing *closing = revoker_judge(&broker->revoker, scope);

	if (closing != NULL)
		broker_turn_away(broker, conn, scope, closing);
	else if (scope->room.len > 0)
		joiner_begin(broker, conn, scope, early_bytes);
	else
		broker_enter(broker, conn, scope, &(struct room_past){ 0 }, early_bytes);
	return &conn->channel;
}

void broker_conn_left(struct broker *broker, struct channel *channel, bool comes_again)
{
	log_closed(broker, channel);
	note_change(broker);
	broker->layer->ops->leave(broker->layer, broker_channel_id(broker, channel));
	broker->by_transport[dialect_transport(conn_of(channel)->dialect)]--;
	conn_of(channel)->serial = 0; /* nobody finds it any more */
	if (comes_again && !broker->is_stopping)
		away_keep(broker->away, channel, broker_login(broker, channel));
	rooms_leave(channel);
	quota_release(broker->quotas, channel->quota);
	logins_release(broker->logins, broker_login(broker, channel));
	logins_seat(broker->logins, place_of(broker, channel), NULL);
	shard_forget(conn_of(channel)->shard, conn_of(channel));
	forget_connection(broker);
}

void broker_conn_finished(struct broker *broker, struct channel *channel)
{
	slab_give_back(&broker->conns, conn_of(channel));
}

void broker_conn_said(
	struct broker *broker, struct channel *channel, struct str message, struct str ref)
{
	struct author author = { AUTHOR_CHANNEL, broker_channel_id(broker, channel), ref,
		channel->person->id };
	struct event event = {
		.type = STR("chat.message"), .is_message = true, .message = message
	};
	struct order_speaker speaker;
	struct standing standing;
	struct order_refusal refusal;
	enum layer_result result;

	if (channel->room == NULL) /* it has been turned away */
		return;
	/* The connection may be closing: it leaves its room only after this mail. */
	event.room = str_from(channel->room->name);
	event.user = str_from(channel->person->name);
	speaker = (struct order_speaker){ event.room, channel->person->id, ref };
	standing = order_standing(channel->room, channel->person);
	if (!order_lets_speak(broker, &standing, &speaker, &refusal)) {
		if (!order_looks_for(broker, &event, &author))
			order_tell_refused(channel, &refusal, ref);
		return;
	}
	result = broker->layer->ops->group_send(broker->layer, &event, &author);
	if (result == LAYER_SENT)
		order_note_spoken(broker, &standing, &speaker);
	else
		broker_settle(broker, &author, result, 0);
}

void broker_deliver(struct broker *broker, const struct event *event, const struct author *author)
{
	struct channel *channel = author->kind == AUTHOR_CHANNEL
					  ? broker_find_channel(broker, author->id)
					  : NULL;

	rooms_deliver(broker->rooms, event, channel, author->ref);
}

void broker_settle(
	struct broker *broker, const struct author *author, enum layer_result result, uint64_t seq)
{
	struct channel *channel;
	struct buf frames = { 0 };

	channel = author->kind == AUTHOR_CHANNEL ? broker_find_channel(broker, author->id) : NULL;
	if (channel == NULL)
		return;
	if (result == LAYER_NOT_SAID) {
		order_tell_not_said(channel, author->ref);
		return;
	}
	if (result == LAYER_REPEATED)
		dialect_ack(author->ref, seq, &frames);
	else /* not the client's fault: it does not count among its errors */
		dialect_error(conn_of(channel)->dialect, broker_refusal_code(result),
			broker_refusal_sentence(result), author->ref, &frames);
	shard_reply(conn_of(channel)->shard, conn_of(channel), buf_str(&frames));
	buf_finish(&frames);
}

void broker_conn_asked_members(struct channel *channel, struct str after)
{
	struct buf frames = { 0 };

	welcome_write_members(channel->room, after, conn_of(channel)->dialect, &frames);
	shard_answer(conn_of(channel)->shard, conn_of(channel), buf_str(&frames));
	buf_finish(&frames);
}

enum layer_result broker_group_send(
	struct broker *broker, struct event *event, const struct author *author)
{
	return broker->layer->ops->group_send(
		broker->layer, event, author == NULL ? AUTHOR_OF_NOBODY : author);
}

static const struct {
	const char *code;
	const char *sentence;
} refusals[] = {
	[LAYER_SENT] = { "", "" },
	[LAYER_UNDER_WAY] = { "", "" },
	[LAYER_REPEATED] = { "", "" },
	[LAYER_BUSY] = { "busy",
		"Too much is being written at this moment. Send it again in a while." },
	[LAYER_STORAGE] = { "storage",
		"The message cannot be kept at this moment, and was not sent." },
	[LAYER_UNAVAILABLE] = { "unavailable",
		"The other brokers cannot be reached at this moment. Send it again in a while." },
	[LAYER_TOO_MANY_ROOMS] = { "too_many_rooms",
		"Too many rooms without members have had messages in the last minute." },
	[LAYER_FULL] = { "channel_full", "This channel is full: nobody receives from it." },
	[LAYER_CROWDED] = { "busy",
		"Too much waits in all channels together. Try it again in a while." },
	[LAYER_NO_CHANNEL] = { "no_channel", "There is no such channel." },
	[LAYER_TOO_MANY_GROUPS] = { "too_many_groups",
		"This channel, or all channels together, are in too many groups." },
	[LAYER_NO_TARGET] = { "no_target", "There is no such message, or it is deleted." },
	[LAYER_NOT_YOURS] = { "not_yours", "Somebody else has written this message." },
	[LAYER_TOO_LATE] = { "too_late", "This message is too old to be edited." },
	[LAYER_NO_HISTORY] = { "no_history", "This broker keeps no history." },
	[LAYER_NOT_SAID] = { "busy", "The rules of the room have just changed. Send it again." },
	[LAYER_EMPTY] = { "empty", "Nothing came in time." },
};

const char *broker_refusal_code(enum layer_result result)
{
	return refusals[result].code;
}

const char *broker_refusal_sentence(enum layer_result result)
{
	return refusals[result].sentence;
}

uint64_t broker_channel_id(const struct broker *broker, const struct channel *channel)
{
	const struct conn *conn = list_entry(channel, struct conn, channel);

	return (uint64_t)conn->serial << 32 | place_of(broker, channel);
}

struct channel *broker_find_channel(const struct broker *broker, uint64_t id)
{
	struct conn *conn = slab_find(&broker->conns, (uint32_t)id);

	/* The cell may hold another connection by now, or one that has left. */
	return conn != NULL && conn->serial != 0 && conn->serial == id >> 32 ? &conn->channel
									     : NULL;
}

struct channel *broker_find_channel_named(const struct broker *broker, struct str name)
{
	uint64_t id;

	return channel_read_name(name, broker->id, &id) ? broker_find_channel(broker, id) : NULL;
}
