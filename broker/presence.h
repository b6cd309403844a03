/* SPDX-License-Identifier: MIT */
/* Who is in a room: people, not connections; two tabs of one person are one, and so are two brokers
 * that both have somebody. Knows who has come and gone since it was last told, so that a reload
 * within that time is no news. Always in order, so that a list of a large room costs what is listed
 * and not a sort. Main thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/channel.h"
#include "common/base/buf.h"
#include "common/base/slab.h"
#include "common/json.h"
#include "common/user.h"

/* Above so many people only their number is told. */
#define PRESENCE_NAMES_MAX 200
/* Of a person with a name of up to 14 bytes: most are guests. */
#define PERSON_CELL_BYTES 40

struct person {
	struct channel *channels; /* of this broker; NULL once the person has gone, while it is
				   * kept, and of who is elsewhere alone */
	uint8_t id[USER_ID_SIZE];
	bool is_told : 1; /* the others know */
	bool is_listed : 1; /* before that: who has asked for a list knows */
	bool is_news : 1; /* in the presence's news */
	bool is_kept : 1; /* here, with channels or without */
	bool is_elsewhere : 1; /* here by way of other brokers, too or alone */
	char name[];
};

/* Borrowed people in some order. */
struct people {
	struct person **people;
	uint32_t count;
	uint32_t capacity;
};

struct presence {
	struct slab *cells; /* borrowed */
	struct people here; /* by name, then id */
	struct people news; /* about whom there may be something to tell, as it happened; those who
			     * have gone untold are only here */
	struct people by_id; /* all of these; empty as long as they are few */
	uint32_t own_count; /* of here: by way of this broker */
};

/* Many presences share the cells, of PERSON_CELL_BYTES. */
void presence_init(struct presence *presence, struct slab *cells);
void presence_finish(struct presence *presence);
/* Puts the channel to the person of a user, who is new or known by the id; with
 * another name that is another person, who takes the channels of the old one over, and stays where
 * that one would have stayed. True when this person was not here by way of this broker before. */
bool presence_join(struct presence *presence, struct channel *channel, const struct user *user);
/* True when the channel's person, which stays valid until the next news is told, is not here by way
 * of this broker any more. */
bool presence_leave(struct presence *presence, struct channel *channel);
/* A person who is here stays, whatever becomes of its channels, until it is let go. */
void presence_keep(struct person *person);
/* Who is not here by way of this broker any more, valid until the next news is told. NULL where
 * that is nobody: no one of that id is kept, or he has channels. */
const struct person *presence_let_go(
	struct presence *presence, const uint8_t id[static USER_ID_SIZE]);
/* The user is here by way of another broker, and known by the id as above; the last of those who
 * have him there has let him go. Each is harmless when it is said twice. */
void presence_join_elsewhere(struct presence *presence, const struct user *user);
void presence_leave_elsewhere(struct presence *presence, const uint8_t id[static USER_ID_SIZE]);
bool presence_has_news(const struct presence *presence);
/* Appends the text of what has happened since the last call, as a roomwire.v1 object: presence
 * {joined, left, count}, or count {count} in a large room. False when it is nothing. */
bool presence_tell(struct presence *presence, struct buf *json);
/* The index in here of the first person behind a cursor: "" is the beginning, "ann" is behind all
 * of that name, "ann/2" behind the second of them (no name has a '/'). */
size_t presence_find(const struct presence *presence, struct str cursor);
/* Adds, for somebody in the room, the names of at most max people from an index on as an array.
 * When there are more, the cursor that goes on behind them follows it as a member of its own, if it
 * has a key. Returns whether there are more. */
bool presence_write_names(const struct presence *presence, struct json_writer *writer,
	const char *key, size_t index, size_t max, const char *cursor_key);
/* Adds the cursor behind the people before index, which is not 0. */
void presence_write_cursor(
	const struct presence *presence, struct json_writer *writer, const char *key, size_t index);
