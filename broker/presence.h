/* SPDX-License-Identifier: MIT */
/* Who is in a room. It counts people, not connections: two tabs of one person are one, and so is
 * one person on two brokers. It knows who has come and gone since it was last told, so a reload
 * within that time is no news. The people are always sorted, so a list of a large room costs what
 * is listed and no sort. Main thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/people.h"
#include "common/base/buf.h"
#include "common/base/slab.h"
#include "common/json.h"
#include "common/user.h"

/* Above this many people only their number is told. */
#define PRESENCE_NAMES_MAX 200
struct presence {
	struct slab *cells; /* borrowed */
	struct people here; /* by name, then id */
	/* people whose change may have to be told, in the order of the changes; who left and is not
	 * told yet is only here */
	struct people news;
	struct people by_id; /* the people of both, by id; empty while they are few */
	uint32_t own_count; /* the people in here who are on this broker */
	uint32_t marked_count; /* the people of all lists who have a role, are muted or idle */
};

/* cells, of PERSON_CELL_BYTES, are borrowed; many presences share them. */
void presence_init(struct presence *presence, struct slab *cells);
void presence_finish(struct presence *presence);
/* Adds the channel to the user's person, which is found by id or made. Under another name it is
 * another person, who takes over the old one's channels and stays where the old one would have
 * stayed. True when this person was not on this broker before. */
bool presence_join(struct presence *presence, struct channel *channel, const struct user *user);
/* True when the channel's person is not on this broker any more. The person stays valid until the
 * next news is told. */
bool presence_leave(struct presence *presence, struct channel *channel);
/* Notes that nobody looks at the channel, which has a person, or that somebody does again. People
 * who look at none of theirs are told of as away. */
void presence_set_idle(struct presence *presence, struct channel *channel, bool is_idle);
/* Keeps a person who is here, with channels or without, until presence_let_go. */
void presence_keep(struct person *person);
/* Lets a kept person go. Returns the person who is not on this broker any more, valid until the
 * next news is told. NULL when nobody of that id is kept, or the person has channels. */
const struct person *presence_let_go(
	struct presence *presence, const uint8_t id[static USER_ID_SIZE]);
/* Notes that a user is on another broker, or on none of the others any more. The person is found by
 * id as above. A repeated call is harmless. */
void presence_join_elsewhere(struct presence *presence, const struct user *user);
void presence_leave_elsewhere(struct presence *presence, const uint8_t id[static USER_ID_SIZE]);
/* Somebody of that id who is here, on this broker or another; NULL when there is nobody. */
struct person *presence_find_id(
	const struct presence *presence, const uint8_t id[static USER_ID_SIZE]);
/* Notes what somebody is in this room. True when it is another than before. */
bool presence_set_standing(
	struct presence *presence, struct person *person, enum role role, bool is_muted);
bool presence_has_news(const struct presence *presence);
/* Appends what has changed since the last call as a roomwire.v1 object: presence {joined, left,
 * back, count}, or count {count} in a large room. False when nothing has. The names come with their
 * marks, as below; back, if there are any, are those who are not away any more. */
bool presence_tell(struct presence *presence, struct buf *json);
/* The index in presence->here of the first person after a cursor: "" is the beginning, "ann" is
 * after all of that name, "ann/2" after the second of them (no name has a '/'). */
size_t presence_find(const struct presence *presence, struct str cursor);
/* Adds, for a member of the room, an array of the names of at most max people from index on, and
 * their marks. When there are more and cursor_key is not NULL, it adds the cursor of the next part
 * under that key. Returns whether there are more. */
bool presence_write_names(const struct presence *presence, struct json_writer *writer,
	const char *key, size_t index, size_t max, const char *cursor_key);
/* Adds {name: role} as "roles" and the names as "muted" and as "away", of those of some people who
 * have one or are it, and each only if there is any. They are sorted by name. */
void presence_write_marks(const struct presence *presence, struct json_writer *writer,
	struct person *const *people, size_t count);
/* Adds the names, of some people, that are nobody's who is away as "back", if there are any. They
 * are sorted by name. */
void presence_write_back(const struct presence *presence, struct json_writer *writer,
	struct person *const *people, size_t count);
/* Adds the cursor after the people before index, which is not 0. */
void presence_write_cursor(
	const struct presence *presence, struct json_writer *writer, const char *key, size_t index);
