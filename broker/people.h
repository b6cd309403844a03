/* SPDX-License-Identifier: MIT */
/* The people of a room, and sorted lists of them. Main thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/channel.h"
#include "common/base/str.h"
#include "common/moderation.h"
#include "common/user.h"

/* The size of a person with a name of up to 13 bytes, as all guests have in the beginning. */
#define PERSON_CELL_BYTES 40

/* What the members know of a person. All but the settled are in presence->news. */
enum person_told {
	PERSON_UNTOLD,
	PERSON_LISTED, /* not told, but a list has named this person */
	PERSON_CHANGED, /* told, and has gone since, or come back as well */
	PERSON_SETTLED,
};

struct person {
	/* on this broker; NULL for who has gone, is kept, or is on other brokers only */
	struct channel *channels;
	uint8_t id[USER_ID_SIZE];
	/* private: presence_set_standing writes it */
	enum role role : 3;
	bool is_muted : 1;
	bool is_idle : 1; /* as it was told last; presence_tell writes it */
	/* private */
	enum person_told told : 2;
	bool is_kept : 1; /* stays here, with channels or without */
	bool is_elsewhere : 1; /* is on other brokers, on this one as well or not */
	char name[];
};

/* Borrowed people in some order. */
struct people {
	struct person **people;
	uint32_t count;
	uint32_t capacity;
};

/* Whom to look for. Without a name or an id it sorts before all of them. */
struct person_key {
	struct str name;
	const uint8_t *id;
};

typedef int compare_person(const struct person *person, const struct person_key *key);

compare_person person_compare_by_name, person_compare_by_id;
/* On this broker. */
bool person_is_own(const struct person *person);
/* On this broker or another. */
bool person_is_here(const struct person *person);
/* Whether each of the person's connections has said that nobody looks. Somebody may look where
 * there is none: of who is kept, or on another broker. */
bool person_looks_nowhere(const struct person *person);
/* Whether there is more to say of somebody than the name. */
bool person_is_marked(const struct person *person);
/* The index of the first who is not before key in a list of that order. */
size_t people_find(
	const struct people *people, compare_person *compare, const struct person_key *key);
void people_add(struct people *people, compare_person *compare, struct person *person);
/* Of somebody who is in the list. */
void people_remove(struct people *people, compare_person *compare, struct person *person);
void people_append(struct people *people, struct person *person);
void people_finish(struct people *people);
