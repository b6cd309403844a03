/* SPDX-License-Identifier: MIT */
/* Keeping order by a program: what somebody may do in a room, and orders, judged by the same table
 * (common/moderation.h) as those of pages and sockets. */
#include <string.h>

#include "common/base/clock.h"
#include "common/room_name.h"
#include "common/store/moderation.h"
#include "fcgi/views/api_actor.h"
#include "fcgi/views/api_form.h"
#include "fcgi/views/order_form.h"
#include "fcgi/views/views.h"

static enum store_problem find_standing(struct app *app, const struct api_actor *actor,
	struct str room, struct standing *standing_out, struct room_row *row_out)
{
	const struct subject subject = { .user = actor->user.id, .is_guest = actor->is_guest };
	enum store_problem problem;
	struct accounts *accounts = pool_borrow(app->accounts, &problem);

	if (accounts != NULL)
		problem = moderation_find_standing(
			accounts, room, &subject, clock_wall_ms(), standing_out, row_out);
	pool_return(app->accounts, accounts, problem);
	if (actor->is_site)
		*standing_out = (struct standing){ .role = ROLE_SUPERUSER,
			.rules = standing_out->rules };
	return accounts == NULL ? STORE_IO : problem;
}

static void write_actions(
	const struct standing *standing, int64_t now_ms, struct json_writer *writer)
{
	json_begin_array(writer, "can");
	for (enum action action = 0; action < ACTION_COUNT; action++) {
		if (standing_allows(standing, action, now_ms))
			json_add_string(writer, NULL, str_from(action_word(action)));
	}
	json_end_array(writer);
}

static void write_rules(const struct room_row *row, struct json_writer *writer)
{
	json_begin_object(writer, "rules");
	json_add_string(writer, "topic", str_from(row->topic));
	json_add_bool(writer, "members_only", row->rules.is_members_only);
	json_add_bool(writer, "locked", row->rules.is_locked);
	json_add_bool(writer, "hidden", row->rules.is_hidden);
	json_add_integer(writer, "slow_seconds", row->rules.slow_seconds);
	json_end_object(writer);
}

/* A sanction that is over, or none, is not there; one for good has no end: null. */
static void write_end(
	const char *name, int64_t until_ms, int64_t now_ms, struct json_writer *writer)
{
	char text[CLOCK_ISO_SIZE];

	if (until_ms == FOR_GOOD) {
		json_add_null(writer, name);
	} else if (until_ms > now_ms) {
		clock_format_iso(until_ms, text);
		json_add_string(writer, name, str_from(text));
	}
}

static void write_standing(struct str room, const struct standing *standing,
	const struct room_row *row, struct buf *out)
{
	struct json_writer writer = json_writer_to(out);
	int64_t now_ms = clock_wall_ms();

	json_begin_object(&writer, NULL);
	json_add_bool(&writer, "ok", true);
	json_add_string(&writer, "room", room);
	json_add_string(&writer, "role", str_from(role_word(standing->role)));
	write_actions(standing, now_ms, &writer);
	write_rules(row, &writer);
	write_end("muted_until", standing->muted_until_ms, now_ms, &writer);
	write_end("banned_until", standing->banned_until_ms, now_ms, &writer);
	json_end_object(&writer);
	buf_append_char(out, '\n');
}

static int answer_standing(
	struct app *app, struct request *request, struct response *response, struct str room)
{
	struct api_actor actor;
	struct standing standing = { 0 };
	struct room_row row = { 0 };
	struct refusal refusal;

	if (!api_actor_read(app, request, request->query, &actor, &refusal))
		return refusal_answer(&refusal, response);
	if (find_standing(app, &actor, room, &standing, &row) != STORE_OK) {
		refusal = refusal_for("unreadable", NULL);
		return refusal_answer(&refusal, response);
	}
	response_add_header(response, "Content-Type", STR_OF("application/json"));
	write_standing(room, &standing, &row, &response->body);
	return 200;
}

int view_api_standing(struct app *app, struct request *request, struct response *response)
{
	struct buf room = { 0 };
	enum name_problem problem = room_name_normalize(buf_str(&request->room), &room);
	struct refusal refusal;
	int status;

	if (problem == NAME_OK) {
		status = answer_standing(app, request, response, buf_str(&room));
	} else {
		refusal = refusal_for("bad_room", name_problem_sentence(problem));
		status = refusal_answer(&refusal, response);
	}
	buf_finish(&room);
	return status;
}

static struct refusal order_as(
	struct app *app, const struct request *request, const struct api_actor *actor)
{
	struct orderer orderer = {
		.is_site = actor->is_site,
		.is_guest = actor->is_guest,
		.name = str_from(actor->user.name),
		.via = "api",
	};

	memcpy(orderer.user, actor->user.id, sizeof(orderer.user));
	return order_form_do(app, request, &orderer);
}

int view_api_moderate(struct app *app, struct request *request, struct response *response)
{
	struct api_actor actor;
	struct buf form = { 0 };
	struct refusal refusal;

	if (api_form_read(request, &form, &refusal) &&
		api_actor_read(app, request, request->body, &actor, &refusal))
		refusal = order_as(app, request, &actor);
	if (refusal.status == 200) {
		response_add_header(response, "Content-Type", STR_OF("application/json"));
		buf_append_text(&response->body, "{\"ok\": true}\n");
	} else {
		refusal_answer(&refusal, response);
	}
	buf_finish(&form);
	return refusal.status;
}
