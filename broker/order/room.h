/* SPDX-License-Identifier: MIT */
/* What the broker remembers of a room's order while the room is open: its rules and topic, and
 * until when somebody is muted. A room that has nothing of it has no such memory, and most rooms
 * have none. A message is judged by it, without a look at accounts.db. Main thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/moderation.h"
#include "common/store/moderation.h"

struct channel;
struct person;
struct room;
struct room_order;

/* "" and rules of an open room where nothing is known. Borrowed until the next change. */
struct str order_topic(const struct room *room);
struct room_rules order_rules(const struct room *room);
/* Whether the room has a topic, or other rules than an open room. */
bool order_has_rules(const struct room *room);
/* Whether those who are in a room may the same by both. */
bool order_rules_allow_the_same(const struct room_rules *a, const struct room_rules *b);
/* Takes over what accounts.db has of the room. True when it is other than before. */
bool order_set_rules(struct room *room, const struct room_row *row);
/* What somebody is in the room now, by what is remembered. */
struct standing order_standing(const struct room *room, const struct person *person);
/* Takes over what accounts.db has of somebody in the room. True when it is other than before. Who
 * has several connections is muted as long as one of them is: only a new round of judgements, in
 * which each of them is asked about, ends a mute earlier. */
bool order_set_person(
	struct room *room, struct person *person, const struct standing *standing, uint64_t round);
/* The same of who has joined with that channel; the person's other connections are told, and a mute
 * of theirs stays. */
void order_seat(struct room *room, struct channel *channel, const struct standing *standing);
/* Forgets what is only remembered of people who are here, on this broker or another, if the user is
 * not any more. */
void order_forget_gone(struct room *room, const uint8_t user[static USER_ID_SIZE]);
/* Somebody whose mute is over by now, and is told so no more; NULL: nobody. *next_ms_out: when the
 * next one ends at the latest known; FOR_GOOD: none does. */
struct person *order_end_mute(struct room *room, int64_t now_ms, int64_t *next_ms_out);
/* Call it when the room closes. NULL is fine. */
void order_room_destroy(struct room_order *order);
