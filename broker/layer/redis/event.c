/* SPDX-License-Identifier: MIT */
/* A message is a flat object of strings, numbers too, so that it is read without building a tree.
 * Objects that are nested, or have a rare escape, are parsed into a tree. */
#include "broker/layer/redis/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/utf8.h"
#include "common/json_flat.h"
#include "common/room_name.h"

static void add(struct buf *out, const char *key, struct str text)
{
	buf_append_text(out, key);
	json_write_string(out, text);
}

void redis_event_write_rest(
	const struct event *event, const char *broker_id, uint64_t item, struct buf *out)
{
	add(out, "\"room\":", event->room);
	add(out, ",\"user\":", event->user);
	add(out, ",\"message\":", event->message);
	add(out, ",\"broker\":", str_from(broker_id));
	buf_append_text(out, ",\"item\":\"");
	buf_append_number(out, (int64_t)item);
	buf_append_char(out, '"');
	if (message_kind_changes(event->kind)) {
		add(out, ",\"kind\":", redis_event_kind_word(event->kind));
		buf_append_text(out, ",\"target\":\"");
		buf_append_number(out, (int64_t)event->target);
		buf_append_char(out, '"');
	}
	if (event->origin.len > 0)
		add(out, ",\"origin\":", event->origin);
	if (event->via.len > 0)
		add(out, ",\"via\":", event->via);
	if (event->copies.len > 0)
		add(out, ",\"copies\":", event->copies);
	buf_append_char(out, '}');
}

void redis_event_write_ephemeral(const struct event *event, const char *broker_id, struct buf *out)
{
	struct json_writer writer = json_writer_to(out);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "room", event->room);
	json_add_value(&writer, STR_OF("event"), event->fields);
	json_add_string(&writer, "broker", str_from(broker_id));
	json_end_object(&writer);
}

static const struct str kinds[MESSAGE_KIND_COUNT] = {
	[MESSAGE_SAYS] = STR(""),
	[MESSAGE_EDITS] = STR("edit"),
	[MESSAGE_DELETES] = STR("delete"),
	[MESSAGE_DELETED] = STR("deleted"),
};

struct str redis_event_kind_word(enum message_kind kind)
{
	return kinds[kind];
}

bool redis_event_read_change(struct str kind, struct str target, struct event *event)
{
	size_t i = 0;

	while (i < MESSAGE_KIND_COUNT && !str_equals(kind, kinds[i]))
		i++;
	if (i == MESSAGE_KIND_COUNT)
		return false;
	event->kind = (enum message_kind)i;
	event->target = 0;
	if (!message_kind_changes(event->kind))
		return target.len == 0;
	return str_to_uint64(target, &event->target) && event->target > 0 &&
	       event->target <= INT64_MAX;
}

bool redis_event_epoch_is_valid(struct str epoch)
{
	if (epoch.len != EVENT_EPOCH_SIZE - 1)
		return false;
	for (size_t i = 0; i < epoch.len; i++) {
		char c = epoch.data[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
	}
	return true;
}

/* Whether text is a JSON array in one line, or empty: the form of copies in an event's line. */
static bool is_array(struct str text)
{
	const char *problem;
	struct json *array;
	bool is_array;

	if (text.len == 0)
		return true;
	for (size_t i = 0; i < text.len; i++) {
		if ((uint8_t)text.data[i] < 0x20)
			return false;
	}
	array = json_parse(text, &problem);
	is_array = json_is_array(array);
	json_destroy(array);
	return is_array;
}

/* Edits of a message that was deleted have lost their text. */
static bool has_sound_text(const struct event *event)
{
	return event->kind == MESSAGE_EDITS ||
	       (event->kind == MESSAGE_SAYS) == (event->message.len > 0);
}

bool redis_event_is_sound(const struct event *event)
{
	return event->room.len > 0 && event->room.len <= ROOM_NAME_BYTES_MAX &&
	       has_sound_text(event) && event->user.len <= (size_t)NAME_PERSON_MAX * 4 &&
	       utf8_is_valid(event->room) && utf8_is_valid(event->user) &&
	       utf8_is_valid(event->message) && utf8_is_valid(event->origin) &&
	       is_array(event->via) && is_array(event->copies);
}

enum member {
	SEQ,
	TIME,
	EPOCH,
	ROOM,
	USER,
	MESSAGE,
	BROKER,
	ITEM,
	ORIGIN,
	VIA,
	COPIES,
	KIND,
	TARGET,
	MEMBERS
};

static const char *const keys[MEMBERS] = {
	[SEQ] = "seq",
	[TIME] = "time",
	[EPOCH] = "epoch",
	[ROOM] = "room",
	[USER] = "user",
	[MESSAGE] = "message",
	[BROKER] = "broker",
	[ITEM] = "item",
	[ORIGIN] = "origin",
	[VIA] = "via",
	[COPIES] = "copies",
	[KIND] = "kind",
	[TARGET] = "target",
};

/* False when the text needs a tree. */
static bool read_flat(
	struct redis_event_reader *reader, struct str text, struct str values[static MEMBERS])
{
	struct json_flat_field fields[MEMBERS];

	for (size_t i = 0; i < MEMBERS; i++)
		fields[i] = (struct json_flat_field){ .key = keys[i] };
	if (!json_flat_read(text, fields, MEMBERS, &reader->unescaped))
		return false;
	for (size_t i = 0; i < MEMBERS; i++)
		values[i] = fields[i].is_string ? fields[i].text : STR_OF("");
	return fields[SEQ].is_string;
}

static void read_tree(const struct json *document, struct str values[static MEMBERS])
{
	for (size_t i = 0; i < MEMBERS; i++) {
		values[i] = STR_OF("");
		json_get_string(json_find(document, keys[i]), &values[i]);
	}
}

static enum redis_event_kind take_message(struct redis_event_reader *reader,
	const struct str values[static MEMBERS], struct event *event)
{
	uint64_t time_ms;

	*event = (struct event){ .type = STR("chat.message"),
		.is_message = true,
		.room = values[ROOM],
		.user = values[USER],
		.message = values[MESSAGE],
		.broker = values[BROKER],
		.origin = values[ORIGIN],
		.via = values[VIA],
		.copies = values[COPIES],
		.epoch = reader->epoch };
	if (!str_to_uint64(values[SEQ], &event->seq) || event->seq == 0 || event->seq > INT64_MAX ||
		!str_to_uint64(values[TIME], &time_ms) || time_ms > INT64_MAX ||
		!str_to_uint64(values[ITEM], &reader->item) ||
		!redis_event_epoch_is_valid(values[EPOCH]) ||
		!redis_event_read_change(values[KIND], values[TARGET], event) ||
		!redis_event_is_sound(event))
		return REDIS_EVENT_BROKEN;
	event->time_ms = (int64_t)time_ms;
	memcpy(reader->epoch, values[EPOCH].data, EVENT_EPOCH_SIZE - 1);
	return REDIS_EVENT_MESSAGE;
}

static enum redis_event_kind take_ephemeral(const struct json *document, struct event *event)
{
	struct str room, broker;

	if (!json_get_string(json_find(document, "room"), &room) || room.len == 0 ||
		room.len > ROOM_NAME_BYTES_MAX ||
		!json_get_string(json_find(document, "broker"), &broker) ||
		event_read(json_find(document, "event"), event) != EVENT_OK || event->is_message)
		return REDIS_EVENT_BROKEN;
	event->room = room;
	event->broker = broker;
	return REDIS_EVENT_EPHEMERAL;
}

static enum redis_event_kind take_document(struct redis_event_reader *reader, struct event *event)
{
	struct str values[MEMBERS];

	if (!json_is_object(reader->document))
		return REDIS_EVENT_BROKEN;
	if (json_find(reader->document, "event") != NULL)
		return take_ephemeral(reader->document, event);
	if (json_find(reader->document, "seq") == NULL)
		return REDIS_EVENT_OTHER;
	read_tree(reader->document, values);
	return take_message(reader, values, event);
}

static void clear(struct redis_event_reader *reader)
{
	json_destroy(reader->document);
	reader->document = NULL;
}

enum redis_event_kind redis_event_read(
	struct redis_event_reader *reader, struct str text, struct event *event_out)
{
	struct str values[MEMBERS];
	const char *problem;

	clear(reader);
	if (!utf8_is_valid(text))
		return REDIS_EVENT_BROKEN;
	if (read_flat(reader, text, values))
		return take_message(reader, values, event_out);
	reader->document = json_parse(text, &problem);
	return take_document(reader, event_out);
}

void redis_event_reader_finish(struct redis_event_reader *reader)
{
	clear(reader);
	buf_finish(&reader->unescaped);
}
