/* SPDX-License-Identifier: MIT */
/* Who is in a room: people, not connections; two tabs of one person are one. Knows who has come
 * and gone since it was last told, so that a reload within that time is no news. Main thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/list.h"
#include "common/json.h"
#include "common/session.h"

/* Above so many people only their number is told. */
#define PRESENCE_NAMES_MAX 200

struct person {
	struct list link; /* in the order in which they came */
	uint8_t id[SESSION_ID_SIZE];
	char *name; /* the newest that one of the person's sessions bears; owned */
	char *told_name; /* what the others know: NULL, name itself, or an older one, owned */
	struct list channels; /* of struct channel; empty once the person has gone */
};

struct presence {
	struct list people;
	struct map *by_id;
	size_t count; /* without those who have gone */
	bool has_news;
};

void presence_init(struct presence *presence);
void presence_finish(struct presence *presence);
/* Adds a channel's person_link to the person of a session, who is new or known by the session's id.
 */
struct person *presence_join(
	struct presence *presence, const struct session *session, struct list *person_link);
/* Takes a channel's person_link out. */
void presence_leave(struct presence *presence, struct person *person, struct list *person_link);
/* Appends the text of what has happened since the last call, as a roomwire.v1 object: presence
 * {joined, left, count}, or count {count} in a large room. False when it is nothing. */
bool presence_tell(struct presence *presence, struct buf *json);
/* The people in the order of their names' bytes, as a new array of *count_out that the caller
 * owns (mem_free). */
struct person **presence_sorted(const struct presence *presence, size_t *count_out)
	__attribute__((warn_unused_result));
/* Adds the names of at most max people whose names come after one ("": from the first) as an
 * array; true when there are more. */
bool presence_write_names(const struct presence *presence, struct json_writer *writer,
	const char *key, struct str after, size_t max);
