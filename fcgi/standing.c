/* SPDX-License-Identifier: MIT */
#include "fcgi/standing.h"

#include <stdio.h>

#include "common/base/clock.h"
#include "fcgi/remote_accounts.h"

#define WAIT_MS 1000 /* the answer comes by another host */

struct subject standing_subject(const struct request *request)
{
	const struct identity *identity = &request->identity;

	return (struct subject){
		.user = identity->user.id,
		.is_guest = identity->kind == IDENTITY_GUEST,
		.session = identity->kind == IDENTITY_ACCOUNT ? identity->session.key_hash : NULL,
		.address = request->client,
	};
}

void standing_add_subject(struct json_writer *writer, const struct subject *subject)
{
	json_add_bool(writer, "guest", subject->is_guest);
	json_add_string(writer, "address", subject->address);
	if (subject->session != NULL)
		json_add_bytes(writer, "session", subject->session, SESSION_HASH_SIZE);
}

static void write_question(const struct subject *subject, struct str room, struct buf *out)
{
	struct json_writer writer = json_writer_to(out);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", STR_OF("standing"));
	json_add_string(&writer, "room", room);
	json_add_bytes(&writer, "user_id", subject->user, USER_ID_SIZE);
	standing_add_subject(&writer, subject);
	json_end_object(&writer);
}

/* null is for good; a text that is no time, or nothing, is no end at all. */
static int64_t read_end(const struct json *answer, const char *key)
{
	struct str text, name;
	struct json *value;
	int64_t end_ms;

	if (json_get_string(json_find(answer, key), &text))
		return clock_read_iso(text, &end_ms) ? end_ms : 0;
	for (size_t at = 0; json_next(answer, &at, &name, &value);) {
		if (str_is(name, key))
			return FOR_GOOD;
	}
	return 0;
}

static bool read_answer(const struct json *answer, struct standing *standing, struct room_row *room)
{
	const struct json *rules = json_find(answer, "rules");
	struct str role, topic = STR("");
	int64_t seconds = 0;

	if (!json_get_string(json_find(answer, "role"), &role) || !role_find(role, &standing->role))
		return false;
	json_get_bool(json_find(rules, "members_only"), &standing->rules.is_members_only);
	json_get_bool(json_find(rules, "locked"), &standing->rules.is_locked);
	json_get_bool(json_find(rules, "hidden"), &standing->rules.is_hidden);
	if (json_get_integer(json_find(rules, "slow_seconds"), &seconds) && seconds > 0)
		standing->rules.slow_seconds = (uint32_t)seconds;
	if (!json_get_string(json_find(answer, "topic"), &topic))
		json_get_string(json_find(rules, "topic"), &topic);
	snprintf(room->topic, sizeof(room->topic), "%.*s", STR_ARG(topic));
	room->rules = standing->rules;
	standing->muted_until_ms = read_end(answer, "muted_until");
	standing->banned_until_ms = read_end(answer, "banned_until");
	return true;
}

static enum store_problem ask_broker(struct app *app, const struct subject *subject,
	struct str room, struct standing *standing, struct room_row *row)
{
	struct buf question = { 0 };
	struct json *answer;
	bool is_sent, is_read;

	write_question(subject, room, &question);
	answer = app_ask(app, buf_str(&question), WAIT_MS, &is_sent);
	is_read = read_answer(answer, standing, row);
	json_destroy(answer);
	buf_finish(&question);
	return is_read ? STORE_OK : STORE_ELSEWHERE;
}

enum store_problem standing_find_here(struct app *app, const struct subject *subject,
	struct str room, struct standing *standing_out, struct room_row *room_out)
{
	enum store_problem problem;
	struct accounts *accounts = pool_borrow(app->accounts, &problem);

	*standing_out = (struct standing){ .role = ROLE_GUEST };
	*room_out = (struct room_row){ 0 };
	if (accounts != NULL)
		problem = moderation_find_standing(
			accounts, room, subject, clock_wall_ms(), standing_out, room_out);
	pool_return(app->accounts, accounts, problem);
	return problem;
}

enum store_problem standing_find(struct app *app, const struct request *request, struct str room,
	struct standing *standing_out, struct room_row *room_out)
{
	struct subject subject = standing_subject(request);

	*standing_out = (struct standing){ .role = ROLE_SUPERUSER };
	*room_out = (struct room_row){ 0 };
	if (request->key.id != 0)
		return STORE_OK;
	*standing_out = (struct standing){ .role = ROLE_GUEST };
	if (remote_accounts_are_asked(app))
		return ask_broker(app, &subject, room, standing_out, room_out);
	return standing_find_here(app, &subject, room, standing_out, room_out);
}

struct refusal standing_refusal(enum store_problem problem)
{
	return refusal_for(problem == STORE_ELSEWHERE ? "unavailable" : "unreadable", NULL);
}

bool standing_may(const struct standing *standing, enum action action)
{
	return standing_allows(standing, action, clock_wall_ms());
}

bool standing_room_is_new(struct app *app, struct str room)
{
	struct page page = { PAGE_BEFORE, room, INT64_MAX, 1, STR("") };
	struct history_reading reading;
	bool is_new = history_begin(app->history, &page, &reading) == STORE_OK &&
		      reading.head.epoch[0] != '\0' && reading.head.seq == 0;

	history_end(&reading);
	return is_new;
}
