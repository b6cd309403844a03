/* SPDX-License-Identifier: MIT */
/* What a shell may do: say, announce, close. A message is answered when it has its number. */
#include <inttypes.h>
#include <string.h>

#include "broker/broker.h"
#include "broker/bus/control_request.h"
#include "broker/closing.h"
#include "broker/shard.h"
#include "common/base/crypto.h"
#include "common/base/log.h"

#define SENDER_NAME_MAX 64
#define SENDER_SIZE 16
/* Keeps a script's name apart from the ids of people. */
#define SENDER_PREFIX "control:"

static const struct refusal no_message = { "no_message",
	"\"message\" is missing, empty or not a string." };
static const struct refusal too_long = { "too_long", "This message is too long." };
static const struct refusal no_channel = { "no_channel", "There is no such channel." };
static const struct refusal bad_ref = { "bad_ref", "\"ref\" is a string of 1 to 64 bytes." };
static const struct refusal bad_sender = { "bad_sender",
	"\"sender\" is a string of 1 to 64 bytes." };

/* Reads a string that may be missing; then it is empty. */
static bool read_name(struct request *request, const char *key, size_t len_max,
	const struct refusal *refusal, struct str *text_out)
{
	const struct json *value = json_find(request->arguments, key);

	*text_out = STR_OF("");
	if (value == NULL ||
		(json_get_string(value, text_out) && text_out->len > 0 && text_out->len <= len_max))
		return true;
	request_refuse(request, refusal);
	return false;
}

static void derive_sender(struct str name, uint8_t sender_out[static SENDER_SIZE])
{
	uint8_t hash[CRYPTO_SHA256_SIZE];
	struct buf text = { 0 };

	buf_append_text(&text, SENDER_PREFIX);
	buf_append_str(&text, name);
	crypto_sha256(buf_str(&text), hash);
	memcpy(sender_out, hash, SENDER_SIZE);
	buf_finish(&text);
}

/* author_out borrows from the request and keeps sender. */
static bool read_author(
	struct request *request, uint8_t sender[static SENDER_SIZE], struct author *author_out)
{
	struct str name;

	*author_out = (struct author){ .kind = AUTHOR_REQUEST, .id = request->id };
	if (!read_name(request, "ref", EVENT_REF_MAX, &bad_ref, &author_out->ref) ||
		!read_name(request, "sender", SENDER_NAME_MAX, &bad_sender, &name))
		return false;
	if (author_out->ref.len > 0) {
		derive_sender(name, sender);
		author_out->sender = sender;
	}
	return true;
}

static enum control_outcome refuse_result(struct request *request, enum layer_result result)
{
	struct refusal refusal = { broker_refusal_code(result), broker_refusal_sentence(result) };

	return request_refuse(request, &refusal);
}

/* What is not numbered gets no answer of the layer's. */
enum control_outcome request_send_event(
	struct request *request, struct event *event, const struct author *author)
{
	enum layer_result result = broker_group_send(
		request->broker, event, event->is_message ? author : NULL);

	if (result != LAYER_SENT)
		return refuse_result(request, result);
	return event->is_message ? CONTROL_WAITS : CONTROL_ANSWERED;
}

enum control_outcome control_group_send(struct request *request)
{
	enum control_outcome outcome = CONTROL_REFUSED;
	uint8_t sender[SENDER_SIZE];
	struct author author;
	struct event event;
	struct buf room = { 0 };
	enum event_problem problem = event_read(json_find(request->arguments, "event"), &event);

	if (problem != EVENT_OK) {
		request->refusal = (struct refusal){ event_problem_code(problem),
			event_problem_sentence(problem) };
		return CONTROL_REFUSED;
	}
	if (request_read_room(request, &room) && read_author(request, sender, &author)) {
		event.room = buf_str(&room);
		outcome = request_send_event(request, &event, &author);
	}
	buf_finish(&room);
	return outcome;
}

void control_end_send(struct buf *answer, enum layer_result result, uint64_t seq)
{
	struct json_writer writer = { .out = answer, .comma = true };

	if (result != LAYER_SENT && result != LAYER_REPEATED) {
		request_write_refusal(&(struct refusal){ broker_refusal_code(result),
					      broker_refusal_sentence(result) },
			answer);
		return;
	}
	json_add_integer(&writer, "seq", (int64_t)seq);
	if (result == LAYER_REPEATED)
		json_add_bool(&writer, "repeated", true);
	json_end_object(&writer);
}

enum control_outcome control_announce(struct request *request)
{
	struct log_quoted quoted;
	struct str message;
	size_t connections;

	if (!json_get_string(json_find(request->arguments, "message"), &message) ||
		message.len == 0)
		return request_refuse(request, &no_message);
	if ((int64_t)message.len > request->broker->config->limits_message_bytes)
		return request_refuse(request, &too_long);
	connections = rooms_announce(request->broker->rooms, message);
	log_info("event=announce connections=%zu message=%s", connections,
		log_quote(&quoted, message));
	json_add_integer(request->answer, "connections", (int64_t)connections);
	return CONTROL_ANSWERED;
}

enum control_outcome control_close(struct request *request)
{
	struct channel *channel = NULL;
	struct str name;

	if (json_get_string(json_find(request->arguments, "channel"), &name))
		channel = broker_find_channel_named(request->broker, name);
	if (channel == NULL)
		return request_refuse(request, &no_channel);
	log_info("event=close channel=%" PRIx64, broker_channel_id(request->broker, channel));
	shard_close_conn(conn_of(channel)->shard, conn_of(channel), &closing_by_administrator);
	return CONTROL_ANSWERED;
}
