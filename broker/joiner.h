/* SPDX-License-Identifier: MIT */
/* The way of an upgraded connection into its room: it waits until the room's numbering is known and
 * what it has missed is at hand, and comes in with both in one piece, so that nothing lies between
 * the past and what is said from then on. Whoever needs neither comes in at once. Main thread. */
#pragma once

#include "broker/broker.h"
#include "broker/history/history.h"

struct closing;
struct conn;
struct joiner;

/* Takes conn and scope, which has a room; early_bytes are copied. */
void joiner_begin(
	struct broker *broker, struct conn *conn, struct scope *scope, struct str early_bytes);
/* The numbering of a room is known, or, with NULL, cannot be had: then those who wait are sent away
 * with 1013. */
void joiners_open_room(struct broker *broker, struct str name, const struct layer_head *head);
/* What a room's joiners have missed. */
void joiners_take_rows(struct broker *broker, const struct history_rows *rows);
/* Asks for what a room's joiners have missed, if they have and nobody has asked yet: the reader
 * may have been too busy. */
void joiners_ask(struct room *room);
/* The room's numbering has begun anew: what they have missed is another thing. */
void joiners_look_again(struct room *room);
/* It must not come in any more. */
void joiner_turn_away(struct broker *broker, struct joiner *joiner, const struct closing *closing);
/* At the goodbye: nobody waits any longer. */
void joiners_send_away(struct broker *broker);
