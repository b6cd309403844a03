/* SPDX-License-Identifier: MIT */
/* What the files of moderation share. All of it belongs to the transaction of the caller
 * (common/store/accounts_private.h). */
#pragma once

#include "common/address.h"
#include "common/store/accounts_private.h"
#include "common/store/moderation.h"

/* Somebody whom an order is about. */
struct person {
	uint8_t id[USER_ID_SIZE];
	bool has_id; /* else only an address or a session is known */
	char name[USER_NAME_SIZE]; /* as others read it; "" where nobody knows */
};

/* Whom a sanction holds. */
struct sanction_key {
	enum sanction_subject subject;
	uint8_t bytes[SESSION_HASH_SIZE];
	size_t size;
	unsigned prefix;
};

/* An order while it is judged and done. */
struct ordering {
	struct accounts *accounts;
	const struct order *order;
	int64_t now_ms;
	struct standing actor; /* of who gave it, unless that is the site */
	struct room_row room;
	struct person person; /* where the verb needs one */
	bool has_changed; /* beside the room: else what was ordered is so already */
	char label[AUDIT_TEXT_SIZE]; /* whom or what it is done to, for the audit log */
};

/* moderation_find_standing */
void standing_read(struct accounts *accounts, struct str room, const struct subject *subject,
	int64_t now_ms, struct standing *standing_out, struct room_row *room_out);
/* ROLE_GUEST where only an address or a session is known. */
enum role standing_read_role(
	struct accounts *accounts, struct str room, const struct person *person);

/* Whether the actor may act on somebody at all. */
bool ordering_outranks(const struct ordering *ordering, const struct person *person)
	__attribute__((warn_unused_result));
/* Whom the order is about. False when there is nobody. */
bool person_find(struct ordering *ordering);

/* All zero when it has no row. */
bool room_row_find(struct accounts *accounts, struct str room, struct room_row *room_out);
void rooms_take(struct accounts *accounts, sqlite3_stmt *row, struct room_row *room_out);
/* Makes it, or changes its rules. */
void rooms_write(struct accounts *accounts, const struct room_row *room);
/* A room that has no row yet becomes somebody's, unless they own too many. */
bool rooms_make(struct accounts *accounts, struct str room, const struct user *owner,
	int64_t now_ms, struct room_row *room_out) __attribute__((warn_unused_result));
/* Gives the person a role, or takes it away (ROLE_USER). False when the room has too many. */
bool roles_set(struct ordering *ordering, const struct person *person, enum role role)
	__attribute__((warn_unused_result));
/* False when nobody owns the room. */
bool roles_find_owner(struct accounts *accounts, struct str room, struct person *owner_out)
	__attribute__((warn_unused_result));

/* False unless it is a block of addresses that may be sanctioned: "192.0.2.7", "2001:db8::/48". */
bool sanction_key_of_address(struct str text, struct sanction_key *key_out);
/* Whom the order's sanction is to hold. */
void sanction_key_find(const struct ordering *ordering, struct sanction_key *key_out);
/* False when there are too many. Nothing is changed where the same holds them for good. */
bool sanctions_add(struct ordering *ordering, enum sanction_kind kind)
	__attribute__((warn_unused_result));
/* MODERATION_NOBODY when there is none, MODERATION_ABOVE when one holds somebody who is not lower
 * than the actor. The person becomes whom they held. */
enum moderation_result sanctions_lift(struct ordering *ordering, enum sanction_kind kind)
	__attribute__((warn_unused_result));

/* user: NULL: anybody. */
void room_changes_add(struct accounts *accounts, const struct room_change *change, int64_t now_ms);
/* audit_add */
void audit_write(struct accounts *accounts, const struct audit_row *row);

/* A list while it is read: so many rows, with a text in them that reads like the search. Start it,
 * find its first row, and append the text of each row that it is at. */
struct list_walk {
	struct accounts *accounts; /* borrowed */
	sqlite3_stmt *row;
	struct buf text; /* of the row */
	struct buf search; /* folded; private, as left */
	size_t left; /* rows that may still be shown */
};

/* What a list begins before that shows the newest first. */
int64_t list_before(const struct list_query *query);
void list_walk_start(
	struct list_walk *walk, struct accounts *accounts, const struct list_query *query);
/* False behind the last row that may be shown, and after a failure. */
bool list_walk_goes_on(const struct list_walk *walk);
/* Whether the row is shown, which is counted then. */
bool list_walk_shows(struct list_walk *walk);
void list_walk_next(struct list_walk *walk);
enum store_problem list_walk_end(struct list_walk *walk) __attribute__((warn_unused_result));
