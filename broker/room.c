/* SPDX-License-Identifier: MIT */
/* A room opens with its first member on this broker and closes with its last one; what outlives it
 * (its numbering) is the layer's. Events are rendered here, once for each dialect that somebody in
 * the room speaks. */
#include "broker/room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/broker.h"
#include "broker/history/tail.h"
#include "broker/order/room.h"
#include "broker/past.h"
#include "broker/payload.h"
#include "broker/shard.h"
#include "broker/typing.h"
#include "broker/welcome.h"
#include "broker/ws/deflate.h"
#include "common/base/map.h"
#include "common/base/mem.h"
#include "common/room_name.h"

#define PRESENCE_MS 250
#define PRESENCE_LARGE_MS 1000

struct rooms {
	struct broker *broker; /* borrowed */
	enum stamp stamp;
	struct deflate *deflate; /* owned */
	struct buf frames[DIALECT_COUNT]; /* of the event that is being delivered */
	struct buf ack;
	struct slab people;
	struct map *by_name;
	struct map *by_hash; /* by the group, of rooms whose group is a hash */
};

struct rooms *rooms_create(struct broker *broker, enum stamp stamp)
{
	struct rooms *rooms = mem_new(struct rooms);

	rooms->broker = broker;
	rooms->stamp = stamp;
	rooms->deflate = deflate_create();
	slab_init(&rooms->people, PERSON_CELL_BYTES);
	rooms->by_name = map_create();
	rooms->by_hash = map_create();
	return rooms;
}

struct broker *rooms_broker(const struct rooms *rooms)
{
	return rooms->broker;
}

void rooms_destroy(struct rooms *rooms)
{
	if (rooms == NULL)
		return;
	deflate_destroy(rooms->deflate);
	for (size_t i = 0; i < DIALECT_COUNT; i++)
		buf_finish(&rooms->frames[i]);
	buf_finish(&rooms->ack);
	map_destroy(rooms->by_name);
	map_destroy(rooms->by_hash);
	slab_finish(&rooms->people);
	mem_free(rooms);
}

struct room *rooms_find(struct rooms *rooms, struct str name)
{
	return map_find(rooms->by_name, name);
}

struct room *rooms_find_group(struct rooms *rooms, struct str group)
{
	return map_find(rooms->by_hash, group);
}

size_t rooms_count(const struct rooms *rooms)
{
	return map_count(rooms->by_name);
}

size_t room_connections(const struct room *room)
{
	size_t count = 0;

	for (size_t i = 0; i < DIALECT_COUNT; i++)
		count += room->speakers[i];
	return count;
}

static int compare_rooms(const void *a, const void *b)
{
	const struct room *const *left = a;
	const struct room *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

struct room **rooms_sorted(struct rooms *rooms, size_t *count_out)
{
	struct room **sorted = mem_alloc_array(map_count(rooms->by_name), sizeof(struct room *));
	size_t position = 0;
	size_t count = 0;
	void *room;

	while (map_next(rooms->by_name, &position, NULL, &room))
		sorted[count++] = room;
	qsort(sorted, count, sizeof(struct room *), compare_rooms);
	*count_out = count;
	return sorted;
}

static void clear_frames(struct buf frames[static DIALECT_COUNT])
{
	for (size_t i = 0; i < DIALECT_COUNT; i++)
		buf_clear(&frames[i]);
}

/* Whether anybody in the room speaks the language, compressed or not. */
static bool is_spoken(const struct room *room, enum dialect language)
{
	size_t speakers = 0;

	for (size_t i = language; i < DIALECT_COUNT; i += DIALECT_LANGUAGES)
		speakers += room->speakers[i];
	return speakers > 0;
}

/* Sends a roomwire.v1 object to all who speak it. head: where the numbering stands after it, or
 * NULL. */
static void send_to_v1(struct room *room, struct str json, const struct layer_head *head)
{
	struct buf *frames = room->rooms->frames;

	clear_frames(frames);
	for (enum dialect i = 0; i < DIALECT_LANGUAGES; i++) {
		size_t start;

		if (!dialect_is_v1(i) || !is_spoken(room, i))
			continue;
		if (head != NULL)
			dialect_position(i, head->epoch, head->seq, &frames[i]);
		start = dialect_begin(i, &frames[i]);
		buf_append_str(&frames[i], json);
		dialect_end(i, &frames[i], start);
	}
	room_send(room, frames);
}

void room_tell(struct room *room, struct str json)
{
	send_to_v1(room, json, NULL);
}

static void tell_presence(struct timer *timer)
{
	struct room *room = list_entry(timer, struct room, presence_timer);
	struct buf news = { 0 };

	if (presence_tell(&room->presence, &news))
		room_tell(room, buf_str(&news));
	buf_finish(&news);
}

/* Without connections there is nobody to be told. */
void room_arm_presence(struct room *room)
{
	bool is_large = room->presence.here.count > PRESENCE_NAMES_MAX;

	if (room_connections(room) > 0 && presence_has_news(&room->presence) &&
		!timer_is_armed(&room->presence_timer))
		reactor_arm(&room->rooms->broker->reactor, &room->presence_timer,
			is_large ? PRESENCE_LARGE_MS : PRESENCE_MS);
}

void rooms_set_head(struct room *room, const struct layer_head *head)
{
	room->head = *head;
	room->is_open = true;
	if (room->past != NULL)
		past_begin(room->past);
}

void rooms_begin_anew(struct room *room, const struct layer_head *head)
{
	struct buf json = { 0 };
	struct json_writer writer = json_writer_to(&json);

	room->head = *head;
	if (room->past != NULL)
		past_begin_anew(room->past);
	json_begin_object(&writer, NULL);
	json_add_string(&writer, "type", STR_OF("epoch"));
	json_add_string(&writer, "epoch", str_from(head->epoch));
	json_add_integer(&writer, "seq", (int64_t)head->seq);
	json_end_object(&writer);
	send_to_v1(room, buf_str(&json), head);
	buf_finish(&json);
}

static struct room *open_room(struct rooms *rooms, struct str name)
{
	struct room *room = mem_alloc(sizeof(*room) +
				      rooms->broker->shard_count * sizeof(struct room_feed) +
				      name.len + 1);
	struct buf group = { 0 };

	room->name = memcpy(&room->feeds[rooms->broker->shard_count], name.data, name.len);
	room->rooms = rooms;
	presence_init(&room->presence, &rooms->people);
	timer_init(&room->presence_timer, tell_presence);
	map_put(rooms->by_name, name, room);
	room_name_group(name, &group);
	if (room_group_is_hash(buf_str(&group)))
		map_put(rooms->by_hash, buf_str(&group), room);
	buf_finish(&group);
	return room;
}

static void close_room(struct room *room)
{
	struct rooms *rooms = room->rooms;
	struct str name = str_from(room->name);
	struct buf group = { 0 };

	reactor_disarm(&rooms->broker->reactor, &room->presence_timer);
	typing_finish(room);
	past_destroy(room->past);
	order_room_destroy(room->order);
	rooms->broker->layer->ops->close_room(rooms->broker->layer, name);
	map_remove(rooms->by_name, name);
	room_name_group(name, &group);
	map_remove(rooms->by_hash, buf_str(&group));
	buf_finish(&group);
	presence_finish(&room->presence);
	mem_free(room);
}

static struct feed *join_feed(struct room *room, struct shard *shard)
{
	struct room_feed *feed = &room->feeds[shard_index(shard)];

	if (feed->members++ == 0)
		feed->feed = feed_create(shard);
	return feed->feed;
}

static void leave_feed(struct room *room, struct shard *shard)
{
	struct room_feed *feed = &room->feeds[shard_index(shard)];

	if (--feed->members > 0)
		return;
	shard_drop_feed(shard, feed->feed);
	feed->feed = NULL;
}

struct room *rooms_open(struct rooms *rooms, struct str name)
{
	struct room *room = rooms_find(rooms, name);
	struct layer *layer = rooms->broker->layer;
	struct layer_head head;

	if (room != NULL)
		return room;
	room = open_room(rooms, name);
	if (layer->ops->open_room(layer, name, &head))
		rooms_set_head(room, &head);
	return room;
}

void rooms_close_if_empty(struct room *room)
{
	if (room->presence.own_count == 0 && !past_has_joiners(room->past))
		close_room(room);
}

/* Tells the other brokers that a user is in the room on this broker, or not any more. */
static void tell_layer(const struct room *room, const struct person *person, bool is_here)
{
	struct layer *layer = room->rooms->broker->layer;
	struct user user;

	memcpy(user.id, person->id, sizeof(user.id));
	snprintf(user.name, sizeof(user.name), "%s", person->name);
	layer->ops->person(layer, str_from(room->name), &user, is_here);
}

struct replay *rooms_replay(struct room *room, uint64_t after, enum dialect dialect)
{
	if (after >= room->head.seq)
		return NULL;
	past_note_replay(room->past);
	return tail_replay(
		room->past->tail, after, dialect, room->rooms->stamp, room->rooms->deflate);
}

struct feed *rooms_join(struct room *room, struct channel *channel, const struct newcomer *newcomer,
	const struct room_past *past, struct buf *greeting)
{
	const struct conn *conn = conn_of(channel);
	enum person_told told;

	room->speakers[conn->dialect]++;
	channel->room = room;
	if (presence_join(&room->presence, channel, newcomer->user))
		tell_layer(room, channel->person, true);
	order_seat(room, channel, newcomer->standing);
	room_arm_presence(room);
	told = channel->person->told;
	if (dialect_is_v1(conn->dialect))
		welcome_write(room, channel->person, conn->dialect, past, greeting);
	/* Nobody else has read this list. */
	channel->person->told = told;
	return join_feed(room, conn->shard);
}

void rooms_leave(struct channel *channel)
{
	struct room *room = channel->room;
	const struct person *person = channel->person;

	if (room == NULL)
		return;
	if (presence_leave(&room->presence, channel)) {
		tell_layer(room, person, false);
		typing_forget(room, str_from(person->name));
	}
	order_forget_gone(room, person->id);
	leave_feed(room, conn_of(channel)->shard);
	channel->room = NULL;
	room->speakers[conn_of(channel)->dialect]--;
	room_arm_presence(room);
	rooms_close_if_empty(room);
}

void rooms_let_go(struct room *room, const uint8_t user[static USER_ID_SIZE])
{
	const struct person *person = presence_let_go(&room->presence, user);

	if (person != NULL)
		tell_layer(room, person, false);
	order_forget_gone(room, user);
	room_arm_presence(room);
	rooms_close_if_empty(room);
}

void rooms_note_elsewhere(struct room *room, const struct user *user, bool is_here)
{
	if (is_here)
		presence_join_elsewhere(&room->presence, user);
	else
		presence_leave_elsewhere(&room->presence, user->id);
	order_forget_gone(room, user->id);
	room_arm_presence(room);
}

/* Compresses the frames that somebody needs, unless another room has needed them already. */
static void add_compressed(const struct room *room, struct buf frames[static DIALECT_COUNT])
{
	for (enum dialect i = DIALECT_LANGUAGES; i < DIALECT_COUNT; i++) {
		if (room->speakers[i] > 0 && frames[i].len == 0)
			deflate_frames(room->rooms->deflate, buf_str(&frames[dialect_language(i)]),
				&frames[i]);
	}
}

/* author_frames, if any, go to author alone and before the others. */
static void post_frames(struct room *room, const struct str frames[static DIALECT_COUNT],
	struct conn *author, struct str author_frames)
{
	struct rooms *rooms = room->rooms;
	struct payload *payload = payload_create(frames);

	for (size_t i = 0; i < rooms->broker->shard_count; i++) {
		bool is_authors = author != NULL && author->shard == rooms->broker->shards[i];

		if (room->feeds[i].members > 0)
			shard_deliver(rooms->broker->shards[i], room->feeds[i].feed, payload,
				is_authors ? author : NULL,
				is_authors ? author_frames : STR_OF(""));
	}
	payload_unref(payload);
}

static void note_deliveries(const struct room *room, const struct str frames[static DIALECT_COUNT])
{
	size_t receivers = 0;

	for (size_t i = 0; i < DIALECT_COUNT; i++) {
		if (frames[i].len > 0)
			receivers += room->speakers[i];
	}
	if (receivers == 0)
		return;
	stat_add(&room->rooms->broker->stats, STAT_DELIVERIES, receivers);
	stat_observe(&room->rooms->broker->stats, HISTOGRAM_FAN_OUT, receivers);
}

static void send_frames(struct room *room, struct buf frames[static DIALECT_COUNT],
	struct conn *author, struct str author_frames)
{
	struct rooms *rooms = room->rooms;
	struct str all[DIALECT_COUNT];

	add_compressed(room, frames);
	for (size_t i = 0; i < DIALECT_COUNT; i++)
		all[i] = buf_str(&frames[i]);
	if (rooms->broker->shard_count == 1 && shard_is_here(rooms->broker->shards[0]))
		shard_deliver_here(room->feeds[0].feed, all, author, author_frames);
	else
		post_frames(room, all, author, author_frames);
	note_deliveries(room, all);
}

void room_send(struct room *room, struct buf frames[static DIALECT_COUNT])
{
	if (room_connections(room) > 0) /* else all who are there are joiners */
		send_frames(room, frames, NULL, STR_OF(""));
}

static void note_said(struct room *room, const struct event *event)
{
	struct past *past = room->rooms->broker->layer->keeps_past ? past_of(room) : NULL;

	room->head.seq = event->seq;
	if (past == NULL)
		return;
	tail_append(past->tail, &(struct archive_message){ .seq = event->seq,
					.time_ms = event->time_ms,
					.user = event->user,
					.text = event->message,
					.kind = event->kind,
					.target = event->target,
					.edited_ms = event->edited_ms });
	past_trim(past);
}

void rooms_deliver(
	struct rooms *rooms, const struct event *event, struct channel *author, struct str ref)
{
	struct room *room = author != NULL ? author->room : rooms_find(rooms, event->room);
	struct buf *frames = rooms->frames;

	if (event->is_message && event->kind == MESSAGE_SAYS)
		stat_add(&rooms->broker->stats, STAT_MESSAGES, 1);
	if (room == NULL || !room->is_open)
		return;
	if (event->is_message) {
		note_said(room, event);
		typing_forget(room, event->user);
	}
	if (room_connections(room) == 0) /* joiners find it in the tail */
		return;
	clear_frames(frames);
	buf_clear(&rooms->ack);
	for (enum dialect i = 0; i < DIALECT_LANGUAGES; i++) {
		if (is_spoken(room, i))
			dialect_event(i, event, rooms->stamp, &frames[i]);
	}
	if (author != NULL && ref.len > 0)
		dialect_ack(ref, event->seq, &rooms->ack);
	send_frames(room, frames, author == NULL ? NULL : conn_of(author), buf_str(&rooms->ack));
}

size_t rooms_announce(struct rooms *rooms, struct str message)
{
	struct buf *frames = rooms->frames;
	size_t position = 0;
	size_t count = 0;
	void *room;

	clear_frames(frames);
	for (size_t i = 0; i < DIALECT_LANGUAGES; i++)
		dialect_notice((enum dialect)i, message, &frames[i]);
	while (map_next(rooms->by_name, &position, NULL, &room)) {
		room_send(room, frames);
		count += room_connections(room);
	}
	return count;
}

void rooms_tell_link(struct rooms *rooms)
{
	struct buf *frames = rooms->frames;
	size_t position = 0;
	void *room;

	clear_frames(frames);
	for (enum dialect i = 0; i < DIALECT_LANGUAGES; i++) {
		if (dialect_is_v1(i))
			welcome_write_link(rooms->broker, i, &frames[i]);
	}
	while (map_next(rooms->by_name, &position, NULL, &room))
		room_send(room, frames);
}
