/* SPDX-License-Identifier: MIT */
/* Choosing another display name: the form in the room posts here, and this page is where a
 * mistake is shown. */
#include <string.h>

#include "common/guest.h"
#include "common/json.h"
#include "common/name.h"
#include "fcgi/url_code.h"
#include "fcgi/views/page.h"
#include "fcgi/views/views.h"
#include "templates/name.h"

#define NAME_IS_TAKEN "Somebody in this room has that name. Choose another."

static int show(struct app *app, struct request *request, struct response *response,
	struct str entered, struct str next, const char *problem)
{
	struct buf name_url = { 0 };
	struct page_frame frame;

	page_begin(&frame, app, request, response);
	template_name(&frame.render, &(struct template_name){
					     PAGE_COMMON(&frame),
					     .title = page_translate(&frame, "Your name"),
					     .entered = entered,
					     .problem = page_translate(&frame, problem),
					     .name_url = page_url(app, request, "name", &name_url),
					     .next = next,
				     });
	page_end(&frame);
	buf_finish(&name_url);
	return problem[0] == '\0' ? 200 : 400;
}

/* The room that a path of ours leads to, in normal form; false for other paths. */
static bool room_of_path(
	const struct app *app, const struct request *request, struct str path, struct buf *room)
{
	struct request of_path = { .method = METHOD_GET, .prefix = request->prefix };
	const struct url *url = NULL;
	int status;

	if (str_starts_with(path, request->prefix)) {
		buf_append_str(&of_path.path, str_skip(path, request->prefix.len));
		url = router_find(app->config, &of_path, &status);
	}
	if (url != NULL)
		buf_append_str(room, buf_str(&of_path.room));
	request_finish(&of_path);
	return room->len > 0;
}

static bool is_somebody_else(const struct json *member, const struct user *user, struct str name)
{
	struct str its_name, sender;
	struct buf own = { 0 };
	bool is_other;

	if (!json_get_string(json_find(member, "user"), &its_name) || !str_equals(its_name, name) ||
		!json_get_string(json_find(member, "sender"), &sender))
		return false;
	for (size_t i = 0; i < sizeof(user->id); i++)
		buf_append_format(&own, "%02x", user->id[i]);
	is_other = !str_equals(buf_str(&own), sender);
	buf_finish(&own);
	return is_other;
}

static struct str without_last_character(struct str name)
{
	do
		name.len--;
	while (name.len > 0 && ((unsigned char)name.data[name.len] & 0xc0) == 0x80);
	return name;
}

/* The broker lists so many people at once, by name: asked from just before it, a name is among
 * them in large rooms too. When the broker does not answer nobody is in the room. */
static bool name_is_taken(
	struct app *app, struct request *request, struct str next, struct str name)
{
	struct buf room = { 0 };
	struct json *answer = NULL;
	const struct json *members;
	bool is_taken = false;

	if (room_of_path(app, request, next, &room))
		answer = app_ask_members(app, buf_str(&room), without_last_character(name));
	members = json_find(answer, "members");
	for (size_t i = 0; i < json_count(members) && !is_taken; i++)
		is_taken = is_somebody_else(json_at(members, i), &request->identity.user, name);
	json_destroy(answer);
	buf_finish(&room);
	return is_taken;
}

/* Where to go afterwards: "next" when it is a path of this site, else the index. */
static void read_next(struct app *app, struct request *request, struct str fields, struct buf *next)
{
	if (!url_find_field(fields, "next", next) || !url_is_local_path(buf_str(next)))
		page_url(app, request, "index", next);
}

int view_name_form(struct app *app, struct request *request, struct response *response)
{
	struct buf next = { 0 };
	int status;

	read_next(app, request, request->query, &next);
	status = show(
		app, request, response, str_from(request->identity.user.name), buf_str(&next), "");
	buf_finish(&next);
	return status;
}

static int change(struct app *app, struct request *request, struct response *response,
	struct str entered, struct str next)
{
	struct buf name = { 0 }, cookie = { 0 };
	enum name_problem problem = name_normalize(entered, NAME_PERSON_MAX, &name);
	int status;

	if (problem != NAME_OK) {
		status = show(
			app, request, response, entered, next, name_problem_sentence(problem));
	} else if (name_is_taken(app, request, next, buf_str(&name))) {
		status = show(app, request, response, entered, next, NAME_IS_TAKEN);
	} else {
		strcpy(request->identity.user.name,
			buf_text(&name)); /* NAME_PERSON_MAX code points fit by definition */
		request->identity.guest_is_new = false;
		guest_write_cookie(&request->identity.user, &app->secret,
			str_is(request->scheme, "https"), &cookie);
		response_add_header(response, "Set-Cookie", buf_str(&cookie));
		status = response_redirect(response, 303, next);
	}
	buf_finish(&cookie);
	buf_finish(&name);
	return status;
}

int view_name_change(struct app *app, struct request *request, struct response *response)
{
	struct buf entered = { 0 }, next = { 0 };
	int status;

	read_next(app, request, request->body, &next);
	if (!url_find_field(request->body, "name", &entered))
		buf_clear(&entered);
	status = change(app, request, response, buf_str(&entered), buf_str(&next));
	buf_finish(&entered);
	buf_finish(&next);
	return status;
}
