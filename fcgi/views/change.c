/* SPDX-License-Identifier: MIT */
/* Editing and deleting a message without a socket: forms where there are no scripts, and the client
 * library where there is no way for a WebSocket, which asks for JSON. What the room's rules allow
 * is judged here; whose message it is and how old, where it is kept. */
#include <inttypes.h>

#include "common/base/clock.h"
#include "common/message_kind.h"
#include "fcgi/standing.h"
#include "fcgi/views/ask.h"
#include "fcgi/views/order_draft.h"
#include "fcgi/views/page.h"
#include "fcgi/views/room.h"
#include "fcgi/views/room_gate.h"
#include "fcgi/views/views.h"

/* What was posted. */
struct change {
	enum message_kind kind;
	bool is_anybodys; /* the message may be; else it is one's own */
	uint64_t target;
	struct buf room, message;
};

static void change_finish(struct change *change)
{
	buf_finish(&change->room);
	buf_finish(&change->message);
}

/* refusal_out borrows from what is returned, which may be NULL. */
static struct json *ask(struct app *app, const struct request *request, const struct change *change,
	struct refusal *refusal_out)
{
	struct buf question = { 0 };
	struct json_writer writer = json_writer_to(&question);
	struct json *answer;

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", str_from(message_kind_word(change->kind)));
	json_add_string(&writer, "room", buf_str(&change->room));
	json_add_integer(&writer, "target", (int64_t)change->target);
	ask_add_user(&writer, request);
	if (change->kind == MESSAGE_EDITS)
		json_add_string(&writer, "message", buf_str(&change->message));
	if (change->is_anybodys)
		json_add_bool(&writer, "any", true);
	ask_add_ref(&writer, request);
	json_end_object(&writer);
	answer = ask_and_wait(app, buf_str(&question), refusal_out);
	buf_finish(&question);
	return answer;
}

/* False with the refusal. */
static bool may_change(struct app *app, const struct request *request, struct change *change,
	struct refusal *refusal_out)
{
	int64_t now_ms = clock_wall_ms();
	struct standing standing;
	struct room_row row;
	enum store_problem problem = standing_find(
		app, request, buf_str(&change->room), &standing, &row);

	if (problem != STORE_OK) {
		*refusal_out = standing_refusal(problem);
		return false;
	}
	change->is_anybodys = change->kind == MESSAGE_DELETES &&
			      standing_allows(&standing, ACTION_DELETE, now_ms);
	if (change->is_anybodys ||
		standing_allows(&standing,
			change->kind == MESSAGE_EDITS ? ACTION_EDIT : ACTION_WITHDRAW, now_ms))
		return true;
	*refusal_out = refusal_for("forbidden", NULL);
	return false;
}

static struct json *judge_and_ask(struct app *app, const struct request *request,
	struct change *change, struct refusal *refusal_out)
{
	if (change->target == 0)
		*refusal_out = refusal_for("bad_target", NULL);
	else if (change->kind == MESSAGE_EDITS && change->message.len == 0)
		*refusal_out = refusal_for("no_message", NULL);
	else if (may_change(app, request, change, refusal_out))
		return ask(app, request, change, refusal_out);
	return NULL;
}

/* To the message, or to what is left of it. */
static int lead_back(const struct app *app, struct request *request, struct response *response,
	const struct change *change)
{
	struct buf path = { 0 };
	int status;

	flash_add(app, request,
		change->kind == MESSAGE_EDITS ? FLASH_MESSAGE_EDITED : FLASH_MESSAGE_DELETED);
	router_reverse(app->config, request, "room", buf_str(&change->room), &path);
	buf_append_format(
		&path, "?message=%" PRIu64 "#message-%" PRIu64, change->target, change->target);
	status = response_redirect(response, 303, buf_str(&path));
	buf_finish(&path);
	return status;
}

/* Whoever may try again does so in the form of the message. What can never be changed any more can
 * still be said. */
static int give_back(struct app *app, struct request *request, struct response *response,
	const struct change *change, const struct refusal *refusal)
{
	bool is_final = refusal->status == 403 || refusal->status == 404 || refusal->status == 409;
	struct order_draft draft = order_draft_refused(request, refusal);

	if (change->kind == MESSAGE_EDITS && change->target > 0 && !is_final)
		return message_show(app, request, response, change->target, &draft);
	return room_give_back(app, request, response, buf_str(&change->message), refusal);
}

static int answer(
	struct app *app, struct request *request, struct response *response, struct change *change)
{
	struct refusal refusal;
	struct json *answer = judge_and_ask(app, request, change, &refusal);
	int status = refusal.status;

	if (request_wants_json(request))
		status = ask_answer_script(response, answer, &refusal);
	else if (status == 200)
		status = lead_back(app, request, response, change);
	else
		status = give_back(app, request, response, change, &refusal);
	json_destroy(answer);
	return status;
}

static void read_fields(const struct request *request, struct change *change)
{
	struct buf target = { 0 };

	page_read_field(request->body, "target", &target);
	if (!str_to_uint64(buf_str(&target), &change->target) || change->target > INT64_MAX)
		change->target = 0;
	buf_finish(&target);
	if (change->kind == MESSAGE_EDITS)
		page_read_text(request->body, "message", &change->message);
}

static int handle(
	struct app *app, struct request *request, struct response *response, enum message_kind kind)
{
	struct change change = { .kind = kind };
	int status;

	read_fields(request, &change);
	if (room_gate_post(app, request, response, &change.room, &status))
		status = answer(app, request, response, &change);
	change_finish(&change);
	return status;
}

int view_room_edit(struct app *app, struct request *request, struct response *response)
{
	return handle(app, request, response, MESSAGE_EDITS);
}

int view_room_delete(struct app *app, struct request *request, struct response *response)
{
	return handle(app, request, response, MESSAGE_DELETES);
}
