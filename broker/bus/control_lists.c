/* SPDX-License-Identifier: MIT */
/* Lists of rooms, members, connections and sessions. They are cut by number and bytes, and go on
 * behind "after". */
#include <string.h>

#include "broker/broker.h"
#include "broker/bus/control_request.h"
#include "broker/bus/line.h"
#include "broker/conn.h"
#include "broker/logins.h"
#include "broker/order/room.h"
#include "broker/quota.h"
#include "broker/remote_sessions.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/room_name.h"

#define LIST_MAX 500
#define LIST_BYTES_MAX (64 * 1024)
#define REMOTE_POSITIONS (UINT64_C(1) << 62) /* behind all positions of logins */
#define CHANNELS_MAX 100 /* of a person */
/* Places that one request for connections looks at: a millisecond of work. */
#define LOOKED_AT_MAX 50000

/* "after" and "limit" of lists. */
struct list_page {
	char *after; /* owned */
	size_t limit;
	size_t begin; /* of the answer's bytes */
};

static struct list_page read_page_behind(const struct request *request, const char *key)
{
	struct str after = STR("");
	int64_t limit = LIST_MAX;

	json_get_string(json_find(request->arguments, key), &after);
	json_get_integer(json_find(request->arguments, "limit"), &limit);
	return (struct list_page){ str_dup(after),
		(size_t)(limit < 1          ? 1
			 : limit > LIST_MAX ? LIST_MAX
					    : limit),
		request->answer->out->len };
}

static struct list_page read_page(const struct request *request)
{
	return read_page_behind(request, "after");
}

static bool page_is_full(const struct list_page *page, const struct request *request, size_t count)
{
	return count >= page->limit || request->answer->out->len - page->begin > LIST_BYTES_MAX;
}

static bool is_behind(const struct list_page *page, const char *name)
{
	return page->after[0] == '\0' || strcmp(name, page->after) > 0;
}

/* What is other than in a room without rules. */
static void write_rules(const struct request *request, const struct room *room)
{
	struct room_rules rules = order_rules(room);
	struct str topic = order_topic(room);

	if (topic.len > 0)
		json_add_string(request->answer, "topic", topic);
	for (enum room_state state = ROOM_MEMBERS_ONLY; state < ROOM_STATE_COUNT; state++) {
		if (state != ROOM_SLOW && room_rules_has(&rules, state))
			json_add_bool(request->answer, room_state_word(state), true);
	}
	if (rules.slow_seconds > 0)
		json_add_integer(request->answer, "slow_seconds", rules.slow_seconds);
}

static void write_room(const struct request *request, const struct room *room)
{
	struct json_writer *answer = request->answer;
	struct buf group = { 0 };

	room_name_group(str_from(room->name), &group);
	json_begin_object(answer, NULL);
	json_add_string(answer, "room", str_from(room->name));
	json_add_string(answer, "group", buf_str(&group));
	json_add_integer(answer, "people", (int64_t)room->presence.here.count);
	json_add_integer(answer, "connections", (int64_t)room_connections(room));
	json_add_integer(answer, "seq", (int64_t)room->head.seq);
	/* The epoch is empty for a moment, while the room is being opened. */
	json_add_string(answer, "epoch", str_from(room->head.epoch));
	write_rules(request, room);
	json_end_object(answer);
	buf_finish(&group);
}

/* Who asks for an index does not say that hidden rooms are wanted, too. */
enum control_outcome control_rooms(struct request *request)
{
	struct list_page page = read_page(request);
	bool wants_hidden = false;
	size_t count;
	struct room **rooms = rooms_sorted(request->broker->rooms, &count);
	size_t written = 0;
	size_t i;

	json_get_bool(json_find(request->arguments, "hidden"), &wants_hidden);
	json_begin_array(request->answer, "rooms");
	for (i = 0; i < count && !page_is_full(&page, request, written); i++) {
		bool is_left_out = order_rules(rooms[i]).is_hidden && !wants_hidden;

		if (is_left_out || !is_behind(&page, rooms[i]->name))
			continue;
		write_room(request, rooms[i]);
		written++;
	}
	json_end_array(request->answer);
	json_add_bool(request->answer, "more", i < count);
	if (i < count && i > 0)
		json_add_string(request->answer, "next", str_from(rooms[i - 1]->name));
	mem_free(page.after);
	mem_free(rooms);
	return CONTROL_ANSWERED;
}

/* Bounded, because one person may have thousands. */
static void write_channels(const struct request *request, const struct channel *channel)
{
	struct buf name = { 0 };

	json_begin_array(request->answer, "channels");
	for (size_t i = 0; channel != NULL && i < CHANNELS_MAX; channel = channel->next, i++) {
		buf_clear(&name);
		channel_write_name(
			broker_channel_id(request->broker, channel), request->broker->id, &name);
		json_add_string(request->answer, NULL, buf_str(&name));
	}
	json_end_array(request->answer);
	buf_finish(&name);
}

static void write_person(const struct request *request, const struct person *person)
{
	struct json_writer *answer = request->answer;
	struct buf text = { 0 };

	buf_append_hex(&text, person->id, sizeof(person->id));
	json_begin_object(answer, NULL);
	json_add_string(answer, "user", str_from(person->name));
	json_add_string(answer, "sender", buf_str(&text));
	write_channels(request, person->channels);
	if (person->role >= ROLE_MEMBER)
		json_add_string(answer, "role", str_from(role_word(person->role)));
	if (person->is_muted)
		json_add_bool(answer, "muted", true);
	if (person->channels != NULL && conn_of(person->channels)->is_guest)
		json_add_bool(answer, "guest", true);
	if (person->is_idle)
		json_add_bool(answer, "away", true);
	if (person->is_elsewhere)
		json_add_bool(answer, "elsewhere", true);
	json_end_object(answer);
	buf_finish(&text);
}

static void write_people(struct request *request, const struct presence *presence)
{
	struct list_page page = read_page(request);
	size_t begin = presence_find(presence, str_from(page.after));
	size_t i = begin;

	json_begin_array(request->answer, "members");
	for (; i < presence->here.count && !page_is_full(&page, request, i - begin); i++)
		write_person(request, presence->here.people[i]);
	json_end_array(request->answer);
	json_add_integer(request->answer, "people", (int64_t)presence->here.count);
	json_add_bool(request->answer, "more", i < presence->here.count);
	if (i < presence->here.count)
		presence_write_cursor(presence, request->answer, "next", i);
	mem_free(page.after);
}

/* Writes the channels that were added, beside the connections of people. */
static void write_added(const struct request *request, const struct layer_names *added)
{
	struct list_page page = read_page_behind(request, "channels_after");
	size_t written = 0, i;

	json_begin_array(request->answer, "channels");
	for (i = 0; i < added->count && !page_is_full(&page, request, written); i++) {
		if (str_compare(added->names[i], str_from(page.after)) <= 0)
			continue;
		json_add_string(request->answer, NULL, added->names[i]);
		written++;
	}
	json_end_array(request->answer);
	if (i < added->count)
		json_add_string(request->answer, "channels_next", added->names[i - 1]);
	mem_free(page.after);
}

void control_end_members(struct buf *answer, struct str text, enum layer_result result,
	const struct layer_names *names)
{
	const char *unused;
	struct json *document = json_parse(str_trim(text), &unused);
	struct json_writer writer = { .out = answer, .comma = true };
	struct request request = { .arguments = document, .answer = &writer };

	if (result == LAYER_DONE) {
		write_added(&request, names);
		json_end_object(&writer);
	} else {
		request_write_refusal(&(struct refusal){ broker_refusal_code(result),
					      broker_refusal_sentence(result) },
			answer);
	}
	json_destroy(document);
}

static enum control_outcome ask_added(struct request *request, struct str group)
{
	struct layer *layer = request->broker->layer;
	const struct author asker = { .kind = AUTHOR_REQUEST, .id = request->id };
	struct layer_names added;
	enum layer_result result = layer->ops->members(layer, group, &asker, &added);

	if (result == LAYER_UNDER_WAY)
		return CONTROL_WAITS;
	if (result != LAYER_DONE)
		return request_refuse_result(request, result);
	write_added(request, &added);
	mem_free(added.names);
	return CONTROL_ANSWERED;
}

static enum control_outcome write_group(struct request *request, struct str name, struct str group)
{
	static const struct presence nobody;
	const struct room *room = rooms_find(request->broker->rooms, name);

	if (name.len > 0)
		json_add_string(request->answer, "room", name);
	json_add_string(request->answer, "group", group);
	write_people(request, room == NULL ? &nobody : &room->presence);
	return ask_added(request, group);
}

/* Reads a group or a room. name stays empty for a group without a room, and for a room whose name
 * nobody here knows. */
static bool read_group_and_room(struct request *request, struct buf *group, struct buf *name)
{
	if (json_find(request->arguments, "room") == NULL) {
		if (!request_read_group(request, group))
			return false;
		(void)line_find_room(request->broker, buf_str(group), name);
		return true;
	}
	if (!request_read_room(request, name))
		return false;
	room_name_group(buf_str(name), group);
	return true;
}

enum control_outcome control_members(struct request *request)
{
	struct buf name = { 0 }, group = { 0 };
	enum control_outcome outcome = CONTROL_REFUSED;

	if (read_group_and_room(request, &group, &name))
		outcome = write_group(request, buf_str(&name), buf_str(&group));
	buf_finish(&group);
	buf_finish(&name);
	return outcome;
}

enum control_outcome control_group(struct request *request)
{
	struct buf name = { 0 }, group = { 0 };
	bool is_read = request_read_room(request, &name);

	if (is_read) {
		room_name_group(buf_str(&name), &group);
		json_add_string(request->answer, "room", buf_str(&name));
		json_add_string(request->answer, "group", buf_str(&group));
	}
	buf_finish(&group);
	buf_finish(&name);
	return is_read ? CONTROL_ANSWERED : CONTROL_REFUSED;
}

/* The sessions of our own connections first, then those that are in use on other hosts. */
static const uint8_t *next_session(const struct broker *broker, uint64_t *position)
{
	const uint8_t *key_hash;

	if (*position < REMOTE_POSITIONS) {
		const struct login *login = logins_next(broker->logins, position);

		if (login != NULL)
			return login->key_hash;
		*position = REMOTE_POSITIONS;
	}
	*position -= REMOTE_POSITIONS;
	key_hash = remote_sessions_next(broker->remote_sessions, position, broker->reactor.now_ms);
	*position += REMOTE_POSITIONS;
	return key_hash;
}

static void write_position(const struct request *request, uint64_t position)
{
	struct buf text = { 0 };

	buf_append_number(&text, (int64_t)position);
	json_add_string(request->answer, "next", buf_str(&text));
	buf_finish(&text);
}

static void write_since(const struct request *request, const struct conn *conn)
{
	const struct broker *broker = request->broker;
	char text[CLOCK_ISO_SIZE];
	uint64_t time_ms;

	if (!arrivals_find(&broker->arrivals, conn->serial, &time_ms))
		return;
	clock_format_iso(clock_wall_ms() - (int64_t)(broker->reactor.now_ms - time_ms), text);
	json_add_string(request->answer, "since", str_from(text));
}

/* Who it is; nobody knows of a guest who is in no room. */
static void write_user(const struct request *request, const struct channel *channel)
{
	struct json_writer *answer = request->answer;
	const uint8_t *user = broker_user(request->broker, channel);

	if (channel->person != NULL)
		json_add_string(answer, "user", str_from(channel->person->name));
	if (user != NULL)
		json_add_bytes(answer, "user_id", user, USER_ID_SIZE);
}

static void write_connection(const struct request *request, const struct channel *channel)
{
	static const char *const transports[] = {
		[TRANSPORT_WEBSOCKET] = "websocket",
		[TRANSPORT_EVENT_STREAM] = "eventstream",
		[TRANSPORT_LONG_POLL] = "longpoll",
	};
	const struct conn *conn = list_entry(channel, struct conn, channel);
	struct json_writer *answer = request->answer;
	struct buf text = { 0 };

	json_begin_object(answer, NULL);
	channel_write_name(broker_channel_id(request->broker, channel), request->broker->id, &text);
	json_add_string(answer, "channel", buf_str(&text));
	buf_clear(&text);
	if (channel->room != NULL)
		json_add_string(answer, "room", str_from(channel->room->name));
	write_user(request, channel);
	quota_write_address(channel->quota, &text);
	json_add_string(answer, "address", buf_str(&text));
	json_add_string(
		answer, "transport", str_from(transports[dialect_transport(conn->dialect)]));
	write_since(request, conn);
	if (channel->person != NULL)
		json_add_string(answer, "role", str_from(role_word(channel->person->role)));
	if (conn->is_guest)
		json_add_bool(answer, "guest", true);
	json_end_object(answer);
	buf_finish(&text);
}

/* Which connections are meant. */
struct connections_filter {
	bool is_set;
	const struct room *room; /* NULL: nobody is in it */
};

static bool is_meant(const struct connections_filter *filter, const struct conn *conn)
{
	if (filter->is_set && (filter->room == NULL || conn->channel.room != filter->room))
		return false;
	return conn->serial != 0;
}

/* In the order of their places, which do not change: one that comes meanwhile may be missed. */
static void write_connections(struct request *request, const struct connections_filter *filter)
{
	const struct broker *broker = request->broker;
	struct list_page page = read_page(request);
	uint64_t position = 0, begin, next;
	size_t count = 0;
	bool has_more;

	if (!str_to_uint64(str_from(page.after), &position))
		position = 0;
	begin = position;
	json_begin_array(request->answer, "connections");
	while (!page_is_full(&page, request, count) && position - begin < LOOKED_AT_MAX) {
		const struct conn *conn = slab_next(&broker->conns, &position);

		if (conn == NULL)
			break;
		if (is_meant(filter, conn)) {
			write_connection(request, &conn->channel);
			count++;
		}
	}
	json_end_array(request->answer);
	next = position;
	has_more = slab_next(&broker->conns, &next) != NULL;
	json_add_bool(request->answer, "more", has_more);
	if (has_more)
		write_position(request, position);
	mem_free(page.after);
}

enum control_outcome control_connections(struct request *request)
{
	struct connections_filter filter = {
		.is_set = json_find(request->arguments, "room") != NULL ||
			  json_find(request->arguments, "group") != NULL,
	};
	struct buf name = { 0 };
	bool is_read = !filter.is_set || request_read_room(request, &name);

	if (filter.is_set)
		filter.room = rooms_find(request->broker->rooms, buf_str(&name));
	if (is_read)
		write_connections(request, &filter);
	buf_finish(&name);
	return is_read ? CONTROL_ANSWERED : CONTROL_REFUSED;
}

/* Sessions are listed in the order of their positions, which do not change: one that comes
 * meanwhile may be missed. */
enum control_outcome control_sessions(struct request *request)
{
	const struct broker *broker = request->broker;
	struct list_page page = read_page(request);
	uint64_t position = 0, next;
	const uint8_t *key_hash;
	size_t count = 0;

	if (!str_to_uint64(str_from(page.after), &position))
		position = 0;
	next = position;
	key_hash = next_session(broker, &next);
	json_begin_array(request->answer, "sessions");
	for (; key_hash != NULL && !page_is_full(&page, request, count); count++) {
		json_add_bytes(request->answer, NULL, key_hash, SESSION_HASH_SIZE);
		position = next;
		key_hash = next_session(broker, &next);
	}
	json_end_array(request->answer);
	json_add_bool(request->answer, "more", key_hash != NULL);
	if (key_hash != NULL)
		write_position(request, position);
	mem_free(page.after);
	return CONTROL_ANSWERED;
}
