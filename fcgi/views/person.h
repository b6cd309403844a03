/* SPDX-License-Identifier: MIT */
/* Whom a form is about, who is named in it or has said a message. */
#pragma once

#include "common/json.h"
#include "common/user.h"
#include "fcgi/app.h"

struct named_person {
	bool has_id; /* else the name alone is known */
	uint8_t id[USER_ID_SIZE];
	bool is_guest; /* has no account, here or as far as is known elsewhere */
	char name[USER_NAME_SIZE];
};

enum person_result {
	PERSON_FOUND,
	PERSON_NOBODY,
	PERSON_AMBIGUOUS, /* several in the room have the name */
	PERSON_UNREADABLE, /* the message, or the accounts */
};

/* By name: whoever is in the room now; else the name alone, which may be an account's. */
enum person_result person_by_name(struct app *app, struct str room, struct str name,
	struct named_person *person_out) __attribute__((warn_unused_result));
/* By the id that a program knows, in base64url. */
enum person_result person_by_id(struct app *app, struct str id, struct named_person *person_out)
	__attribute__((warn_unused_result));
/* Who said the message with that number. */
enum person_result person_by_message(struct app *app, struct str room, uint64_t seq,
	struct named_person *person_out) __attribute__((warn_unused_result));
/* The broker's people of a room from just before a name on, so that it is among them in large rooms
 * too. NULL when the broker does not answer. The caller owns the answer. */
struct json *person_ask_near(struct app *app, struct str room, struct str name)
	__attribute__((warn_unused_result));
/* The id in an element of that list. */
bool person_read_id(const struct json *member, uint8_t id_out[static USER_ID_SIZE])
	__attribute__((warn_unused_result));
