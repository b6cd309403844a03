/* SPDX-License-Identifier: MIT */
/* What programs with a key say: to a room or to a channel, one message or a batch. The broker is
 * asked for one after the other, so that they come in their order: behind one that may come later
 * nothing is sent. A mistake is that message's alone. */
#include <inttypes.h>

#include "common/base/clock.h"
#include "common/base/utf8.h"
#include "common/event.h"
#include "common/room_name.h"
#include "fcgi/refusal.h"
#include "fcgi/views/api_form.h"
#include "fcgi/views/views.h"

#define BATCH_MAX 100
#define IDEMPOTENCY_KEY_MAX 255

struct post;

/* What can be sent to. */
struct destination {
	const char *op; /* of the broker */
	const char *member; /* that says to which one */
	/* Writes the member that is sent. NULL, or the code of what is wrong with it; its sentence
	 * is left NULL where the code says all. */
	const char *(*write)(const struct post *post, const struct json *item,
		struct json_writer *writer, const char **sentence_out);
};

/* A request to send something. */
struct post {
	struct app *app;
	const struct request *request;
	struct response *response;
	const struct destination *destination;
	struct str place; /* the room's name in normal form, or the channel's */
	uint64_t deadline_ms; /* for all of it */
};

/* What became of a message. */
struct outcome {
	int status;
	int64_t retry_after_seconds;
};

static int refuse(struct response *response, const char *code, const char *sentence)
{
	struct refusal refusal = refusal_for(code, sentence);

	return refusal_answer(&refusal, response);
}

static bool is_idempotent(const struct post *post)
{
	return post->request->variables.idempotency_key.len > 0;
}

/* What people read needs no type. */
static void write_message(const struct json *item, struct str message, struct json_writer *writer)
{
	struct json *user = json_find(item, "user");

	json_begin_object(writer, "event");
	json_add_string(writer, "type", STR_OF("chat.message"));
	json_add_string(writer, "message", message);
	if (user != NULL)
		json_add_value(writer, STR_OF("user"), user);
	json_end_object(writer);
}

static const char *check_event(const struct post *post, const struct json *item,
	struct event *event, const char **sentence_out)
{
	enum event_problem problem = event_read(item, event);

	if (problem == EVENT_OK)
		return event->is_message || !is_idempotent(post) ? NULL : "not_idempotent";
	*sentence_out = event_problem_sentence(problem);
	return event_problem_code(problem);
}

static const char *write_event(const struct post *post, const struct json *item,
	struct json_writer *writer, const char **sentence_out)
{
	bool is_event = json_find(item, "type") != NULL || !json_is_object(item);
	struct event event = { 0 };
	const char *code = NULL;

	if (is_event)
		code = check_event(post, item, &event, sentence_out);
	else if (!json_get_string(json_find(item, "message"), &event.message))
		code = "no_message";
	if (code != NULL)
		return code;
	if ((int64_t)event.message.len > post->app->config->limits_message_bytes)
		return "too_long";
	if (is_event)
		json_add_value(writer, STR_OF("event"), item);
	else
		write_message(item, event.message, writer);
	return NULL;
}

static const char *write_letter(const struct post *post, const struct json *item,
	struct json_writer *writer, const char **sentence_out)
{
	struct json *message = json_find(item, "message");

	(void)post;
	(void)sentence_out;
	if (!json_is_object(message))
		return "bad_message";
	json_add_value(writer, STR_OF("message"), message);
	return NULL;
}

static const struct destination room_destination = { "group_send", "room", write_event };
static const struct destination channel_destination = { "send", "channel", write_letter };

/* The same message has the same ref, whenever and how often it is sent. */
static void write_ref(const struct post *post, size_t index, struct json_writer *writer)
{
	uint8_t hash[CRYPTO_SHA256_SIZE];
	struct buf text = { 0 }, ref = { 0 };

	buf_append_format(
		&text, "%s\n%.*s\n%zu\n", post->destination->op, STR_ARG(post->place), index);
	buf_append_str(&text, post->request->variables.idempotency_key);
	crypto_sha256(buf_str(&text), hash);
	crypto_base64_encode(&ref, hash, sizeof(hash));
	json_add_string(writer, "ref", buf_str(&ref));
	buf_clear(&text);
	buf_append_format(&text, "api:%" PRId64, post->request->key.id);
	json_add_string(writer, "sender", buf_str(&text));
	buf_finish(&ref);
	buf_finish(&text);
}

/* Who comes too late is not asked for any more. */
static struct json *ask(const struct post *post, struct str question, bool *is_sent_out)
{
	uint64_t now_ms = clock_monotonic_ms();

	*is_sent_out = false;
	if (now_ms >= post->deadline_ms)
		return NULL;
	return app_ask(post->app, question, (int)(post->deadline_ms - now_ms), is_sent_out);
}

static struct outcome send_question(
	const struct post *post, struct str question, struct buf *result)
{
	struct json_writer writer = json_writer_to(result);
	bool is_sent;
	struct json *answer = ask(post, question, &is_sent);
	struct refusal refusal = refusal_of(answer, is_sent);

	if (refusal.status == 200) {
		json_print(result, answer);
	} else {
		json_begin_object(&writer, NULL);
		refusal_write(&refusal, &writer);
		json_end_object(&writer);
	}
	json_destroy(answer);
	return (struct outcome){ refusal.status, refusal.retry_after_seconds };
}

static struct outcome refuse_item(const char *code, const char *sentence, struct buf *result)
{
	struct refusal refusal = refusal_for(code, sentence);
	struct json_writer writer = json_writer_to(result);

	json_begin_object(&writer, NULL);
	refusal_write(&refusal, &writer);
	json_end_object(&writer);
	return (struct outcome){ refusal.status, refusal.retry_after_seconds };
}

/* result is an object, which says what became of it. */
static struct outcome send_item(
	const struct post *post, const struct json *item, size_t index, struct buf *result)
{
	struct buf question = { 0 };
	struct json_writer writer = json_writer_to(&question);
	const char *sentence = NULL, *code;
	struct outcome outcome;

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", str_from(post->destination->op));
	json_add_string(&writer, post->destination->member, post->place);
	code = post->destination->write(post, item, &writer, &sentence);
	if (is_idempotent(post))
		write_ref(post, index, &writer);
	json_end_object(&writer);
	outcome = code == NULL ? send_question(post, buf_str(&question), result)
			       : refuse_item(code, sentence, result);
	buf_finish(&question);
	return outcome;
}

static int answer_with(
	struct response *response, const struct outcome *outcome, const struct buf *result)
{
	struct refusal refusal = { .retry_after_seconds = outcome->retry_after_seconds };

	buf_clear(&response->body);
	response_add_header(response, "Content-Type", STR_OF("application/json"));
	refusal_add_header(&refusal, response);
	buf_append_str(&response->body, buf_str(result));
	buf_append_char(&response->body, '\n');
	return outcome->status;
}

static int send_one(const struct post *post, const struct json *item)
{
	struct buf result = { 0 };
	struct outcome outcome = send_item(post, item, 0, &result);
	int status = answer_with(post->response, &outcome, &result);

	buf_finish(&result);
	return status;
}

/* The results of those behind the first, whose own is there. Returns how many have failed. */
static size_t send_rest(
	const struct post *post, const struct json *items, struct json_writer *results)
{
	struct outcome outcome = { 0 };
	struct buf result = { 0 };
	size_t failed = 0;

	for (size_t i = 1; i < json_count(items); i++) {
		buf_clear(&result);
		if (outcome.retry_after_seconds == 0)
			outcome = send_item(post, json_at(items, i), i, &result);
		else
			outcome = refuse_item("not_tried", NULL, &result);
		failed += outcome.status != 200;
		json_add_json(results, NULL, buf_str(&result));
	}
	buf_finish(&result);
	return failed;
}

static void send_all(const struct post *post, const struct json *items, const struct outcome *first,
	struct str first_result, struct buf *out)
{
	struct json_writer writer = json_writer_to(out);
	size_t failed = first->status != 200;

	json_begin_object(&writer, NULL);
	json_add_bool(&writer, "ok", true);
	json_begin_array(&writer, "results");
	json_add_json(&writer, NULL, first_result);
	failed += send_rest(post, items, &writer);
	json_end_array(&writer);
	json_add_integer(&writer, "failed", (int64_t)failed);
	json_end_object(&writer);
}

/* When the first may come later nothing was done, and all of it may. */
static int send_batch(const struct post *post, const struct json *items)
{
	struct outcome outcome, done = { .status = 200 };
	struct buf first = { 0 }, results = { 0 };
	int status;

	outcome = send_item(post, json_at(items, 0), 0, &first);
	if (outcome.retry_after_seconds > 0) {
		status = answer_with(post->response, &outcome, &first);
	} else {
		send_all(post, items, &outcome, buf_str(&first), &results);
		status = answer_with(post->response, &done, &results);
	}
	buf_finish(&results);
	buf_finish(&first);
	return status;
}

static int refuse_too_fast(struct response *response, int64_t wait_ms)
{
	struct refusal refusal = refusal_for("too_fast", NULL);

	refusal.retry_after_seconds = (wait_ms + 999) / 1000;
	return refusal_answer(&refusal, response);
}

static int send_in_turn(
	const struct post *post, const struct json *document, const struct json *items)
{
	int status;

	if (!slots_take(post->app->senders, APP_SLOT_MS))
		return refuse(post->response, "busy", NULL);
	status = items == NULL ? send_one(post, document) : send_batch(post, items);
	slots_release(post->app->senders);
	return status;
}

/* A batch counts as its messages; one was counted as the request. */
static int send_document(const struct post *post, const struct json *document)
{
	struct json *items = json_find(document, "messages");
	size_t count = json_count(items);
	int64_t wait_ms;

	if (!json_is_array(items))
		return send_in_turn(post, document, NULL);
	if (count == 0 || count > BATCH_MAX)
		return refuse(post->response, "too_many_messages", NULL);
	wait_ms = app_throttle_key(post->app, post->request->key.id, (int64_t)count - 1);
	return wait_ms > 0 ? refuse_too_fast(post->response, wait_ms)
			   : send_in_turn(post, document, items);
}

static bool is_idempotency_key(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] <= ' ' || text.data[i] > '~')
			return false;
	}
	return text.len <= IDEMPOTENCY_KEY_MAX;
}

static int answer(const struct post *post)
{
	const struct request *request = post->request;
	const char *problem = NULL;
	struct json *document;
	int status;

	if (!api_form_has_json_type(request))
		return refuse(post->response, "unsupported_media_type", NULL);
	if (!is_idempotency_key(request->variables.idempotency_key))
		return refuse(post->response, "bad_idempotency_key", NULL);
	document = json_parse(request->body, &problem);
	status = json_is_object(document) ? send_document(post, document)
					  : refuse(post->response, "not_json", problem);
	json_destroy(document);
	return status;
}

int view_api_room_send(struct app *app, struct request *request, struct response *response)
{
	struct buf room = { 0 };
	enum name_problem problem = room_name_normalize(buf_str(&request->room), &room);
	int status = problem == NAME_OK
			     ? answer(&(struct post){ app, request, response, &room_destination,
				       buf_str(&room), clock_monotonic_ms() + APP_COMMIT_MS })
			     : refuse(response, "bad_room", name_problem_sentence(problem));

	buf_finish(&room);
	return status;
}

int view_api_channel_send(struct app *app, struct request *request, struct response *response)
{
	struct str channel = buf_str(&request->room);

	if (!utf8_is_valid(channel))
		return refuse(response, "bad_channel", "The name of a channel is ASCII.");
	return answer(&(struct post){ app, request, response, &channel_destination, channel,
		clock_monotonic_ms() + APP_COMMIT_MS });
}
