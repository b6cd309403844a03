/* SPDX-License-Identifier: MIT */
/* The past of an open room: the tail of its messages, and the connections that wait to join. A room
 * in which nothing is said and which nobody joins has none, and most rooms are like that most of
 * the time. Main thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "broker/reactor/timer.h"
#include "common/base/list.h"

struct room;
struct tail;

/* How long a tail may stay rendered and above its share after somebody needed it so. */
#define PAST_KEPT_MS 10000

struct past {
	struct room *room; /* borrowed */
	struct tail *tail; /* NULL without history, and until the room's head is known */
	uint64_t floor; /* older messages are gone, or too many to replay */
	struct timer timer; /* frees what only a replay needed */
	struct list joiners; /* connections that wait to join (broker/joiner.h) */
	bool keeps_tail; /* the tail may exceed its share until timer fires */
	bool is_reading; /* the history reads what comes before the tail */
	bool is_stale; /* that reading is of an old numbering */
};

/* The room's past; makes one when it has none. */
struct past *past_of(struct room *room);
/* Call it after a replay: rendered frames are freed PAST_KEPT_MS later. */
void past_note_replay(struct past *past);
/* Call it when the room's head is known: messages may be kept from here on. */
void past_begin(struct past *past);
/* Call it when the room's numbering has begun anew: all that is kept is useless. */
void past_begin_anew(struct past *past);
/* Trims the tail to the room's share, unless somebody may need more for a moment. */
void past_trim(struct past *past);
bool past_has_joiners(const struct past *past); /* past may be NULL */
/* Frees the room's past when there is nothing in it any more. */
void past_settle(struct room *room);
/* NULL is fine. Nobody may wait. */
void past_destroy(struct past *past);
