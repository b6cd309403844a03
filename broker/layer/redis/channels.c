/* SPDX-License-Identifier: MIT */
/* Routes by a channel's name. Messages for this broker's own channels stay in its switchboard; all
 * others go to Redis. Messages from others for this broker's channels come from the keys of its
 * processes, and go into the switchboard, too. */
#include "broker/layer/redis/channels.h"

#include <inttypes.h>
#include <string.h>

#include "broker/channel.h"
#include "broker/layer/author.h"
#include "broker/layer/channel_name.h"
#include "broker/layer/inboxes.h"
#include "broker/layer/redis/channel_scripts.h"
#include "broker/layer/redis/channels_private.h"
#include "broker/layer/redis/django_core.h"
#include "broker/layer/redis/django_pubsub.h"
#include "broker/layer/redis/names.h"
#include "broker/layer/switchboard.h"
#include "common/base/mem.h"

struct redis_ask *redis_ask_create(struct redis_channels *channels, const struct author *author)
{
	struct redis_ask *ask = mem_new(struct redis_ask);

	ask->channels = channels;
	ask->author = (struct author){ .kind = author->kind, .id = author->id };
	channels->under_way++;
	return ask;
}

void redis_ask_destroy(struct redis_ask *ask)
{
	ask->channels->under_way--;
	mem_free(ask);
}

void redis_ask_settle(struct redis_ask *ask, enum layer_result result)
{
	const struct layer_sink *sink = &ask->channels->layer.sink;

	if (!ask->channels->is_ended)
		sink->settle(sink->context, &ask->author, result, 0);
	redis_ask_destroy(ask);
}

bool redis_channels_is_good(struct redis_channels *channels, const struct link_reply *reply)
{
	uint64_t suppressed;

	if (reply == NULL)
		return false;
	if (reply->kind == LINK_ERROR &&
		log_rate_admits(&channels->failures, channels->layer.reactor->now_ms, &suppressed))
		log_warning("event=redis_refused problem=%.*s suppressed=%" PRIu64,
			STR_ARG(reply->code), suppressed);
	return reply->kind != LINK_ERROR;
}

void redis_channels_refuse(void *context, const char *problem)
{
	struct redis_channels *channels = context;
	uint64_t suppressed;

	stat_add(channels->layer.stats, STAT_CHANNEL_DROPPED, 1);
	if (log_rate_admits(&channels->refusals, channels->layer.reactor->now_ms, &suppressed))
		log_warning("event=channel_dropped problem=\"%s\" suppressed=%" PRIu64, problem,
			suppressed);
}

bool redis_channels_ref(
	const struct author *author, char kind, struct str name, struct buf *key_out)
{
	uint8_t key[REFS_KEY_SIZE];

	if (!author_ref_key(author, kind, name, key))
		return false;
	buf_append_text(key_out, "roomwire:ref:");
	buf_append_hex(key_out, key, sizeof(key));
	return true;
}

/* Compares as Django does when it looks for a handler: '.' equals '_' (event_type_is). */
static bool has_same_handler(struct str type, const char *other)
{
	bool is_same = type.len == strlen(other);

	for (size_t i = 0; is_same && i < type.len; i++)
		is_same = type.data[i] == other[i] ||
			  (strchr("._", type.data[i]) != NULL && strchr("._", other[i]) != NULL);
	return is_same;
}

bool redis_channels_is_djangos_type(const struct redis_channels *channels, struct str type)
{
	const struct config_list *types = channels->setting.django_types;

	for (size_t i = 0; i < types->count; i++) {
		if (has_same_handler(type, types->items[i]))
			return true;
	}
	return false;
}

void redis_tell(struct link *link, size_t count, const struct str *words)
{
	bool is_sent = link_command(link, NULL, count, words);

	(void)is_sent;
}

void redis_tell_script(struct link *link, const struct script *script,
	const struct link_handler *handler, size_t key_count, size_t count, const struct str *words)
{
	bool is_sent = script_eval(link, script, handler, key_count, count, words);

	(void)is_sent;
}

static void keep(void *context, struct str group, struct str member)
{
	struct redis_channels *channels = context;

	if (channels->core != NULL)
		django_core_keep(channels->core, member);
	/* If it cannot be sent now, the keeper sends it again within half a minute. */
	(void)redis_groups_add(channels, group, member, NULL);
}

/* Makes this broker receive the messages for its channels with that prefix. */
static bool add_process(struct redis_channels *channels, struct str prefix)
{
	struct buf process = { 0 };
	bool is_added;

	buf_append_str(&process, prefix);
	buf_append_format(&process, ".%s!", channels->layer.broker_id);
	is_added = redis_waiter_add_process(channels->waiter, buf_str(&process));
	buf_finish(&process);
	return is_added;
}

struct redis_channels *redis_channels_create(const struct redis_channels_setting *setting)
{
	struct redis_channels *channels = mem_new(struct redis_channels);

	channels->setting = *setting;
	channels->layer = *setting->layer;
	channels->memberships = memberships_create(channels->layer.group_expiry_ms);
	channels->waiter = redis_waiter_create(
		&(struct redis_waiter_setting){ .reactor = channels->layer.reactor,
			.stats = channels->layer.stats,
			.links = setting->links,
			.prefix = setting->prefix,
			.expiry_ms = channels->layer.expiry_ms,
			.take = redis_channels_take,
			.refuse = redis_channels_refuse,
			.context = channels });
	channels->keeper = redis_keeper_create(
		channels->layer.reactor, channels->layer.group_expiry_ms, keep, channels);
	if (setting->django == DJANGO_NONE)
		channels->membership_flag = redis_membership_flag_create(
			channels->layer.reactor, setting->links, channels->layer.group_expiry_ms);
	(void)add_process(channels, STR_OF(CHANNEL_PREFIX_DEFAULT));
	if (setting->django == DJANGO_CORE)
		channels->core = django_core_create(channels);
	if (setting->django == DJANGO_PUBSUB)
		channels->pubsub = django_pubsub_create(channels);
	return channels;
}

void redis_channels_end(struct redis_channels *channels)
{
	channels->is_ended = true;
}

void redis_channels_destroy(struct redis_channels *channels)
{
	if (channels == NULL)
		return;
	django_core_destroy(channels->core);
	django_pubsub_destroy(channels->pubsub);
	redis_membership_flag_destroy(channels->membership_flag);
	redis_keeper_destroy(channels->keeper);
	redis_waiter_destroy(channels->waiter);
	memberships_destroy(channels->memberships);
	mem_free(channels);
}

void redis_channels_up(struct redis_channels *channels)
{
	redis_waiter_up(channels->waiter);
	if (channels->membership_flag != NULL)
		redis_membership_flag_up(channels->membership_flag);
	redis_keeper_renew_all(channels->keeper);
	if (channels->core != NULL)
		django_core_up(channels->core);
	if (channels->pubsub != NULL)
		django_pubsub_up(channels->pubsub);
}

void redis_channels_pushed(
	struct redis_channels *channels, struct link *link, struct str channel, struct str payload)
{
	if (channels->membership_flag != NULL)
		redis_membership_flag_hear(channels->membership_flag);
	if (channels->pubsub != NULL)
		django_pubsub_pushed(channels->pubsub, link, channel, payload);
}

void redis_channels_open_room(struct redis_channels *channels, struct str room)
{
	if (channels->core != NULL)
		django_core_open_room(channels->core, room);
}

void redis_channels_close_room(struct redis_channels *channels, struct str room)
{
	if (channels->core != NULL)
		django_core_close_room(channels->core, room);
}

void redis_channels_settle(
	struct redis_channels *channels, uint64_t author_id, enum layer_result result)
{
	if (channels->core != NULL)
		django_core_settle(channels->core, author_id, result);
	if (channels->pubsub != NULL)
		django_pubsub_settle(channels->pubsub, author_id, result);
}

void redis_channels_hurry(struct redis_channels *channels)
{
	if (channels->core != NULL)
		django_core_hurry(channels->core);
	if (channels->pubsub != NULL)
		django_pubsub_hurry(channels->pubsub);
}

bool redis_channels_are_idle(const struct redis_channels *channels)
{
	return channels->under_way == 0;
}

enum layer_result redis_channels_new_channel(
	struct redis_channels *channels, struct str prefix, uint64_t owner, struct buf *name_out)
{
	if (!add_process(channels, prefix))
		return LAYER_CROWDED;
	return switchboard_new_channel(channels->setting.own, prefix, owner, name_out);
}

static void end_send(void *context, const struct link_reply *reply)
{
	static const struct {
		const char *word;
		enum layer_result result;
	} results[] = {
		{ "sent", LAYER_SENT },
		{ "full", LAYER_FULL },
		{ "repeated", LAYER_REPEATED },
	};
	struct redis_ask *ask = context;
	enum layer_result result = LAYER_UNAVAILABLE;

	if (redis_channels_is_good(ask->channels, reply)) {
		for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
			if (str_is(reply->text, results[i].word))
				result = results[i].result;
		}
	}
	if (result == LAYER_FULL)
		stat_add(ask->channels->layer.stats, STAT_CHANNEL_FULL, 1);
	redis_ask_settle(ask, result);
}

/* All messages of a process are on one host. Messages of a plain channel go to the hosts in turn,
 * as with channels_redis. A message with a ref goes to the ref's host, which remembers the ref. */
static struct link *link_of(struct redis_channels *channels, struct str channel, struct str ref_key)
{
	struct str process = redis_channel_process(channel);
	struct links *links = channels->setting.links;

	if (str_ends_with(process, STR_OF("!")))
		return links_of(links, process);
	return ref_key.len > 0 ? links_of(links, ref_key)
			       : links_at(links, channels->sent++ % links_count(links));
}

static bool send_bytes(struct redis_channels *channels, struct str channel, struct str bytes,
	struct str ref_key, const struct link_handler *handler)
{
	struct buf key = { 0 }, capacity = { 0 }, expiry = { 0 }, ref_seconds = { 0 };
	struct link *link = link_of(channels, channel, ref_key);
	bool is_sent;

	redis_channel_key(channels->setting.prefix, channel, &key);
	buf_append_number(&capacity, (int64_t)channels->layer.capacity);
	redis_write_seconds(channels->layer.expiry_ms, &expiry);
	buf_append_number(&ref_seconds, REDIS_REF_SECONDS);
	if (ref_key.len == 0)
		is_sent = script_eval(link, &redis_script_send, handler, 1,
			LINK_WORDS(buf_str(&key), bytes, buf_str(&capacity), buf_str(&expiry)));
	else
		is_sent = script_eval(link, &redis_script_send, handler, 2,
			LINK_WORDS(buf_str(&key), ref_key, bytes, buf_str(&capacity),
				buf_str(&expiry), buf_str(&ref_seconds)));
	buf_finish(&key);
	buf_finish(&capacity);
	buf_finish(&expiry);
	buf_finish(&ref_seconds);
	return is_sent;
}

static enum layer_result send_to_redis(struct redis_channels *channels, struct str channel,
	const struct json *object, const struct author *author)
{
	struct redis_ask *ask = redis_ask_create(channels, author);
	bool is_process = str_find(channel, '!') < channel.len;
	struct redis_message message = { 0 };
	struct buf bytes = { 0 }, ref_key = { 0 };
	bool is_sent;

	(void)redis_channels_ref(author, 'c', channel, &ref_key);
	redis_message_write(&message, object, NULL);
	redis_message_pack_for(&message, &channel, is_process ? 1 : 0, false, &bytes);
	is_sent = send_bytes(channels, channel, buf_str(&bytes), buf_str(&ref_key),
		&(struct link_handler){ end_send, ask });
	redis_message_finish(&message);
	buf_finish(&bytes);
	buf_finish(&ref_key);
	if (!is_sent)
		redis_ask_destroy(ask);
	return is_sent ? LAYER_UNDER_WAY : LAYER_UNAVAILABLE;
}

bool redis_channels_is_strangers(const struct redis_channels *channels, struct str channel)
{
	return !redis_channel_is_sites(channel) &&
	       !redis_channel_is_brokers(channel, channels->layer.broker_id);
}

/* Whether this broker may send to a process-local channel that is not its own. */
static bool may_send(
	const struct redis_channels *channels, struct str channel, const struct json *object)
{
	struct str type = STR("");

	(void)json_get_string(json_find(object, "type"), &type);
	if (!redis_channels_is_strangers(channels, channel))
		return false;
	return !redis_channel_is_djangos(channel) || redis_channels_is_djangos_type(channels, type);
}

enum layer_result redis_channels_send(struct redis_channels *channels, struct str channel,
	const struct event *event, const struct author *author)
{
	uint64_t unused;
	enum channel_kind kind = channel_name_kind(channel, channels->layer.broker_id, &unused);

	if (kind != CHANNEL_OPEN && kind != CHANNEL_STRANGE)
		return switchboard_send(channels->setting.own, channel, event, author);
	if (kind == CHANNEL_STRANGE && !may_send(channels, channel, event->fields))
		return LAYER_NO_CHANNEL;
	return send_to_redis(channels, channel, event->fields, author);
}

enum layer_result redis_channels_receive(struct redis_channels *channels, struct str channel,
	struct layer_receiver *receiver, struct buf *message_out)
{
	uint64_t unused;
	enum channel_kind kind = channel_name_kind(channel, channels->layer.broker_id, &unused);

	if (kind == CHANNEL_OPEN || kind == CHANNEL_MADE || kind == CHANNEL_BOUND)
		redis_groups_renew(channels, channel);
	return kind == CHANNEL_OPEN
		       ? redis_waiter_receive(channels->waiter, channel, receiver)
		       : switchboard_receive(channels->setting.own, channel, receiver, message_out);
}

void redis_channels_cancel_receive(struct redis_channels *channels, struct layer_receiver *receiver)
{
	if (receiver->inbox == NULL)
		redis_waiter_cancel(channels->waiter, receiver);
	else
		switchboard_cancel_receive(channels->setting.own, receiver);
}

void redis_channels_leave(struct redis_channels *channels, uint64_t connection)
{
	struct buf name = { 0 };

	if (memberships_count(channels->memberships) == 0)
		return;
	channel_write_name(connection, channels->layer.broker_id, &name);
	redis_groups_leave(channels, buf_str(&name));
	buf_finish(&name);
}

static void note_gone(void *context, struct str channel)
{
	redis_groups_leave(context, channel);
}

void redis_channels_end_owner(struct redis_channels *channels, uint64_t owner)
{
	inboxes_end_owner(switchboard_inboxes(channels->setting.own->switchboard), owner, note_gone,
		channels);
}

struct layer_counts redis_channels_count(const struct redis_channels *channels)
{
	struct layer_counts counts = switchboard_count(channels->setting.own);

	counts.channels += redis_waiter_count(channels->waiter);
	counts.memberships = memberships_count(channels->memberships);
	return counts;
}
