/* SPDX-License-Identifier: MIT */
#include "fcgi/views/ask.h"

#include "common/base/crypto.h"
#include "common/standing_wire.h"
#include "fcgi/standing.h"
#include "fcgi/views/page.h"

#define TIMEOUT_MS 2000

struct json *ask_and_wait(struct app *app, struct str question, struct refusal *refusal_out)
{
	struct json *answer;
	bool is_sent;

	if (!slots_take(app->senders, APP_SLOT_MS)) {
		*refusal_out = refusal_for("busy", NULL);
		return NULL;
	}
	answer = app_ask(app, question, TIMEOUT_MS, &is_sent);
	*refusal_out = refusal_of(answer, is_sent);
	slots_release(app->senders);
	return answer;
}

void ask_add_user(struct json_writer *writer, const struct request *request)
{
	const struct user *user = &request->identity.user;

	json_add_string(writer, "user", str_from(user->name));
	json_add_bytes(writer, "user_id", user->id, sizeof(user->id));
}

void ask_add_subject(struct json_writer *writer, const struct request *request)
{
	struct subject subject = standing_subject(request);

	json_add_string(writer, "user", str_from(request->identity.user.name));
	standing_wire_add_subject(&subject, writer);
}

void ask_add_ref(struct json_writer *writer, const struct request *request)
{
	struct buf ref = { 0 };
	uint8_t random[16];

	page_read_field(request->body, "ref", &ref);
	if (ref.len == 0) {
		crypto_random(random, sizeof(random));
		crypto_base64_encode(&ref, random, sizeof(random));
	}
	json_add_string(writer, "ref", buf_str(&ref));
	buf_finish(&ref);
}

int ask_answer_script(
	struct response *response, const struct json *answer, const struct refusal *refusal)
{
	if (refusal->status != 200)
		return refusal_answer(refusal, response);
	response_add_header(response, "Content-Type", STR_OF("application/json"));
	json_print(&response->body, answer);
	buf_append_char(&response->body, '\n');
	return 200;
}
