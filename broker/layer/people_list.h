/* SPDX-License-Identifier: MIT */
/* News of a broker's people as it travels between brokers, a JSON object: {"people": {"list":
 * [[room, id, name] for who is there, [room, id] for who has left…], "first", "last", "ask"},
 * "broker"}. first and last mark the ends of a list of all its people, which may be several
 * objects; ask asks for such a list. Pure. */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/json.h"
#include "common/user.h"

/* The elements of a list. */
struct people_list {
	struct buf text; /* owned: buf_finish */
	struct json_writer writer;
};

struct people_marks {
	bool is_first;
	bool is_last;
	bool asks;
};

/* Empties a list, which is all zero or was used before. */
void people_list_begin(struct people_list *list);
void people_list_add(
	struct people_list *list, struct str room, const struct user *user, bool is_here);
/* Appends the object. */
void people_list_write(const struct people_list *list, const struct people_marks *marks,
	const char *broker_id, struct buf *out);

/* Reads the marks of the value of "people". */
struct people_marks people_list_read_marks(const struct json *people);
/* Reads an element of the list. False when it is none; a name must be a valid person's name. The
 * room is borrowed. */
bool people_list_read_entry(const struct json *entry, struct str *room_out, struct user *user_out,
	bool *is_here_out) __attribute__((warn_unused_result));
