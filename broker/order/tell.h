/* SPDX-License-Identifier: MIT */
/* What clients of roomwire.v1 are told of a room's order: its rules, what each of them may do, and
 * what was just done and by whom. Main thread. */
#pragma once

#include "common/json.h"
#include "common/moderation.h"

struct channel;
struct order_refusal;
struct person;
struct room;

/* Adds the room's rules, where it has any, and what somebody may do, to the room's welcome. */
void order_write_welcome(
	const struct room *room, const struct person *person, struct json_writer *writer);
/* Adds the words of what a standing allows now, of those a page shows, as "can"; and until when
 * somebody is muted: null for good, nothing where they are not. */
void order_write_standing(const struct standing *standing, struct json_writer *writer);
/* Adds an object with rules and topic. */
void order_write_rules(const struct room_rules *rules, struct str topic, const char *key,
	struct json_writer *writer);
/* Tells the members the room's rules. */
void order_tell_rules(struct room *room);
/* Tells what was done; notice is a JSON object, or empty. */
void order_tell_notice(struct room *room, struct str notice);
/* Tells who ordered something what has become of it; refusal NULL: it is done. Another is one of
 * the client's errors, unless it is the broker that cannot do it now. */
void order_tell_outcome(
	struct channel *channel, const struct order_refusal *refusal, struct str ref);
/* Tells who said something that the room does not take it now, and counts it. */
void order_tell_refused(
	struct channel *channel, const struct order_refusal *refusal, struct str ref);
/* The same of what was looked for (order_looks_for) and was not said. */
void order_tell_not_said(struct channel *channel, struct str ref);
/* Tells one connection, which has joined, what it may do. */
void order_tell_you(struct channel *channel);
/* Tells all of a person's connections in the room but one (NULL: all). */
void order_tell_person(const struct person *person, const struct channel *except);
