/* SPDX-License-Identifier: MIT */
/* What an outsider may send into a room. The words of roomwire.v1 are reserved: v1 clients get
 * ephemeral events as they are, and nobody may forge a welcome or a close. */
#include "common/event.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/name.h"

static const char *const reserved_types[] = {
	"ack",
	"available",
	"away",
	"bye",
	"close",
	"count",
	"delete",
	"done",
	"edit",
	"epoch",
	"error",
	"history",
	"members",
	"message",
	"moderate",
	"moderation",
	"notice",
	"ping",
	"pong",
	"presence",
	"rules",
	"typing",
	"welcome",
	"you",
};

/* Fields that only the brokers write. */
static const char *const own_fields[] = { "room", "broker", "origin", "via", "copies" };

static const struct {
	const char *code;
	const char *sentence;
} problems[] = {
	[EVENT_OK] = { "ok", "The event is fine." },
	[EVENT_NOT_AN_OBJECT] = { "not_an_object", "An event is a JSON object." },
	[EVENT_NO_TYPE] = { "no_type", "An event has a \"type\": a string of 1 to 100 bytes that "
				       "does not begin with '_'." },
	[EVENT_RESERVED_TYPE] = { "reserved_type",
		"This type is a word of the protocol itself; choose another." },
	[EVENT_NO_MESSAGE] = { "no_message",
		"A chat.message has a \"message\": a string that is not empty." },
	[EVENT_BAD_USER] = { "bad_user", "\"user\" is a name: 1 to 32 characters, none of them a "
					 "control character or '/'." },
};

const char *event_problem_code(enum event_problem problem)
{
	return problems[problem].code;
}

const char *event_problem_sentence(enum event_problem problem)
{
	return problems[problem].sentence;
}

bool event_type_is(struct str type, const char *canonical)
{
	if (type.len != strlen(canonical))
		return false;
	for (size_t i = 0; i < type.len; i++) {
		char c = type.data[i] == '.' ? '_' : type.data[i];

		if (c != canonical[i])
			return false;
	}
	return true;
}

static bool is_reserved(struct str type)
{
	for (size_t i = 0; i < sizeof(reserved_types) / sizeof(reserved_types[0]); i++) {
		if (str_is(type, reserved_types[i]))
			return true;
	}
	return false;
}

bool event_user_is_acceptable(struct str user)
{
	struct buf normalized = { 0 };
	enum name_problem problem;

	if (user.len == 0)
		return true;
	problem = name_normalize(user, NAME_PERSON_MAX, &normalized);
	buf_finish(&normalized);
	return problem == NAME_OK;
}

static enum event_problem read_message(const struct json *object, struct event *event)
{
	struct json *user = json_find(object, "user");

	if (!json_get_string(json_find(object, "message"), &event->message) ||
		event->message.len == 0)
		return EVENT_NO_MESSAGE;
	if (user == NULL)
		return EVENT_OK;
	if (!json_get_string(user, &event->user) || !event_user_is_acceptable(event->user))
		return EVENT_BAD_USER;
	return EVENT_OK;
}

enum event_problem event_read(const struct json *object, struct event *event_out)
{
	*event_out = (struct event){ .fields = object };
	if (!json_is_object(object))
		return EVENT_NOT_AN_OBJECT;
	if (!json_get_string(json_find(object, "type"), &event_out->type) ||
		event_out->type.len == 0 || event_out->type.len > EVENT_TYPE_MAX ||
		event_out->type.data[0] == '_')
		return EVENT_NO_TYPE;
	if (is_reserved(event_out->type))
		return EVENT_RESERVED_TYPE;
	event_out->is_message = event_type_is(event_out->type, "chat_message");
	return event_out->is_message ? read_message(object, event_out) : EVENT_OK;
}

static bool is_own_field(struct str key)
{
	for (size_t i = 0; i < sizeof(own_fields) / sizeof(own_fields[0]); i++) {
		if (str_is(key, own_fields[i]))
			return true;
	}
	return false;
}

/* Of what is numbered, by its kind. */
struct wording {
	const char *types[MESSAGE_KIND_COUNT];
};

static const struct wording for_followers = { {
	[MESSAGE_SAYS] = "chat.message",
	[MESSAGE_EDITS] = "edit",
	[MESSAGE_DELETES] = "delete",
	[MESSAGE_DELETED] = "chat.message",
} };
static const struct wording for_channels = { {
	[MESSAGE_SAYS] = "chat.message",
	[MESSAGE_EDITS] = "chat.edit",
	[MESSAGE_DELETES] = "chat.delete",
	[MESSAGE_DELETED] = "chat.message",
} };

static void write_message_fields(
	const struct event *event, const struct wording *wording, struct json_writer *writer)
{
	char time[CLOCK_ISO_SIZE];

	clock_format_iso(event->time_ms, time);
	json_add_string(writer, "type", str_from(wording->types[event->kind]));
	json_add_string(writer, "room", event->room);
	json_add_integer(writer, "seq", (int64_t)event->seq);
	json_add_string(writer, "epoch", str_from(event->epoch));
	if (message_kind_changes(event->kind))
		json_add_integer(writer, "target", (int64_t)event->target);
	json_add_string(writer, "user", event->user);
	if (event->kind != MESSAGE_DELETES)
		json_add_string(writer, "message", event->message);
	json_add_string(writer, "time", str_from(time));
}

static void write_ephemeral_fields(const struct event *event, struct json_writer *writer)
{
	size_t position = 0;
	struct str key;
	struct json *value;

	while (json_next(event->fields, &position, &key, &value)) {
		if (!is_own_field(key))
			json_add_value(writer, key, value);
	}
	json_add_string(writer, "room", event->room);
}

static void write_event(const struct event *event, const struct wording *wording, struct buf *out)
{
	struct json_writer writer = json_writer_to(out);

	json_begin_object(&writer, NULL);
	if (event->is_message)
		write_message_fields(event, wording, &writer);
	else
		write_ephemeral_fields(event, &writer);
	if (event->broker.len > 0)
		json_add_string(&writer, "broker", event->broker);
	if (event->origin.len > 0)
		json_add_string(&writer, "origin", event->origin);
	if (event->via.len > 0)
		json_add_json(&writer, "via", event->via);
	if (event->copies.len > 0)
		json_add_json(&writer, "copies", event->copies);
	json_end_object(&writer);
}

void event_write(const struct event *event, struct buf *out)
{
	write_event(event, &for_followers, out);
}

void event_write_for_channels(const struct event *event, struct buf *out)
{
	struct event told = *event;

	told.broker = told.origin = told.via = told.copies = STR_OF("");
	if (event->room.len > 0)
		write_event(&told, &for_channels, out);
	else
		json_print(out, event->fields);
}

struct str event_type_for_channels(const struct event *event)
{
	return str_from(for_channels.types[event->kind]);
}
