/* SPDX-License-Identifier: MIT */
/* No blocking command waits for the site's channel: when the connection breaks, a message that such
 * a command has taken is lost. A script takes messages and stores them as "in flight" in one step.
 * It runs at each tick, and again at once while there are messages, because Django drops what it
 * sends to a full channel. One broker at a time takes, which keeps Django's order. Another one
 * takes over when that broker has not taken for TURN_MS. */
#include "broker/layer/redis/django_core.h"

#include <inttypes.h>
#include <string.h>

#include "broker/layer/redis/channel_scripts.h"
#include "broker/layer/redis/channels_private.h"
#include "broker/layer/redis/django_queue.h"
#include "broker/layer/redis/names.h"
#include "common/base/map.h"
#include "common/base/mem.h"
#include "common/room_name.h"

#define TURN_MS "300"
#define TAKEN_AT_ONCE "200"
/* Beyond this, messages wait in Redis, up to the channel's capacity. */
#define MESSAGES_MAX 1000
/* After a message, so many takes may find nothing before the next tick's: about the time between
 * two messages of a busy sender. */
#define EAGER_LOOKS 20
#define INHERIT_MS 1000
#define GONE_SECONDS "5"
/* Longer than Django's layer keeps a room in its group: one day by default. */
#define TOKEN_SECONDS_MIN (25 * 60 * 60)
#define TOKEN_SECONDS_MORE (60 * 60)
#define TAKERS_KEY "roomwire:takers"
#define TURN_KEY "roomwire:turn"
#define IN_FLIGHT "$roomwire:"
/* Tokens whose rooms are known here: looked up, or open rooms. */
#define TOKENS_MAX 20000

struct django_core {
	struct redis_channels *channels; /* borrowed */
	struct link *link; /* to the host of the site's channel */
	struct django_queue *queue; /* owned */
	struct map *rooms; /* owned, with its values: names by token, where it is a hash */
	struct buf site_key;
	struct buf in_flight_key;
	struct timer take_timer;
	struct timer inherit_timer;
	int looks_left;
	size_t lookups; /* messages that wait for the look-up of their room */
	bool is_taking;
	bool is_hurried;
};

/* A message that waits for the look-up of its room. */
struct lookup {
	struct django_core *core;
	size_t token_len;
	size_t len;
	char data[]; /* the token, then the bytes */
};

static void arm(struct django_core *core, struct timer *timer, uint64_t after_ms)
{
	if (!core->is_hurried)
		reactor_arm(core->channels->layer.reactor, timer, after_ms);
}

static void end_forgetting(void *context, const struct link_reply *reply)
{
	((struct django_core *)context)->channels->under_way--;
	(void)reply;
}

/* Removes a message from those in flight. If the link is down it stays there; a retry then finds it
 * in the log. */
static void forget(void *context, struct str bytes)
{
	struct django_core *core = context;

	if (link_command(core->link, &(struct link_handler){ end_forgetting, core },
		    LINK_WORDS(STR_OF("ZREM"), buf_str(&core->in_flight_key), bytes)))
		core->channels->under_way++;
}

static void remember_token(struct django_core *core, struct str token, struct str room)
{
	if (map_find(core->rooms, token) == NULL && map_count(core->rooms) < TOKENS_MAX)
		map_put(core->rooms, token, str_dup(room));
}

static void drop(struct django_core *core, struct str bytes, const char *problem)
{
	redis_channels_refuse(core->channels, problem);
	forget(core, bytes);
}

static void end_lookup(void *context, const struct link_reply *reply)
{
	struct lookup *lookup = context;
	struct django_core *core = lookup->core;
	struct str token = str_range(lookup->data, lookup->token_len);
	struct str bytes = str_range(lookup->data + lookup->token_len, lookup->len);
	struct buf room = { 0 };

	core->channels->under_way--;
	core->lookups--;
	if (reply != NULL && reply->kind == LINK_TEXT &&
		room_name_normalize(reply->text, &room) == NAME_OK) {
		remember_token(core, token, buf_str(&room));
		if (!django_queue_has(core->queue, bytes))
			django_queue_put(core->queue, buf_str(&room), bytes);
	} else if (reply != NULL) {
		drop(core, bytes, "its room is not known");
	}
	buf_finish(&room);
	mem_free(lookup);
}

static void write_token_key(struct str token, struct buf *out)
{
	buf_append_text(out, "roomwire:token:");
	buf_append_str(out, token);
}

static void look_up(struct django_core *core, struct str token, struct str bytes)
{
	struct lookup *lookup = mem_alloc(sizeof(*lookup) + token.len + bytes.len);
	struct buf key = { 0 };

	lookup->core = core;
	lookup->token_len = token.len;
	lookup->len = bytes.len;
	memcpy(lookup->data, token.data, token.len);
	memcpy(lookup->data + token.len, bytes.data, bytes.len);
	write_token_key(token, &key);
	if (link_command(links_at(core->channels->setting.links, 0),
		    &(struct link_handler){ end_lookup, lookup },
		    LINK_WORDS(STR_OF("GET"), buf_str(&key)))) {
		core->channels->under_way++;
		core->lookups++;
	} else {
		mem_free(lookup);
	}
	buf_finish(&key);
}

static void put(struct django_core *core, struct str token, struct str bytes)
{
	struct buf room = { 0 };
	const char *known = map_find(core->rooms, token);

	if (known != NULL)
		buf_append_text(&room, known);
	if (known != NULL || redis_room_of_token(token, &room))
		django_queue_put(core->queue, buf_str(&room), bytes);
	else
		look_up(core, token, bytes);
	buf_finish(&room);
}

static void take_message(struct django_core *core, struct str bytes)
{
	struct redis_message_read read;
	struct str channel;
	const char *problem;

	if (!redis_message_read(bytes, true, &read, &problem)) {
		drop(core, bytes, problem);
		return;
	}
	if (!redis_message_channel(&read, 0, &channel) || !redis_channel_is_sites(channel))
		drop(core, bytes, "it is for no room");
	else
		put(core, str_skip(channel, strlen(REDIS_SITE_PROCESS)), bytes);
	redis_message_read_finish(&read);
}

/* may_be_there: the messages were in flight, so the queue may still hold them. */
static void take_all(struct django_core *core, const struct link_reply *reply, bool may_be_there)
{
	for (size_t i = 0; i < reply->count; i++) {
		struct str bytes = reply->elements[i].text;

		if (!may_be_there || !django_queue_has(core->queue, bytes))
			take_message(core, bytes);
	}
}

static void take(struct django_core *core);

static void end_taking(void *context, const struct link_reply *reply)
{
	struct django_core *core = context;

	core->is_taking = false;
	if (!redis_channels_is_good(core->channels, reply) || reply->kind != LINK_ARRAY)
		return;
	take_all(core, reply, false);
	if (reply->count > 0)
		core->looks_left = EAGER_LOOKS;
	if (core->looks_left > 0) {
		core->looks_left--;
		take(core);
	}
}

/* Messages whose room is looked up are not in the queue yet: wait for them, so that at most one
 * take exceeds the queue's bound. */
static bool has_room(const struct django_core *core)
{
	return core->lookups == 0 && django_queue_has_room(core->queue);
}

static void take(struct django_core *core)
{
	const char *id = core->channels->layer.broker_id;

	if (core->is_taking || core->is_hurried || !has_room(core))
		return;
	core->is_taking = script_eval(core->link, &redis_script_take_over,
		&(struct link_handler){ end_taking, core }, 3,
		LINK_WORDS(buf_str(&core->site_key), buf_str(&core->in_flight_key),
			STR_OF(TURN_KEY), STR_OF(TAKEN_AT_ONCE), str_from(id), STR_OF(TURN_MS)));
}

static void tick(struct timer *timer)
{
	struct django_core *core = list_entry(timer, struct django_core, take_timer);

	take(core);
	arm(core, timer, TIMER_TICK_MS);
}

static void end_inheriting(void *context, const struct link_reply *reply)
{
	struct django_core *core = context;

	if (redis_channels_is_good(core->channels, reply) && reply->kind == LINK_ARRAY)
		take_all(core, reply, true);
}

static void inherit(struct timer *timer)
{
	struct django_core *core = list_entry(timer, struct django_core, inherit_timer);
	struct buf prefix = { 0 };

	buf_append_str(&prefix, buf_str(&core->site_key));
	buf_append_text(&prefix, IN_FLIGHT);
	if (has_room(core))
		redis_tell_script(core->link, &redis_script_inherit,
			&(struct link_handler){ end_inheriting, core }, 2,
			LINK_WORDS(STR_OF(TAKERS_KEY), buf_str(&core->in_flight_key),
				str_from(core->channels->layer.broker_id), STR_OF(GONE_SECONDS),
				buf_str(&prefix)));
	buf_finish(&prefix);
	arm(core, timer, INHERIT_MS);
}

struct django_core *django_core_create(struct redis_channels *channels)
{
	struct django_core *core = mem_new(struct django_core);
	struct str process = STR(REDIS_SITE_PROCESS);

	core->channels = channels;
	core->link = links_of(channels->setting.links, process);
	core->queue = django_queue_create(&(struct django_queue_setting){ .channels = channels,
		.messages_max = MESSAGES_MAX,
		.has_salt = true,
		.done = forget,
		.context = core });
	core->rooms = map_create();
	redis_channel_key(channels->setting.prefix, process, &core->site_key);
	redis_channel_key(channels->setting.prefix, process, &core->in_flight_key);
	buf_append_format(&core->in_flight_key, IN_FLIGHT "%s", channels->layer.broker_id);
	timer_init(&core->take_timer, tick);
	timer_init(&core->inherit_timer, inherit);
	return core;
}

void django_core_destroy(struct django_core *core)
{
	size_t position = 0;
	void *room;

	if (core == NULL)
		return;
	reactor_disarm(core->channels->layer.reactor, &core->take_timer);
	reactor_disarm(core->channels->layer.reactor, &core->inherit_timer);
	django_queue_destroy(core->queue);
	while (map_next(core->rooms, &position, NULL, &room))
		mem_free(room);
	map_destroy(core->rooms);
	buf_finish(&core->site_key);
	buf_finish(&core->in_flight_key);
	mem_free(core);
}

void django_core_up(struct django_core *core)
{
	bool is_sent;

	/* Messages whose take succeeded, but whose reply was lost when the link broke. */
	is_sent = link_command(core->link, &(struct link_handler){ end_inheriting, core },
		LINK_WORDS(STR_OF("ZRANGE"), buf_str(&core->in_flight_key), STR_OF("0"),
			STR_OF("-1")));
	if (is_sent)
		inherit(&core->inherit_timer);
	arm(core, &core->take_timer, 0);
}

/* Stores the room of a token that is a hash, for all brokers. */
static void tell_token(struct django_core *core, struct str token, struct str room)
{
	uint64_t seconds = core->channels->layer.group_expiry_ms / 1000 + TOKEN_SECONDS_MORE;
	struct buf key = { 0 }, expiry = { 0 };

	write_token_key(token, &key);
	buf_append_number(
		&expiry, (int64_t)(seconds < TOKEN_SECONDS_MIN ? TOKEN_SECONDS_MIN : seconds));
	redis_tell(links_at(core->channels->setting.links, 0),
		LINK_WORDS(STR_OF("SET"), buf_str(&key), room, STR_OF("EX"), buf_str(&expiry)));
	buf_finish(&key);
	buf_finish(&expiry);
}

void django_core_keep(struct django_core *core, struct str member)
{
	struct str token = str_skip(member, strlen(REDIS_SITE_PROCESS));
	const char *room = redis_channel_is_sites(member) ? map_find(core->rooms, token) : NULL;

	if (room != NULL)
		tell_token(core, token, str_from(room));
}

void django_core_open_room(struct django_core *core, struct str room)
{
	struct buf group = { 0 }, member = { 0 };
	bool says_it;
	struct str token;

	room_name_group(room, &group);
	says_it = redis_room_member(room, &member);
	token = str_skip(buf_str(&member), strlen(REDIS_SITE_PROCESS));
	if (!says_it) {
		remember_token(core, token, room);
		tell_token(core, token, room);
	}
	(void)redis_groups_add(core->channels, buf_str(&group), buf_str(&member), NULL);
	redis_keeper_keep(core->channels->keeper, buf_str(&group), buf_str(&member));
	buf_finish(&group);
	buf_finish(&member);
}

void django_core_close_room(struct django_core *core, struct str room)
{
	struct buf group = { 0 }, member = { 0 };

	room_name_group(room, &group);
	redis_room_member(room, &member);
	redis_keeper_drop(core->channels->keeper, buf_str(&group), buf_str(&member));
	buf_finish(&group);
	buf_finish(&member);
}

void django_core_settle(struct django_core *core, uint64_t author_id, enum layer_result result)
{
	django_queue_settle(core->queue, author_id, result);
}

void django_core_hurry(struct django_core *core)
{
	core->is_hurried = true;
	reactor_disarm(core->channels->layer.reactor, &core->take_timer);
	reactor_disarm(core->channels->layer.reactor, &core->inherit_timer);
}
