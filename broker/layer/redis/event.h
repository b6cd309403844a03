/* SPDX-License-Identifier: MIT */
/* Events of rooms that brokers publish to each other on link_events, as JSON objects. A message has
 * {"seq", "time", "epoch", "room", "user", "message", "broker", "item"}, all strings, and "origin",
 * "via", "copies" if it has them; an edit and a deletion have "kind" and "target", too. Any other
 * event: {"room", "event": {…}, "broker"}. Pure. */
#pragma once

#include "common/event.h"

enum redis_event_kind {
	REDIS_EVENT_BROKEN, /* no broker writes this */
	REDIS_EVENT_MESSAGE, /* has a sequence number */
	REDIS_EVENT_EPHEMERAL,
	REDIS_EVENT_OTHER, /* of no room: the reader's document holds it */
};

/* Memory that an event points into after reading, besides the text. All zero at first. */
struct redis_event_reader {
	struct json *document; /* owned; NULL for most messages */
	struct buf unescaped; /* owned */
	char epoch[EVENT_EPOCH_SIZE];
	uint64_t item; /* a message's number at its own broker */
};

/* Appends the part of a message behind its numbers: from "room" to the closing brace. */
void redis_event_write_rest(
	const struct event *event, const char *broker_id, uint64_t item, struct buf *out);
void redis_event_write_ephemeral(const struct event *event, const char *broker_id, struct buf *out);
/* text may be any bytes. event_out is set for a message and an ephemeral event, and valid until the
 * next call; it also borrows text. */
enum redis_event_kind redis_event_read(struct redis_event_reader *reader, struct str text,
	struct event *event_out) __attribute__((warn_unused_result));
void redis_event_reader_finish(struct redis_event_reader *reader);

/* What tells the kind of a row, there and in the room's log; "" for a message. */
struct str redis_event_kind_word(enum message_kind kind);
/* Reads the kind and the number of the target as they are written there. False when they do not
 * fit. */
bool redis_event_read_change(struct str kind, struct str target, struct event *event)
	__attribute__((warn_unused_result));
/* Whether epoch has the form of an epoch. */
bool redis_event_epoch_is_valid(struct str epoch);
/* Whether a broker could have written this message. Does not check its numbers. */
bool redis_event_is_sound(const struct event *event);
