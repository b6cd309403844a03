/* SPDX-License-Identifier: MIT */
/* Sends an event to all members of a group. Each process of the site, ours or Django's, gets one
 * message, which lists all of its channels. */
#include "broker/layer/redis/channel_scripts.h"
#include "broker/layer/redis/channels_private.h"
#include "broker/layer/redis/membership_flag.h"
#include "broker/layer/redis/message.h"
#include "broker/layer/redis/names.h"
#include "common/base/mem.h"
#include "common/room_name.h"

/* The most events that wait for the members of their groups. */
#define TELLINGS_MAX 16384
/* How many processes one script sends to. */
#define SENT_AT_ONCE 200

/* An event on its way to the members of a group. */
struct telling {
	struct redis_channels *channels;
	struct author author; /* of an event for a group without a room: gets the result */
	bool has_author;
	bool is_for_django; /* Django's consumers know the event's type */
	struct buf text; /* JSON */
	struct buf published; /* Django's pub/sub channel that gets it, too; "": none */
};

/* Messages for several processes whose keys are on one host. */
struct parcel {
	struct redis_channels *channels;
	struct link *link;
	struct buf keys[SENT_AT_ONCE];
	struct buf messages[SENT_AT_ONCE];
	size_t count;
};

static void end_parcel(void *context, const struct link_reply *reply)
{
	struct redis_channels *channels = context;

	if (redis_channels_is_good(channels, reply) && reply->kind == LINK_INTEGER)
		stat_add(channels->layer.stats, STAT_GROUP_MISSED, (uint64_t)reply->integer);
	channels->under_way--;
}

static void write_bounds(
	const struct redis_channels *channels, struct buf *capacity, struct buf *expiry)
{
	buf_append_number(capacity, (int64_t)channels->layer.capacity);
	redis_write_seconds(channels->layer.expiry_ms, expiry);
}

static void send_parcel(struct parcel *parcel)
{
	struct redis_channels *channels = parcel->channels;
	size_t count = parcel->count;
	struct str words[2 * SENT_AT_ONCE + 2];
	struct buf capacity = { 0 }, expiry = { 0 };

	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		words[i] = buf_str(&parcel->keys[i]);
		words[count + i] = buf_str(&parcel->messages[i]);
	}
	write_bounds(channels, &capacity, &expiry);
	words[2 * count] = buf_str(&capacity);
	words[2 * count + 1] = buf_str(&expiry);
	if (script_eval(parcel->link, &redis_script_send_all,
		    &(struct link_handler){ end_parcel, channels }, count, 2 * count + 2, words))
		channels->under_way++;
	else
		stat_add(channels->layer.stats, STAT_GROUP_MISSED, count);
	for (size_t i = 0; i < count; i++) {
		buf_clear(&parcel->keys[i]);
		buf_clear(&parcel->messages[i]);
	}
	buf_finish(&capacity);
	buf_finish(&expiry);
	parcel->count = 0;
}

/* How many of the left names, from the first one on, belong to the same process. */
static size_t count_of_process(const struct str *names, size_t left)
{
	struct str process = redis_channel_process(names[0]);
	size_t count = 1;

	while (count < left && str_equals(redis_channel_process(names[count]), process))
		count++;
	return count;
}

static void add_to_parcel(struct parcel *parcel, const struct redis_message *message,
	const struct str *names, size_t count)
{
	bool is_process = str_ends_with(redis_channel_process(names[0]), STR_OF("!"));

	redis_channel_key(parcel->channels->setting.prefix, names[0], &parcel->keys[parcel->count]);
	redis_message_pack_for(
		message, names, is_process ? count : 0, true, &parcel->messages[parcel->count]);
	if (++parcel->count == SENT_AT_ONCE)
		send_parcel(parcel);
}

/* Sends to the processes whose keys are on one host. */
static void send_to_host(const struct telling *telling, struct link *link,
	const struct redis_message *message, const struct layer_names *names)
{
	struct parcel *parcel = mem_new(struct parcel);
	size_t step;

	parcel->channels = telling->channels;
	parcel->link = link;
	for (size_t i = 0; i < names->count; i += step) {
		const struct str *name = &names->names[i];

		step = count_of_process(name, names->count - i);
		if (links_of(telling->channels->setting.links, redis_channel_process(*name)) ==
				link &&
			(telling->is_for_django || !redis_channel_is_djangos(*name)))
			add_to_parcel(parcel, message, name, step);
	}
	send_parcel(parcel);
	for (size_t i = 0; i < SENT_AT_ONCE; i++) {
		buf_finish(&parcel->keys[i]);
		buf_finish(&parcel->messages[i]);
	}
	mem_free(parcel);
}

static void publish(const struct telling *telling, const struct redis_message *message)
{
	struct redis_channels *channels = telling->channels;
	struct str channel = buf_str(&telling->published);
	struct buf packed = { 0 };

	redis_message_pack(message, &packed);
	if (!link_command(links_of(channels->setting.links, channel), NULL,
		    LINK_WORDS(STR_OF("PUBLISH"), channel, buf_str(&packed))))
		stat_add(channels->layer.stats, STAT_GROUP_MISSED, 1);
	buf_finish(&packed);
}

static void send_to_members(const struct telling *telling, const struct layer_names *names)
{
	struct redis_channels *channels = telling->channels;
	struct redis_message message = { 0 };
	const char *unused;
	struct json *document = json_parse(buf_str(&telling->text), &unused);

	redis_message_write(&message, document, channels->layer.broker_id);
	for (size_t i = 0; names->count > 0 && i < links_count(channels->setting.links); i++)
		send_to_host(telling, links_at(channels->setting.links, i), &message, names);
	if (telling->published.len > 0)
		publish(telling, &message);
	json_destroy(document);
	redis_message_finish(&message);
}

static enum layer_result send_to_group(
	const struct telling *telling, const struct link_reply *reply)
{
	struct layer_names names;

	if (!redis_channels_is_good(telling->channels, reply)) {
		stat_add(telling->channels->layer.stats, STAT_GROUP_MISSED, 1);
		return LAYER_UNAVAILABLE;
	}
	if (reply->kind != LINK_ARRAY)
		return LAYER_REPEATED;
	names = redis_groups_read(reply);
	if (names.count > 0 || telling->published.len > 0)
		send_to_members(telling, &names);
	mem_free(names.names);
	return LAYER_SENT;
}

static void destroy_telling(struct telling *telling)
{
	telling->channels->under_way--;
	buf_finish(&telling->text);
	buf_finish(&telling->published);
	mem_free(telling);
}

static void end_telling(void *context, const struct link_reply *reply)
{
	struct telling *telling = context;
	const struct layer_sink *sink = &telling->channels->layer.sink;
	enum layer_result result = send_to_group(telling, reply);

	if (telling->has_author && !telling->channels->is_ended)
		sink->settle(sink->context, &telling->author, result, 0);
	destroy_telling(telling);
}

static bool is_for_django(const struct redis_channels *channels, const struct event *event)
{
	return redis_channels_is_djangos_type(
		channels, event->is_message ? event_type_for_channels(event) : event->type);
}

/* The channel on which Django's consumers get the event, if the pub/sub layer is used. */
static void write_published(const struct redis_channels *channels, const struct event *event,
	struct str group, struct buf *out)
{
	if (channels->setting.django != DJANGO_PUBSUB || !is_for_django(channels, event))
		return;
	if (event->room.len > 0)
		redis_room_channel(channels->setting.prefix, event->room, out);
	else
		redis_group_channel(channels->setting.prefix, group, out);
}

/* author is NULL when nobody waits for the result. */
static struct telling *telling_create(struct redis_channels *channels, const struct event *event,
	struct str group, const struct author *author)
{
	struct telling *telling = mem_new(struct telling);

	telling->channels = channels;
	telling->has_author = author != NULL;
	if (author != NULL)
		telling->author = (struct author){ .kind = author->kind, .id = author->id };
	telling->is_for_django = is_for_django(channels, event);
	event_write_for_channels(event, &telling->text);
	write_published(channels, event, group, &telling->published);
	channels->under_way++;
	return telling;
}

static enum layer_result tell_group(struct redis_channels *channels, const struct event *event,
	struct str group, const struct author *author)
{
	struct telling *telling;
	struct buf ref_key = { 0 };
	bool is_sent;

	if (channels->under_way >= TELLINGS_MAX)
		return LAYER_BUSY;
	telling = telling_create(channels, event, group, author);
	if (author != NULL)
		(void)redis_channels_ref(author, 'g', group, &ref_key);
	is_sent = redis_groups_ask(
		channels, group, buf_str(&ref_key), &(struct link_handler){ end_telling, telling });
	buf_finish(&ref_key);
	if (!is_sent)
		destroy_telling(telling);
	return is_sent ? LAYER_UNDER_WAY : LAYER_UNAVAILABLE;
}

void redis_channels_tell(struct redis_channels *channels, const struct event *event)
{
	struct buf group = { 0 };

	if (!redis_membership_flag_is_raised(channels->membership_flag))
		return;
	room_name_group(event->room, &group);
	if (tell_group(channels, event, buf_str(&group), NULL) != LAYER_UNDER_WAY)
		stat_add(channels->layer.stats, STAT_GROUP_MISSED, 1);
	buf_finish(&group);
}

enum layer_result redis_channels_group_send(
	struct redis_channels *channels, struct event *event, const struct author *author)
{
	bool has_author = author->kind != AUTHOR_NOBODY;
	enum layer_result result;

	if (!links_are_up(channels->setting.links))
		return LAYER_UNAVAILABLE;
	result = tell_group(channels, event, event->group, has_author ? author : NULL);
	return result == LAYER_UNDER_WAY && !has_author ? LAYER_SENT : result;
}
