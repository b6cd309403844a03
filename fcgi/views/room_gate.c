/* SPDX-License-Identifier: MIT */
/* A name that is typed differently is led to the same room, so that there is one address to share
 * and to remember. */
#include "fcgi/views/room_gate.h"

#include "common/base/message.h"
#include "common/room_name.h"
#include "fcgi/standing.h"
#include "fcgi/views/page.h"
#include "fcgi/views/views.h"
#include "templates/closed.h"

#define RULES_ARE_UNREADABLE \
	MESSAGE("The rules of the room cannot be read at the moment. Try again later.")

int room_redirect(struct app *app, struct request *request, struct response *response, int status,
	const char *page, struct str room)
{
	struct buf url = { 0 };

	router_reverse(app->config, request, page, room, &url);
	if (request->query.len > 0)
		buf_append_format(&url, "?%.*s", STR_ARG(request->query));
	status = response_redirect(response, status, buf_str(&url));
	buf_finish(&url);
	return status;
}

/* With the pages at "/", other parts of the site have their own first segments: no rooms. */
static bool room_is_taken(const struct app *app, struct str room)
{
	return str_is(str_from(app->config->site_mount), "/") && room_name_is_reserved(room);
}

bool room_gate(struct app *app, struct request *request, struct response *response,
	const char *page, struct buf *name_out, int *status_out)
{
	struct str typed = buf_str(&request->room);
	enum name_problem problem = room_name_normalize(typed, name_out);

	if (problem != NAME_OK)
		*status_out = view_error(
			app, request, response, 400, name_problem_sentence(problem));
	else if (room_is_taken(app, buf_str(name_out)))
		*status_out = view_error(app, request, response, 404, "");
	else if (!str_equals(buf_str(name_out), typed))
		*status_out = room_redirect(app, request, response, 302, page, buf_str(name_out));
	else
		return true;
	return false;
}

/* In the form that is asked for. */
static int refuse_post(struct app *app, struct request *request, struct response *response,
	const char *code, const char *sentence)
{
	struct refusal refusal = refusal_for(code, sentence);

	if (request_wants_json(request))
		return refusal_answer(&refusal, response);
	return view_error(app, request, response, refusal.status, sentence);
}

bool room_gate_post(struct app *app, struct request *request, struct response *response,
	struct buf *name_out, int *status_out)
{
	enum name_problem problem = room_name_normalize(buf_str(&request->room), name_out);

	if (problem != NAME_OK)
		*status_out = refuse_post(
			app, request, response, "bad_room", name_problem_sentence(problem));
	else if (room_is_taken(app, buf_str(name_out)))
		*status_out = refuse_post(app, request, response, "not_found",
			MESSAGE("There is no room under this name."));
	else
		return true;
	return false;
}

/* Who is banned reads until when; else the room is for its members. */
static int show_closed(struct app *app, struct request *request, struct response *response,
	const struct room_entry *entry)
{
	int64_t until_ms = entry->standing.banned_until_ms;
	bool is_banned = until_ms > clock_wall_ms();
	struct page_time until = page_time(is_banned && until_ms != FOR_GOOD ? until_ms : 0);
	struct page_frame frame;

	page_begin(&frame, app, request, response);
	template_closed(&frame.render, &(struct template_closed){
					       PAGE_COMMON(&frame),
					       .title = page_translate(&frame, "Not allowed"),
					       .room = buf_str(&entry->name),
					       .is_banned = is_banned,
					       .has_end = is_banned && until_ms != FOR_GOOD,
					       .until_time = str_from(until.iso),
					       .until_minute = str_from(until.minute),
				       });
	page_end(&frame);
	return 403;
}

bool room_approach(struct app *app, struct request *request, struct response *response,
	const char *page, struct room_entry *entry_out, int *status_out)
{
	*entry_out = (struct room_entry){ 0 };
	if (!room_gate(app, request, response, page, &entry_out->name, status_out))
		return false;
	entry_out->problem = standing_find(
		app, request, buf_str(&entry_out->name), &entry_out->standing, &entry_out->row);
	if (entry_out->problem != STORE_OK || standing_may(&entry_out->standing, ACTION_ENTER))
		return true;
	*status_out = show_closed(app, request, response, entry_out);
	return false;
}

/* Nobody knows whether the room is open, so nothing of it is shown. */
static int show_unreadable(struct app *app, struct request *request, struct response *response)
{
	struct refusal refusal = refusal_for("unreadable", RULES_ARE_UNREADABLE);

	refusal_add_header(&refusal, response);
	return view_error(app, request, response, refusal.status, RULES_ARE_UNREADABLE);
}

bool room_enter(struct app *app, struct request *request, struct response *response,
	const char *page, struct room_entry *entry_out, int *status_out)
{
	if (!room_approach(app, request, response, page, entry_out, status_out))
		return false;
	if (entry_out->problem == STORE_OK)
		return true;
	*status_out = show_unreadable(app, request, response);
	return false;
}

void room_entry_finish(struct room_entry *entry)
{
	buf_finish(&entry->name);
}

/* Who is banned from the whole site is told so, and not that it is this room. */
static bool is_banned_everywhere(struct app *app, const struct request *request)
{
	struct standing standing;
	struct room_row row;

	return standing_find(app, request, STR_OF(""), &standing, &row) == STORE_OK &&
	       standing.banned_until_ms > clock_wall_ms();
}

bool room_is_open_to(struct app *app, const struct request *request, struct str room,
	bool *is_public_out, struct refusal *refusal_out)
{
	struct standing standing, guest = { .role = ROLE_GUEST };
	struct room_row row;
	enum store_problem problem = standing_find(app, request, room, &standing, &row);

	guest.rules = standing.rules;
	*is_public_out = problem == STORE_OK && standing_may(&guest, ACTION_ENTER);
	if (problem != STORE_OK)
		*refusal_out = standing_refusal(problem);
	else if (standing_may(&standing, ACTION_ENTER))
		return true;
	else if (standing.banned_until_ms <= clock_wall_ms())
		*refusal_out = refusal_for("members_only", NULL);
	else
		*refusal_out = refusal_for(
			is_banned_everywhere(app, request) ? "banned" : "banned_here", NULL);
	return false;
}
