/* SPDX-License-Identifier: MIT */
/* One row an operation; each reads its arguments, refuses with a code and a sentence, or writes
 * its part of the answer into the open object. Lists are cut by number and bytes and go on behind
 * "after". */
#include "broker/bus/control.h"

#include <inttypes.h>
#include <string.h>

#include "broker/broker.h"
#include "broker/bus/line.h"
#include "broker/shard.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/room_name.h"

#define LIST_MAX 500
#define LIST_BYTES_MAX (64 * 1024)
#define CHANNELS_MAX 100 /* of a person */

struct refusal {
	const char *code;
	const char *sentence;
};

static const struct refusal not_json = { "not_json", "A request is a JSON object." };
static const struct refusal unknown_op = { "unknown_op", "This \"op\" is not known." };
static const struct refusal busy = { "busy",
	"Too many requests of this connection wait for their answers." };
static const struct refusal bad_room = { "bad_room",
	"Name a room with \"room\" or a group with \"group\"." };
static const struct refusal no_message = { "no_message",
	"\"message\" is missing, empty or not a string." };
static const struct refusal too_long = { "too_long", "This message is too long." };
static const struct refusal no_channel = { "no_channel", "There is no such channel." };

/* A request while it is answered. */
struct request {
	struct broker *broker;
	const struct json *arguments;
	struct json_writer *answer; /* in the open object, behind "ok" */
	struct refusal refusal; /* when the handler has returned false */
};

static bool refuse(struct request *request, const struct refusal *refusal)
{
	request->refusal = *refusal;
	return false;
}

/* Reads "room" (a name people see) or "group" into name. */
static bool read_room(struct request *request, struct buf *name)
{
	struct str text;

	if (json_get_string(json_find(request->arguments, "room"), &text))
		return room_name_normalize(text, name) == NAME_OK || refuse(request, &bad_room);
	if (json_get_string(json_find(request->arguments, "group"), &text) &&
		line_find_room(request->broker, text, name))
		return true;
	return refuse(request, &bad_room);
}

/* "after" and "limit" of lists. */
struct page {
	char *after; /* owned */
	size_t limit;
	size_t begin; /* of the answer's bytes */
};

static struct page read_page(const struct request *request)
{
	struct str after = STR("");
	int64_t limit = LIST_MAX;

	json_get_string(json_find(request->arguments, "after"), &after);
	json_get_integer(json_find(request->arguments, "limit"), &limit);
	return (struct page){ str_dup(after),
		(size_t)(limit < 1          ? 1
			 : limit > LIST_MAX ? LIST_MAX
					    : limit),
		request->answer->out->len };
}

static bool page_is_full(const struct page *page, const struct request *request, size_t count)
{
	return count >= page->limit || request->answer->out->len - page->begin > LIST_BYTES_MAX;
}

static bool is_behind(const struct page *page, const char *name)
{
	return page->after[0] == '\0' || strcmp(name, page->after) > 0;
}

static bool handle_group_send(struct request *request)
{
	struct event event;
	struct buf room = { 0 };
	enum event_problem problem = event_read(json_find(request->arguments, "event"), &event);
	enum layer_result result;

	if (problem != EVENT_OK) {
		request->refusal = (struct refusal){ event_problem_code(problem),
			event_problem_sentence(problem) };
		return false;
	}
	if (!read_room(request, &room)) {
		buf_finish(&room);
		return false;
	}
	event.room = buf_str(&room);
	result = broker_group_send(request->broker, &event, NULL);
	buf_finish(&room);
	if (result != LAYER_SENT) {
		request->refusal = (struct refusal){ broker_refusal_code(result),
			broker_refusal_sentence(result) };
		return false;
	}
	if (event.seq > 0)
		json_add_integer(request->answer, "seq", (int64_t)event.seq);
	return true;
}

static void write_room(const struct request *request, const struct room *room)
{
	struct json_writer *answer = request->answer;
	struct layer *layer = request->broker->layer;
	struct layer_head head = { "", 0 };
	struct buf group = { 0 };

	room_name_group(str_from(room->name), &group);
	layer->ops->group_head(layer, str_from(room->name), &head);
	json_begin_object(answer, NULL);
	json_add_string(answer, "room", str_from(room->name));
	json_add_string(answer, "group", buf_str(&group));
	json_add_integer(answer, "people", (int64_t)room->presence.here.count);
	json_add_integer(answer, "connections", (int64_t)room_connections(room));
	json_add_integer(answer, "seq", (int64_t)head.seq);
	json_end_object(answer);
	buf_finish(&group);
}

static bool handle_rooms(struct request *request)
{
	struct page page = read_page(request);
	size_t count;
	struct room **rooms = rooms_sorted(request->broker->rooms, &count);
	size_t written = 0;
	size_t i;

	json_begin_array(request->answer, "rooms");
	for (i = 0; i < count && !page_is_full(&page, request, written); i++) {
		if (!is_behind(&page, rooms[i]->name))
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
	return true;
}

/* One person may have thousands. */
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

	for (size_t i = 0; i < sizeof(person->id); i++)
		buf_append_format(&text, "%02x", person->id[i]);
	json_begin_object(answer, NULL);
	json_add_string(answer, "user", str_from(person->name));
	json_add_string(answer, "sender", buf_str(&text));
	write_channels(request, person->channels);
	json_end_object(answer);
	buf_finish(&text);
}

static void write_people(struct request *request, const struct presence *presence)
{
	struct page page = read_page(request);
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

static bool handle_members(struct request *request)
{
	struct buf name = { 0 };
	bool is_read = read_room(request, &name);

	if (is_read) {
		static const struct presence nobody;
		const struct room *room = rooms_find(request->broker->rooms, buf_str(&name));

		json_add_string(request->answer, "room", buf_str(&name));
		write_people(request, room == NULL ? &nobody : &room->presence);
	}
	buf_finish(&name);
	return is_read;
}

static bool handle_group(struct request *request)
{
	struct buf name = { 0 }, group = { 0 };
	bool is_read = read_room(request, &name);

	if (is_read) {
		room_name_group(buf_str(&name), &group);
		json_add_string(request->answer, "room", buf_str(&name));
		json_add_string(request->answer, "group", buf_str(&group));
	}
	buf_finish(&group);
	buf_finish(&name);
	return is_read;
}

static bool handle_announce(struct request *request)
{
	struct log_quoted quoted;
	struct str message;
	size_t connections;

	if (!json_get_string(json_find(request->arguments, "message"), &message) ||
		message.len == 0)
		return refuse(request, &no_message);
	if ((int64_t)message.len > request->broker->config->limits_message_bytes)
		return refuse(request, &too_long);
	connections = rooms_announce(request->broker->rooms, message);
	log_info("event=announce connections=%zu message=%s", connections,
		log_quote(&quoted, message));
	json_add_integer(request->answer, "connections", (int64_t)connections);
	return true;
}

static bool handle_close(struct request *request)
{
	struct channel *channel = NULL;
	struct str name;

	if (json_get_string(json_find(request->arguments, "channel"), &name))
		channel = broker_find_channel_named(request->broker, name);
	if (channel == NULL)
		return refuse(request, &no_channel);
	log_info("event=close channel=%" PRIx64, broker_channel_id(request->broker, channel));
	shard_close_conn(conn_of(channel)->shard, conn_of(channel), CLOSE_FORBIDDEN,
		"closed by an administrator");
	return true;
}

static bool handle_stats(struct request *request)
{
	struct broker *broker = request->broker;
	struct stats_reading reading;

	broker_stats(broker, &reading);
	broker_process_stats(broker, &reading);
	json_begin_object(request->answer, "stats");
	stats_write(&reading, request->answer);
	json_end_object(request->answer);
	json_add_string(request->answer, "broker", str_from(broker->id));
	json_add_string(
		request->answer, "durability", str_from(broker->config->history_durability));
	return true;
}

static const struct {
	const char *name;
	bool (*handle)(struct request *request);
} operations[] = {
	{ "announce", handle_announce },
	{ "close", handle_close },
	{ "group", handle_group },
	{ "group_send", handle_group_send },
	{ "members", handle_members },
	{ "rooms", handle_rooms },
	{ "stats", handle_stats },
};

static bool handle(struct request *request)
{
	struct str name = STR("");

	if (!json_is_object(request->arguments))
		return refuse(request, &not_json);
	json_get_string(json_find(request->arguments, "op"), &name);
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (str_is(name, operations[i].name))
			return operations[i].handle(request);
	}
	return refuse(request, &unknown_op);
}

static void write_refusal(const struct refusal *refusal, struct buf *answer)
{
	struct json_writer writer = json_writer_to(answer);

	json_begin_object(&writer, NULL);
	json_add_bool(&writer, "ok", false);
	json_add_string(&writer, "error", str_from(refusal->code));
	json_add_string(&writer, "message", str_from(refusal->sentence));
	json_end_object(&writer);
}

void control_answer_busy(struct buf *answer)
{
	write_refusal(&busy, answer);
}

void control_answer(struct broker *broker, struct str text, struct buf *answer)
{
	const char *problem;
	struct json *document = json_parse(str_trim(text), &problem);
	struct json_writer writer = json_writer_to(answer);
	struct request request = { .broker = broker, .arguments = document, .answer = &writer };

	json_begin_object(&writer, NULL);
	json_add_bool(&writer, "ok", true);
	if (handle(&request)) {
		json_end_object(&writer);
	} else {
		buf_clear(answer);
		write_refusal(&request.refusal, answer);
	}
	json_destroy(document);
}
