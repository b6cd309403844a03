/* SPDX-License-Identifier: MIT */
/* The lines of ingest and events: a group, a space, a JSON object, a line end. Pure but for the
 * broker that knows which room a hashed group is. */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/log.h"
#include "common/event.h"

/* The largest event from outside, as a request or as a line. Longer than a chat's messages may be,
 * because programs send other things too. */
#define BUS_EVENT_BYTES_MAX (128 * 1024)

struct broker;

/* Appends the name of a group's room. False for a group without a room. */
bool line_find_room(struct broker *broker, struct str group, struct buf *name);
/* Whether it is a valid group that is not a room's. */
bool line_is_other_group(struct str group);
/* An event read from a line; what it borrows from is owned here. */
struct line {
	struct json *object;
	struct buf room;
	struct event event;
};

/* Reads a line without its end. The group may be one without a room (common/event.h). NULL when it
 * is fine, else a stable word that says why not. Call line_finish in both cases. */
const char *line_read(struct broker *broker, struct str text, struct line *line_out);
void line_finish(struct line *line);
/* Logs a line that was refused, with its group only. */
void line_log_refused(struct log_rate *rate, uint64_t now_ms, const char *event,
	const char *problem, struct str text);
