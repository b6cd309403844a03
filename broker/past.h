/* SPDX-License-Identifier: MIT */
/* What an open room knows of what was said before, and who waits for it: the tail of its messages
 * and the connections that are not in yet. A room in which nothing is said and into which nobody
 * comes has none, as most rooms are like that most of the time. Main thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "broker/reactor/timer.h"
#include "common/base/list.h"

struct room;
struct tail;

/* So long a tail may be longer than its share, and rendered, after somebody needed it so. */
#define PAST_KEPT_MS 10000

struct past {
	struct room *room; /* borrowed */
	struct tail *tail; /* NULL without history, and until the room's head is known */
	uint64_t floor; /* older messages are not there, or too many to be told */
	struct timer timer; /* gives back what only those needed who came back */
	struct list joiners; /* who waits to come in (broker/joiner.h) */
	bool keeps_tail; /* until then it may be longer than its share */
	bool is_reading; /* the history is asked for what comes before the tail */
	bool is_stale; /* of that: it was asked of a numbering that is no more */
};

/* The room's, made when it has none. */
struct past *past_of(struct room *room);
/* Somebody has been told of it: what is rendered goes after a while. */
void past_note_replay(struct past *past);
/* The room's head is known: messages may be kept from here on. */
void past_begin(struct past *past);
/* The room has another head, of another numbering: nothing that is kept is of use. */
void past_begin_anew(struct past *past);
/* Keeps to the room's share of all that is kept, unless somebody may need more for a moment. */
void past_trim(struct past *past);
bool past_has_joiners(const struct past *past); /* NULL has none */
/* Frees the room's when there is nothing in it any more. */
void past_settle(struct room *room);
/* NULL is fine; nobody waits. */
void past_destroy(struct past *past);
