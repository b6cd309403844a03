/* SPDX-License-Identifier: MIT */
#include "fcgi/views/person.h"

#include <stdio.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/store/accounts.h"

static struct str without_last_character(struct str name)
{
	while (name.len > 0 && ((unsigned char)name.data[--name.len] & 0xc0) == 0x80)
		;
	return name;
}

struct json *person_ask_near(struct app *app, struct str room, struct str name)
{
	return app_ask_members(app, room, without_last_character(name));
}

bool person_read_id(const struct json *member, uint8_t id_out[static USER_ID_SIZE])
{
	struct str text;

	return json_get_string(json_find(member, "sender"), &text) &&
	       str_to_bytes(text, id_out, USER_ID_SIZE);
}

/* Of somebody who is not here: accounts come from this site's file alone, so that whoever has none
 * here is a guest. */
static enum person_result find_account(struct app *app, struct named_person *person)
{
	enum store_problem problem;
	struct accounts *accounts = pool_borrow(app->accounts, &problem);
	struct account account;
	bool is_found = false;

	if (accounts != NULL)
		problem = accounts_find_id(accounts, person->id, &account, &is_found);
	pool_return(app->accounts, accounts, problem);
	person->is_guest = !is_found;
	return problem == STORE_OK ? PERSON_FOUND : PERSON_UNREADABLE;
}

/* Somebody whom another site vouches for is no guest, and has no account here. */
static bool is_vouched(const struct json *member)
{
	bool is_guest = false;

	json_get_bool(json_find(member, "guest"), &is_guest);
	return !is_guest && json_count(json_find(member, "channels")) > 0;
}

/* False when there is another one of that name. */
static bool take_member(const struct json *member, struct named_person *person)
{
	uint8_t id[USER_ID_SIZE];
	struct str name;

	if (!json_get_string(json_find(member, "user"), &name) || !str_is(name, person->name) ||
		!person_read_id(member, id))
		return true;
	if (person->has_id)
		return memcmp(id, person->id, sizeof(id)) == 0;
	memcpy(person->id, id, sizeof(id));
	person->has_id = true;
	person->is_guest = !is_vouched(member);
	return true;
}

enum person_result person_by_name(
	struct app *app, struct str room, struct str name, struct named_person *person_out)
{
	struct json *answer;
	const struct json *members;
	bool is_unique = true;

	*person_out = (struct named_person){ .is_guest = true };
	if (name.len == 0 || name.len >= sizeof(person_out->name))
		return PERSON_NOBODY;
	snprintf(person_out->name, sizeof(person_out->name), "%.*s", STR_ARG(name));
	answer = person_ask_near(app, room, name);
	members = json_find(answer, "members");
	for (size_t i = 0; i < json_count(members) && is_unique; i++)
		is_unique = take_member(json_at(members, i), person_out);
	json_destroy(answer);
	if (!is_unique)
		return PERSON_AMBIGUOUS;
	return person_out->has_id && person_out->is_guest ? find_account(app, person_out)
							  : PERSON_FOUND;
}

enum person_result person_by_id(struct app *app, struct str id, struct named_person *person_out)
{
	size_t len;

	*person_out = (struct named_person){ .is_guest = true };
	if (!crypto_base64_decode(id, person_out->id, sizeof(person_out->id), &len) ||
		len != sizeof(person_out->id))
		return PERSON_NOBODY;
	person_out->has_id = true;
	return find_account(app, person_out);
}

struct looking {
	uint64_t seq;
	struct named_person *person;
};

static bool take_author(void *context, const struct archive_message *message)
{
	struct looking *looking = context;
	struct named_person *person = looking->person;

	if (message->seq != looking->seq || message->sender == NULL)
		return false;
	memcpy(person->id, message->sender, sizeof(person->id));
	person->has_id = true;
	snprintf(person->name, sizeof(person->name), "%.*s", STR_ARG(message->user));
	return false;
}

enum person_result person_by_message(
	struct app *app, struct str room, uint64_t seq, struct named_person *person_out)
{
	struct page page = { PAGE_AFTER, room, seq - 1, 1, STR("") };
	struct looking looking = { seq, person_out };
	struct history_reading reading;
	enum store_problem problem;
	bool has_more;

	*person_out = (struct named_person){ .is_guest = true };
	if (seq == 0)
		return PERSON_NOBODY;
	problem = history_begin(app->history, &page, &reading);
	if (problem == STORE_OK)
		problem = history_visit(&reading, take_author, &looking, &has_more);
	history_end(&reading);
	if (problem != STORE_OK)
		return PERSON_UNREADABLE;
	return person_out->has_id ? find_account(app, person_out) : PERSON_NOBODY;
}
