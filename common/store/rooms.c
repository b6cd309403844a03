/* SPDX-License-Identifier: MIT */
/* Rooms as rows: their rules, and who has a part in them. */
#include "common/json.h"
#include "common/store/moderation_private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define ROOMS_OWNED_MAX 1000 /* by one person; those beyond are nobody's */

void rooms_take(struct accounts *accounts, sqlite3_stmt *row, struct room_row *room_out)
{
	struct room_rules *rules = &room_out->rules;

	accounts_take_text(accounts, row, 0, room_out->name, sizeof(room_out->name));
	accounts_take_text(accounts, row, 1, room_out->topic, sizeof(room_out->topic));
	rules->is_members_only = sqlite3_column_int(row, 2) != 0;
	rules->is_locked = sqlite3_column_int(row, 3) != 0;
	rules->is_hidden = sqlite3_column_int(row, 4) != 0;
	rules->slow_seconds = (uint32_t)sqlite3_column_int(row, 5);
	room_out->created_ms = sqlite3_column_int64(row, 6);
}

bool room_row_find(struct accounts *accounts, struct str room, struct room_row *room_out)
{
	sqlite3_stmt *row = accounts_find(accounts, ACCOUNTS_FIND_ROOM, VALUES(value_text(room)));

	*room_out = (struct room_row){ 0 };
	if (row != NULL)
		rooms_take(accounts, row, room_out);
	accounts_leave(row);
	return row != NULL;
}

void rooms_write(struct accounts *accounts, const struct room_row *room)
{
	const struct room_rules *rules = &room->rules;

	accounts_run(accounts, ACCOUNTS_SET_ROOM,
		VALUES(value_text(str_from(room->name)), value_text(str_from(room->topic)),
			value_number(rules->is_members_only), value_number(rules->is_locked),
			value_number(rules->is_hidden), value_number(rules->slow_seconds),
			value_number(room->created_ms)));
}

static int64_t count(
	struct accounts *accounts, enum accounts_statement which, const struct value *values)
{
	sqlite3_stmt *row = accounts_find(accounts, which, values);
	int64_t number = row == NULL ? 0 : sqlite3_column_int64(row, 0);

	accounts_leave(row);
	return number;
}

static void write_role(struct accounts *accounts, struct str room, const struct user *user,
	enum role role, int64_t now_ms)
{
	accounts_run(accounts, ACCOUNTS_SET_ROLE,
		VALUES(value_text(room), VALUE_ID(user->id), value_number(role),
			value_text(str_from(user->name)), value_number(now_ms)));
}

/* Nobody has ordered it. */
static void leave_new_owner(
	struct accounts *accounts, struct str room, const struct user *owner, int64_t now_ms)
{
	struct buf notice = { 0 };
	struct json_writer writer = json_writer_to(&notice);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "type", STR_OF("moderation"));
	json_add_string(&writer, "action", str_from(verb_row(VERB_ROLE)->word));
	json_add_string(&writer, "user", str_from(owner->name));
	json_add_string(&writer, "by", STR_OF(""));
	json_add_string(&writer, "role", str_from(role_word(ROLE_OWNER)));
	json_end_object(&writer);
	room_changes_add(accounts,
		&(struct room_change){
			.room = room, .user = owner->id, .notice = buf_str(&notice) },
		now_ms);
	buf_finish(&notice);
}

bool rooms_make(struct accounts *accounts, struct str room, const struct user *owner,
	int64_t now_ms, struct room_row *room_out)
{
	if (count(accounts, ACCOUNTS_COUNT_OWNED, VALUES(VALUE_ID(owner->id))) >= ROOMS_OWNED_MAX)
		return false;
	*room_out = (struct room_row){ .created_ms = now_ms };
	snprintf(room_out->name, sizeof(room_out->name), "%.*s", STR_ARG(room));
	rooms_write(accounts, room_out);
	write_role(accounts, room, owner, ROLE_OWNER, now_ms);
	leave_new_owner(accounts, room, owner, now_ms);
	return true;
}

enum store_problem moderation_make_room(
	struct accounts *accounts, struct str room, const struct user *owner, int64_t now_ms)
{
	struct room_row row;
	bool is_made;

	accounts_begin(accounts, ACCOUNTS_WRITE);
	is_made = !room_row_find(accounts, room, &row) &&
		  rooms_make(accounts, room, owner, now_ms, &row);
	return accounts_end(accounts, is_made);
}

bool roles_set(struct ordering *ordering, const struct person *person, enum role role)
{
	struct accounts *accounts = ordering->accounts;
	struct value room = value_text(ordering->order->room), id = VALUE_ID(person->id);
	struct user user;

	assert(person->has_id);
	accounts_run(accounts, ACCOUNTS_REMOVE_ROLE, VALUES(room, id));
	if (role < ROLE_MEMBER)
		return true;
	if (count(accounts, ACCOUNTS_COUNT_ROLES, &room) >= ROOM_ROLES_MAX)
		return false;
	memcpy(user.id, person->id, sizeof(user.id));
	memcpy(user.name, person->name, sizeof(user.name));
	rooms_write(accounts, &ordering->room);
	write_role(accounts, ordering->order->room, &user, role, ordering->now_ms);
	return true;
}

bool roles_find_owner(struct accounts *accounts, struct str room, struct person *owner_out)
{
	sqlite3_stmt *row = accounts_find(
		accounts, ACCOUNTS_FIND_ROOM_OWNER, VALUES(value_text(room)));

	*owner_out = (struct person){ .has_id = row != NULL };
	if (row != NULL) {
		accounts_take_blob(accounts, row, 0, owner_out->id, sizeof(owner_out->id));
		accounts_take_text(accounts, row, 1, owner_out->name, sizeof(owner_out->name));
	}
	accounts_leave(row);
	return owner_out->has_id;
}

enum store_problem rooms_list(struct accounts *accounts, const struct list_query *query,
	bool (*visit)(void *context, const struct room_row *room), void *context)
{
	struct list_walk walk;
	struct room_row room;

	list_walk_start(&walk, accounts, query);
	walk.row = accounts_find(accounts, ACCOUNTS_LIST_ROOMS, VALUES(value_text(query->after)));
	for (; list_walk_goes_on(&walk); list_walk_next(&walk)) {
		rooms_take(accounts, walk.row, &room);
		buf_append_format(&walk.text, "%s\n%s", room.name, room.topic);
		if (list_walk_shows(&walk) && !visit(context, &room))
			break;
	}
	return list_walk_end(&walk);
}

static void take_role(struct accounts *accounts, sqlite3_stmt *row, struct role_row *role_out)
{
	accounts_take_text(accounts, row, 0, role_out->room, sizeof(role_out->room));
	accounts_take_blob(accounts, row, 1, role_out->user.id, sizeof(role_out->user.id));
	role_out->role = (enum role)sqlite3_column_int(row, 2);
	role_out->given_ms = sqlite3_column_int64(row, 3);
	accounts_take_text(accounts, row, 4, role_out->user.name, sizeof(role_out->user.name));
}

static sqlite3_stmt *find_roles(struct accounts *accounts, const struct list_query *query)
{
	struct str name = query->after, room;

	if (query->room.len > 0)
		return accounts_find(accounts, ACCOUNTS_LIST_ROLES,
			VALUES(value_text(query->room), value_text(query->after)));
	if (!str_next(&name, '/', &room))
		room = STR_OF("");
	return accounts_find(
		accounts, ACCOUNTS_LIST_ALL_ROLES, VALUES(value_text(room), value_text(name)));
}

enum store_problem roles_list(struct accounts *accounts, const struct list_query *query,
	bool (*visit)(void *context, const struct role_row *row), void *context)
{
	struct list_walk walk;
	struct role_row role;

	list_walk_start(&walk, accounts, query);
	walk.row = find_roles(accounts, query);
	for (; list_walk_goes_on(&walk); list_walk_next(&walk)) {
		take_role(accounts, walk.row, &role);
		buf_append_text(&walk.text, role.user.name);
		if (list_walk_shows(&walk) && !visit(context, &role))
			break;
	}
	return list_walk_end(&walk);
}
