/* SPDX-License-Identifier: MIT */
/* Brings an upgraded connection into its room. The connection waits until the room's numbering is
 * known and its missed messages are at hand. Then it joins and gets both in one piece, so there is
 * no gap between the past and new messages. A connection that needs neither joins at once. Main
 * thread. */
#pragma once

#include "broker/broker.h"
#include "broker/history/history.h"

struct closing;
struct conn;
struct joiner;

/* Takes conn and scope, which has a room; early_bytes are copied. */
void joiner_begin(
	struct broker *broker, struct conn *conn, struct scope *scope, struct str early_bytes);
/* Call it when a room's numbering is known. head NULL: it cannot be known, and the waiting joiners
 * are closed with 1013. */
void joiners_open_room(struct broker *broker, struct str name, const struct layer_head *head);
/* Takes the rows that a room's joiners have missed. */
void joiners_take_rows(struct broker *broker, const struct history_rows *rows);
/* Asks for the messages that a room's joiners have missed, if there are any and no question is
 * under way. Call it again when the reader was too busy. */
void joiners_ask(struct room *room);
/* Call it when the room's numbering has begun anew: the joiners' missed messages are others now. */
void joiners_look_again(struct room *room);
/* Closes a joiner that must not join any more. */
void joiner_turn_away(struct broker *broker, struct joiner *joiner, const struct closing *closing);
/* Closes all joiners, at the broker's goodbye. */
void joiners_send_away(struct broker *broker);
