/* SPDX-License-Identifier: MIT */
/* Saying something without a socket: a form where there are no scripts, and the client library
 * where there is no way for a WebSocket, which asks for JSON. Who cannot say it gets the text back.
 */
#include "fcgi/views/ask.h"
#include "fcgi/views/page.h"
#include "fcgi/views/room.h"
#include "fcgi/views/room_gate.h"
#include "fcgi/views/views.h"

/* refusal_out borrows from what is returned, which may be NULL. */
static struct json *ask(struct app *app, const struct request *request, struct str room,
	struct str message, struct refusal *refusal_out)
{
	struct buf question = { 0 };
	struct json_writer writer = json_writer_to(&question);
	struct json *answer;

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", STR_OF("say"));
	json_add_string(&writer, "room", room);
	ask_add_subject(&writer, request);
	json_add_string(&writer, "message", message);
	ask_add_ref(&writer, request);
	json_end_object(&writer);
	answer = ask_and_wait(app, buf_str(&question), refusal_out);
	buf_finish(&question);
	return answer;
}

/* To the end of the page, where the next one is written. */
static int lead_back(const struct app *app, const struct request *request,
	struct response *response, struct str room)
{
	struct buf path = { 0 };
	int status;

	router_reverse(app->config, request, "room", room, &path);
	buf_append_text(&path, "#chat-form");
	status = response_redirect(response, 303, buf_str(&path));
	buf_finish(&path);
	return status;
}

static int answer(struct app *app, struct request *request, struct response *response,
	struct str room, struct str message)
{
	struct refusal refusal;
	struct json *answer = ask(app, request, room, message, &refusal);
	int status;

	if (request_wants_json(request))
		status = ask_answer_script(response, answer, &refusal);
	else if (refusal.status == 200)
		status = lead_back(app, request, response, room);
	else
		status = room_give_back(app, request, response, message, &refusal);
	json_destroy(answer);
	return status;
}

int view_room_say(struct app *app, struct request *request, struct response *response)
{
	struct buf room = { 0 }, message = { 0 };
	int status;

	page_read_text(request->body, "message", &message);
	if (room_gate_post(app, request, response, &room, &status))
		status = answer(app, request, response, buf_str(&room), buf_str(&message));
	buf_finish(&message);
	buf_finish(&room);
	return status;
}
