/* SPDX-License-Identifier: MIT */
/* An event of the channel layer: a JSON object with a "type" (Django Channels' words).
 * chat.message is numbered, and so are the edits and deletions that the broker itself makes of what
 * clients ask for; all others are ephemeral and pass through as they are. Everything in the struct
 * is borrowed: an event lives as long as the call that brings it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/json.h"
#include "common/message_kind.h"

#define EVENT_TYPE_MAX 100
#define EVENT_REF_MAX 64
#define EVENT_EPOCH_SIZE 17 /* 16 hexadecimal digits and the NUL */

struct event {
	struct str type;
	bool is_message; /* it is numbered: chat.message, or chat_message, or a change of one */
	enum message_kind kind; /* of what is numbered */
	uint64_t target; /* of an edit or a deletion: seq of the message it changes */
	bool changes_any; /* whoever said that message, and however long ago */
	bool is_only_looked_for; /* it is not said now: was it before, by its author's ref? */
	struct str room; /* the name people see; "" for a group without a room */
	struct str group; /* only of a group without a room */
	struct str message; /* of a message, and of an edit; "" of a message that was deleted */
	struct str user; /* "" when nobody was named */
	const struct json *fields; /* of an ephemeral event: the whole JSON object */

	/* The event's way, for events that went over a bus; "" where that does not apply. */
	struct str broker; /* the id of the broker that publishes it */
	struct str origin; /* "<epoch>-<seq>" at the broker that heard it first */
	struct str via; /* JSON array: the rooms that it was copied from */
	struct str copies; /* JSON array: rooms that the first broker copies it to */

	/* Given by the layer. */
	uint64_t seq; /* 0: ephemeral */
	const char *epoch;
	int64_t time_ms; /* wall clock */
	int64_t edited_ms; /* of a message of the past: when it was edited last; 0: never */
};

enum event_problem {
	EVENT_OK,
	EVENT_NOT_AN_OBJECT,
	EVENT_NO_TYPE, /* missing, not a string, longer than EVENT_TYPE_MAX, or it begins with '_'
			*/
	EVENT_RESERVED_TYPE, /* a word of our own protocol */
	EVENT_NO_MESSAGE, /* a chat.message without a string in "message" */
	EVENT_BAD_USER, /* not a name (common/name.h) */
};

/* Reads the fields that an outsider may set: type, message, user, fields. Borrows from object. */
enum event_problem event_read(const struct json *object, struct event *event_out)
	__attribute__((warn_unused_result));
/* Whether an event may name that user; "" is nobody in particular. */
bool event_user_is_acceptable(struct str user);
/* A stable word and a sentence for each. */
const char *event_problem_code(enum event_problem problem);
const char *event_problem_sentence(enum event_problem problem);
/* Handlers are found by type with '.' read as '_' (channels/consumer.py: get_handler_name). */
bool event_type_is(struct str type, const char *canonical);
/* Appends the event as on a line of the events socket, without the group and the line end: {"type",
 * "room", "seq", "epoch", "user", "message", "time"}; of an edit ("edit") and a deletion
 * ("delete", without message) with "target"; an ephemeral event as it is, with its room. It adds
 * broker, origin, via and copies that are set. */
void event_write(const struct event *event, struct buf *out);
/* Appends the event as channels get it: an event of a room as event_write has it, but "chat.edit"
 * and "chat.delete", and without its way, which concerns the brokers only; any other event as it
 * is. */
void event_write_for_channels(const struct event *event, struct buf *out);
/* The type of a numbered event as channels get it. */
struct str event_type_for_channels(const struct event *event);
