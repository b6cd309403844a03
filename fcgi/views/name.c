/* SPDX-License-Identifier: MIT */
/* Choosing another display name: the form in the room posts here, and this page is where a
 * mistake is shown. */
#include <string.h>

#include "common/base/message.h"
#include "common/guest.h"
#include "common/json.h"
#include "common/name.h"
#include "common/room_name.h"
#include "fcgi/account.h"
#include "fcgi/standing.h"
#include "fcgi/url_code.h"
#include "fcgi/views/form.h"
#include "fcgi/views/page.h"
#include "fcgi/views/person.h"
#include "fcgi/views/views.h"
#include "templates/name.h"

#define NAME_IS_TAKEN MESSAGE("Somebody in this room has that name. Choose another.")
#define NAME_IS_GIVEN \
	MESSAGE("Your name comes from where you have logged in, and is changed there.")

static int show(struct app *app, struct request *request, struct response *response,
	struct str entered, struct str next, const struct verdict *verdict)
{
	struct buf name_url = { 0 };
	struct page_frame frame;

	page_begin(&frame, app, request, response);
	page_url(app, request, "name", &name_url);
	template_name(&frame.render, &(struct template_name){
					     PAGE_COMMON(&frame),
					     .problem = page_translate(&frame, verdict->sentence),
					     .title = page_translate(&frame, "Your name"),
					     .entered = entered,
					     .name_url = buf_str(&name_url),
					     .next = next,
				     });
	page_end(&frame);
	buf_finish(&name_url);
	return verdict->status;
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
	if (url == NULL || room_name_normalize(buf_str(&of_path.room), room) != NAME_OK)
		buf_clear(room);
	request_finish(&of_path);
	return room->len > 0;
}

static bool is_somebody_else(const struct json *member, const struct user *user, struct str name)
{
	uint8_t id[USER_ID_SIZE];
	struct str its_name;

	return json_get_string(json_find(member, "user"), &its_name) &&
	       str_equals(its_name, name) && person_read_id(member, id) &&
	       memcmp(id, user->id, sizeof(id)) != 0;
}

static bool may_look_into(struct app *app, const struct request *request, struct str room)
{
	struct standing standing;
	struct room_row row;

	return standing_find(app, request, room, &standing, &row) == STORE_OK &&
	       standing_may(&standing, ACTION_ENTER);
}

/* When the broker does not answer nobody is in the room, nor for those who may not enter it. */
static bool name_is_taken(
	struct app *app, struct request *request, struct str next, struct str name)
{
	struct buf room = { 0 };
	struct json *answer = NULL;
	const struct json *members;
	bool is_taken = false;

	if (room_of_path(app, request, next, &room) && may_look_into(app, request, buf_str(&room)))
		answer = person_ask_near(app, buf_str(&room), name);
	members = json_find(answer, "members");
	for (size_t i = 0; i < json_count(members) && !is_taken; i++)
		is_taken = is_somebody_else(json_at(members, i), &request->identity.user, name);
	json_destroy(answer);
	buf_finish(&room);
	return is_taken;
}

static struct verdict bad_name(const char *sentence)
{
	return (struct verdict){ VERDICT_BAD_NAME, 400, sentence, 0 };
}

static struct verdict change_of_guest(struct app *app, struct request *request,
	struct response *response, struct str next, struct buf *name)
{
	struct verdict verdict = account_judge_guest_name(app, response, buf_str(name));
	struct buf cookie = { 0 };

	if (verdict.kind != VERDICT_DONE)
		return verdict;
	if (name_is_taken(app, request, next, buf_str(name)))
		return bad_name(NAME_IS_TAKEN);
	/* NAME_PERSON_MAX code points fit by definition */
	strcpy(request->identity.user.name, buf_text(name));
	request->identity.guest_is_new = false;
	guest_write_cookie(
		&request->identity.user, &app->secret, str_is(request->scheme, "https"), &cookie);
	response_add_header(response, "Set-Cookie", buf_str(&cookie));
	buf_finish(&cookie);
	return verdict;
}

static struct verdict change(struct app *app, struct request *request, struct response *response,
	struct str entered, struct str next)
{
	struct buf name = { 0 };
	struct verdict verdict;
	enum name_problem problem;

	if (request->identity.kind == IDENTITY_ACCOUNT)
		return account_change_name(app, request, response, entered);
	problem = name_normalize(entered, NAME_PERSON_MAX, &name);
	if (problem == NAME_OK)
		verdict = change_of_guest(app, request, response, next, &name);
	else
		verdict = bad_name(name_problem_sentence(problem));
	buf_finish(&name);
	return verdict;
}

/* The page of a room shows the name anyway. */
static void tell_change(struct app *app, struct request *request, struct str next)
{
	struct buf room = { 0 };

	if (!room_of_path(app, request, next, &room))
		flash_add(app, request, FLASH_NAME_CHANGED);
	buf_finish(&room);
}

int view_name_form(struct app *app, struct request *request, struct response *response)
{
	struct buf next = { 0 };
	int status;

	if (page_name_is_given(request))
		return view_error(app, request, response, 403, NAME_IS_GIVEN);
	page_read_next(app, request, request->query, &next);
	status = show(app, request, response, str_from(request->identity.user.name), buf_str(&next),
		&form_is_new);
	buf_finish(&next);
	return status;
}

int view_name_change(struct app *app, struct request *request, struct response *response)
{
	struct buf entered = { 0 }, next = { 0 };
	struct verdict verdict;
	int status;

	if (page_name_is_given(request))
		return view_error(app, request, response, 403, NAME_IS_GIVEN);
	page_read_next(app, request, request->body, &next);
	page_read_field(request->body, "name", &entered);
	verdict = change(app, request, response, buf_str(&entered), buf_str(&next));
	if (verdict.kind == VERDICT_DONE) {
		tell_change(app, request, buf_str(&next));
		status = response_redirect(response, 303, buf_str(&next));
	} else {
		status = show(app, request, response, buf_str(&entered), buf_str(&next), &verdict);
	}
	buf_finish(&entered);
	buf_finish(&next);
	return status;
}
