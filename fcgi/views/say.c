/* SPDX-License-Identifier: MIT */
/* Saying something without a socket: a form where there are no scripts, and the client library
 * where there is no way for a WebSocket, which asks for JSON. Who cannot say it gets the text back.
 */
#include "common/base/crypto.h"
#include "common/room_name.h"
#include "fcgi/refusal.h"
#include "fcgi/views/page.h"
#include "fcgi/views/room.h"
#include "fcgi/views/room_gate.h"
#include "fcgi/views/views.h"

/* A message waits for its commit, and a worker of the pages with it. */
#define SAY_TIMEOUT_MS 2000

static void write_question(const struct request *request, struct str room, struct str message,
	struct str ref, struct buf *out)
{
	struct json_writer writer = json_writer_to(out);
	const struct user *user = &request->identity.user;
	struct buf id = { 0 };

	crypto_base64_encode(&id, user->id, sizeof(user->id));
	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", STR_OF("say"));
	json_add_string(&writer, "room", room);
	json_add_string(&writer, "user", str_from(user->name));
	json_add_string(&writer, "user_id", buf_str(&id));
	json_add_string(&writer, "message", message);
	json_add_string(&writer, "ref", ref);
	json_end_object(&writer);
	buf_finish(&id);
}

/* A form has none; only under one is it known for good whose message it is. */
static void read_ref(const struct request *request, struct buf *ref)
{
	uint8_t random[16];

	page_read_field(request->body, "ref", ref);
	if (ref->len > 0)
		return;
	crypto_random(random, sizeof(random));
	crypto_base64_encode(ref, random, sizeof(random));
}

/* refusal_out borrows from what is returned, which may be NULL. */
static struct json *ask(struct app *app, const struct request *request, struct str room,
	struct str message, struct refusal *refusal_out)
{
	struct buf question = { 0 }, ref = { 0 };
	struct json *answer;
	bool is_sent;

	if (!slots_take(app->senders, APP_SLOT_MS)) {
		*refusal_out = refusal_for("busy", NULL);
		return NULL;
	}
	read_ref(request, &ref);
	write_question(request, room, message, buf_str(&ref), &question);
	answer = app_ask(app, buf_str(&question), SAY_TIMEOUT_MS, &is_sent);
	*refusal_out = refusal_of(answer, is_sent);
	slots_release(app->senders);
	buf_finish(&ref);
	buf_finish(&question);
	return answer;
}

static int answer_script(
	struct response *response, const struct json *answer, const struct refusal *refusal)
{
	if (refusal->status != 200)
		return refusal_answer(refusal, response);
	response_add_header(response, "Content-Type", STR_OF("application/json"));
	json_print(&response->body, answer);
	buf_append_char(&response->body, '\n');
	return 200;
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
	int status = refusal.status;

	if (request_wants_json(request)) {
		status = answer_script(response, answer, &refusal);
	} else if (refusal.status == 200) {
		status = lead_back(app, request, response, room);
	} else {
		refusal_add_header(&refusal, response);
		room_write(app, request, response, room,
			&(struct room_draft){ message, refusal.sentence });
	}
	json_destroy(answer);
	return status;
}

static int refuse(struct app *app, struct request *request, struct response *response, int status,
	const char *sentence)
{
	struct refusal refusal = refusal_for(status == 404 ? "not_found" : "bad_room", sentence);

	return request_wants_json(request) ? refusal_answer(&refusal, response)
					   : view_error(app, request, response, status, sentence);
}

int view_room_say(struct app *app, struct request *request, struct response *response)
{
	struct buf room = { 0 }, message = { 0 };
	enum name_problem problem = room_name_normalize(buf_str(&request->room), &room);
	int status;

	page_read_text(request->body, "message", &message);
	if (problem != NAME_OK)
		status = refuse(app, request, response, 400, name_problem_sentence(problem));
	else if (room_is_taken(app, buf_str(&room)))
		status = refuse(app, request, response, 404, "There is no room under this name.");
	else
		status = answer(app, request, response, buf_str(&room), buf_str(&message));
	buf_finish(&message);
	buf_finish(&room);
	return status;
}
