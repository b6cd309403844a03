/* SPDX-License-Identifier: MIT */
/* What brokers tell each other of rooms by way of Redis, as JSON objects on link_events. A message:
 * {"seq", "time", "epoch", "room", "user", "message", "broker", "item"}, all strings, and "origin",
 * "via", "copies" where there are any. Any other event: {"room", "event": {…}, "broker"}. Pure. */
#pragma once

#include "common/event.h"

enum redis_event_kind {
	REDIS_EVENT_BROKEN, /* not what a broker says */
	REDIS_EVENT_MESSAGE, /* numbered */
	REDIS_EVENT_EPHEMERAL,
	REDIS_EVENT_OTHER, /* of no room: document is what was said */
};

/* What one that was read borrows from, beside the text. All zero at first. */
struct redis_event_reader {
	struct json *document; /* owned; NULL of most messages */
	struct buf unescaped; /* owned */
	char epoch[EVENT_EPOCH_SIZE];
	uint64_t item; /* of a message: its broker's own number */
};

/* Appends what follows a message's numbers: "room": … and the rest with the closing brace. */
void redis_event_write_rest(
	const struct event *event, const char *broker_id, uint64_t item, struct buf *out);
void redis_event_write_ephemeral(const struct event *event, const char *broker_id, struct buf *out);
/* Whatever bytes text has. event_out is good until the next reading, and of the two first kinds
 * that are events. */
enum redis_event_kind redis_event_read(struct redis_event_reader *reader, struct str text,
	struct event *event_out) __attribute__((warn_unused_result));
void redis_event_reader_finish(struct redis_event_reader *reader);

/* Whether it can be an epoch. */
bool redis_event_epoch_is_valid(struct str epoch);
/* Whether what a message says could come from a broker, but for its numbers. */
bool redis_event_is_sound(const struct event *event);
