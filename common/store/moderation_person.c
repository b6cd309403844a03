/* SPDX-License-Identifier: MIT */
/* Whom an order is about: by id, by a session, or by a name, which is an account's, or of somebody
 * from elsewhere who has a role in the room, or of somebody who is muted or banned there. */
#include "common/name_key.h"
#include "common/store/moderation_private.h"

#include <stdio.h>
#include <string.h>

static void take_id(struct accounts *accounts, sqlite3_stmt *row, int column, struct person *person)
{
	accounts_take_blob(accounts, row, column, person->id, sizeof(person->id));
	person->has_id = true;
}

static void take_name(struct person *person, struct str name)
{
	snprintf(person->name, sizeof(person->name), "%.*s", STR_ARG(name));
}

/* The account's name, unless there is a name already. */
static void find_name(struct accounts *accounts, struct person *person)
{
	sqlite3_stmt *row;

	if (person->name[0] != '\0')
		return;
	row = accounts_find(accounts, ACCOUNTS_FIND_ID, VALUES(VALUE_ID(person->id)));
	if (row != NULL)
		take_name(person, database_column_text(row, 1));
	accounts_leave(row);
}

static bool find_account(struct accounts *accounts, struct str name, struct person *person)
{
	struct buf skeleton = { 0 };
	sqlite3_stmt *row;

	name_write_skeleton(name, &skeleton);
	row = accounts_find(accounts, ACCOUNTS_FIND_OWNER, VALUES(value_text(buf_str(&skeleton))));
	if (row != NULL)
		take_id(accounts, row, 0, person);
	accounts_leave(row);
	buf_finish(&skeleton);
	if (person->has_id)
		find_name(accounts, person);
	return person->has_id;
}

static bool find_named(struct ordering *ordering, enum accounts_statement which, struct str name)
{
	struct person *person = &ordering->person;
	sqlite3_stmt *row = accounts_find(ordering->accounts, which,
		VALUES(value_text(ordering->order->room), value_text(name)));

	if (row != NULL)
		take_id(ordering->accounts, row, 0, person);
	accounts_leave(row);
	if (person->has_id)
		take_name(person, name);
	return person->has_id;
}

static bool find_by_name(struct ordering *ordering)
{
	struct buf normal = { 0 };
	struct str name;
	bool is_found = false;

	if (name_normalize(ordering->order->name, NAME_PERSON_MAX, &normal) == NAME_OK) {
		name = buf_str(&normal);
		is_found = find_account(ordering->accounts, name, &ordering->person) ||
			   find_named(ordering, ACCOUNTS_FIND_NAMED_ROLE, name) ||
			   /* It may be a guest's, and guests have no roles. */
			   (ordering->order->verb != VERB_ROLE &&
				   find_named(ordering, ACCOUNTS_FIND_NAMED_SANCTION, name));
	}
	buf_finish(&normal);
	return is_found;
}

static bool find_by_session(struct ordering *ordering)
{
	struct person *person = &ordering->person;
	sqlite3_stmt *row = accounts_find(ordering->accounts, ACCOUNTS_FIND_SESSION,
		VALUES(VALUE_HASH(ordering->order->session)));

	take_name(person, ordering->order->name);
	if (row != NULL)
		take_id(ordering->accounts, row, 1, person);
	accounts_leave(row);
	if (person->has_id)
		find_name(ordering->accounts, person);
	return person->name[0] != '\0';
}

bool person_find(struct ordering *ordering)
{
	const struct order *order = ordering->order;
	struct person *person = &ordering->person;

	if (order->user != NULL) {
		memcpy(person->id, order->user, sizeof(person->id));
		person->has_id = true;
		take_name(person, order->name);
		find_name(ordering->accounts, person);
		return person->name[0] != '\0';
	}
	if (order->session != NULL)
		return find_by_session(ordering);
	if (order->address.len == 0)
		return find_by_name(ordering);
	take_name(person, order->name);
	return true;
}
