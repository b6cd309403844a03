/* SPDX-License-Identifier: MIT */
/* Who is in which room by way of which broker, as the brokers tell it. A person in a room is told
 * to the sink once, however many other brokers have him, and only of rooms that are open here; our
 * own people are noted for who asks, and never told. Pure: it knows no clock and no way by which
 * news comes.
 *
 * Bounded by the people of all rooms and by the brokers: what is more is refused, and its people
 * are not seen here. The caller counts what is refused. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/str.h"
#include "common/user.h"

/* A person in two rooms is two; about 160 bytes each. */
#define ROSTER_PEOPLE_MAX 500000
#define ROSTER_BROKERS_MAX 64

struct roster;

struct roster_sink {
	/* Somebody is in an open room by way of another broker, also under another name than before
	 * (of is_here twice in a row the last name counts); or by way of none any more. */
	void (*tell_person)(void *context, struct str room, const struct user *user, bool is_here);
	void *context;
};

/* own is this broker's id, borrowed. */
struct roster *roster_create(const char *own, const struct roster_sink *sink)
	__attribute__((warn_unused_result));
/* NULL is fine. The sink is not told. */
void roster_destroy(struct roster *roster);

/* A room of this broker is open: who is there already is told at once. */
void roster_open_room(struct roster *roster, struct str room);
/* Nothing is told of it any more. Harmless of a room that is not open: one may close while it is
 * told its head, before it is opened here. */
void roster_close_room(struct roster *roster, struct str room);

/* A person is in a room by way of a broker, or is no more. False when it is refused. */
bool roster_note(struct roster *roster, struct str broker, struct str room, const struct user *user,
	bool is_here) __attribute__((warn_unused_result));
/* From here on a broker tells all its people, and at the end whoever it has not named is gone. What
 * it tells in between takes its place; a second begin begins anew. */
void roster_begin(struct roster *roster, struct str broker);
void roster_end(struct roster *roster, struct str broker);
/* The broker is gone, and its people with it. Harmless of one that is not known. */
void roster_forget(struct roster *roster, struct str broker);

/* Calls visit for each person of a broker, room by room. */
typedef void roster_visit_fn(void *context, struct str room, const struct user *user);
void roster_visit(
	const struct roster *roster, struct str broker, roster_visit_fn *visit, void *context);
/* The same for those of all brokers that are in one of so many parts, of which each person in a
 * room is in one and stays there: whoever is there from the first part's visit to the last one's is
 * visited. */
typedef void roster_visit_part_fn(
	void *context, struct str broker, struct str room, const struct user *user);
void roster_visit_part(const struct roster *roster, size_t part, size_t parts,
	roster_visit_part_fn *visit, void *context);
