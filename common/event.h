/* SPDX-License-Identifier: MIT */
/* An event of the channel layer: a JSON object with a "type" (Django Channels' words).
 * chat.message is the one that is numbered; all others are ephemeral and pass through as they
 * are. Everything in the struct is borrowed: an event lives as long as the call that brings it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/json.h"

#define EVENT_TYPE_MAX 100
#define EVENT_REF_MAX 64
#define EVENT_EPOCH_SIZE 17 /* 16 hexadecimal digits and the NUL */

struct event {
	struct str type;
	bool is_message; /* chat.message, also written chat_message */
	struct str room; /* the name people see; "" of a group that is no room's */
	struct str group; /* only of such a group */
	struct str message; /* of a message */
	struct str user; /* "" when nobody was named */
	const struct json *fields; /* of an ephemeral event: the whole object */

	/* Where it has been, for events that went over a bus; "" where that does not apply. */
	struct str broker; /* the id of the one that publishes it */
	struct str origin; /* "<epoch>-<seq>" at the broker that heard it first */
	struct str via; /* JSON array: rooms it was copied from */
	struct str copies; /* JSON array: rooms that the first broker copies it to */

	/* Given by the layer. */
	uint64_t seq; /* 0: ephemeral */
	const char *epoch;
	int64_t time_ms; /* wall clock */
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

/* Fills what an outsider may say: type, message, user, fields. Borrows from object. */
enum event_problem event_read(const struct json *object, struct event *event_out)
	__attribute__((warn_unused_result));
/* Whether an event may name that user; "" is nobody in particular. */
bool event_user_is_acceptable(struct str user);
/* A stable word and a sentence for each. */
const char *event_problem_code(enum event_problem problem);
const char *event_problem_sentence(enum event_problem problem);
/* Handlers are found by type with '.' read as '_' (channels/consumer.py: get_handler_name). */
bool event_type_is(struct str type, const char *canonical);
/* Appends the event as a line of the events socket has it, without the group and the line end:
 * {"type", "room", "seq", "epoch", "user", "message", "time"}, an ephemeral one as it is with its
 * room; and broker, origin, via, copies where there are any. */
void event_write(const struct event *event, struct buf *out);
/* Appends the event as channels get it: a room's as event_write has it, without where it has been,
 * which is the brokers' own business; any other as it is. */
void event_write_for_channels(const struct event *event, struct buf *out);
