/* SPDX-License-Identifier: MIT */
/* Who is in which room on which broker, as the brokers tell it. It tells the sink of a person in an
 * open room once, however many other brokers have the person. Our own people are noted for those
 * who ask, and never told to the sink. Pure: it knows no clock and does not know how news comes.
 *
 * The people of all rooms and the brokers are bounded. What is beyond is refused: such people are
 * not seen here, and the caller counts them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/str.h"
#include "common/user.h"

/* A person in two rooms counts twice; about 160 bytes each. */
#define ROSTER_PEOPLE_MAX 500000
#define ROSTER_BROKERS_MAX 64

struct roster;

struct roster_sink {
	/* A user is in an open room on another broker, or on none any more. A user may be told
	 * twice with is_here, under another name: the last name counts. */
	void (*tell_person)(void *context, struct str room, const struct user *user, bool is_here);
	void *context;
};

/* own is this broker's id; it is borrowed. The caller owns the roster. */
struct roster *roster_create(const char *own, const struct roster_sink *sink)
	__attribute__((warn_unused_result));
/* NULL is fine. Does not call the sink. */
void roster_destroy(struct roster *roster);

/* Call it when a room is open on this broker: tells at once who is there already. */
void roster_open_room(struct roster *roster, struct str room);
/* Tells nothing of the room any more. Harmless for a room that is not open: it may close while its
 * head is told, before it is opened here. */
void roster_close_room(struct roster *roster, struct str room);

/* Notes that a user is in a room on a broker, or not any more. False when that is refused. */
bool roster_note(struct roster *roster, struct str broker, struct str room, const struct user *user,
	bool is_here) __attribute__((warn_unused_result));
/* Between the two calls a broker tells all its people; roster_end drops those that it did not name.
 * A second begin begins again. */
void roster_begin(struct roster *roster, struct str broker);
void roster_end(struct roster *roster, struct str broker);
/* Forgets a broker and its people. Harmless for an unknown one. */
void roster_forget(struct roster *roster, struct str broker);

/* Calls visit for each person of a broker, room by room. */
typedef void roster_visit_fn(void *context, struct str room, const struct user *user);
void roster_visit(
	const struct roster *roster, struct str broker, roster_visit_fn *visit, void *context);
/* Calls visit for the people of all brokers that are in one of parts. Each person in a room is in
 * one part and stays there: a person who is there from the first part's visit to the last one's is
 * visited. */
typedef void roster_visit_part_fn(
	void *context, struct str broker, struct str room, const struct user *user);
void roster_visit_part(const struct roster *roster, size_t part, size_t parts,
	roster_visit_part_fn *visit, void *context);
