/* SPDX-License-Identifier: MIT */
#include "fcgi/standing.h"

#include "common/base/clock.h"
#include "common/standing_wire.h"
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

static enum store_problem ask_broker(struct app *app, const struct subject *subject,
	struct str room, struct standing *standing, struct room_row *row)
{
	struct buf question = { 0 };
	struct json *answer;
	bool is_sent, is_read;

	standing_wire_ask(room, subject, &question);
	answer = app_ask(app, buf_str(&question), WAIT_MS, &is_sent);
	is_read = standing_wire_read(answer, standing, row);
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
