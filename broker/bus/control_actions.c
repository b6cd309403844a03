/* SPDX-License-Identifier: MIT */
/* Say, announce, close. A message is answered when it has its number. */
#include <inttypes.h>
#include <string.h>

#include "broker/broker.h"
#include "broker/bus/control_request.h"
#include "broker/bus/line.h"
#include "broker/closing.h"
#include "broker/shard.h"
#include "common/base/crypto.h"
#include "common/base/log.h"

#define SENDER_NAME_MAX 64
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

static void derive_sender(struct str name, uint8_t sender_out[static REQUEST_SENDER_SIZE])
{
	uint8_t hash[CRYPTO_SHA256_SIZE];
	struct buf text = { 0 };

	buf_append_text(&text, SENDER_PREFIX);
	buf_append_str(&text, name);
	crypto_sha256(buf_str(&text), hash);
	memcpy(sender_out, hash, REQUEST_SENDER_SIZE);
	buf_finish(&text);
}

bool request_read_author(struct request *request, uint8_t sender[static REQUEST_SENDER_SIZE],
	struct author *author_out)
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

/* An event without a number gets no answer from the layer. */
enum control_outcome request_send_to_room(
	struct request *request, struct event *event, const struct author *author)
{
	enum layer_result result = broker_group_send(
		request->broker, event, event->is_message ? author : NULL);

	if (result != LAYER_SENT)
		return request_refuse_result(request, result);
	return event->is_message ? CONTROL_WAITS : CONTROL_ANSWERED;
}

static enum control_outcome send_to_group(
	struct request *request, struct event *event, const struct author *author)
{
	enum layer_result result = broker_group_send(request->broker, event, author);

	if (result == LAYER_UNDER_WAY)
		return CONTROL_WAITS;
	if (result != LAYER_SENT && result != LAYER_REPEATED)
		return request_refuse_result(request, result);
	if (result == LAYER_REPEATED)
		json_add_bool(request->answer, "repeated", true);
	return CONTROL_ANSWERED;
}

/* A group that is none of a room's. */
static bool find_other_group(const struct request *request, struct str *group_out)
{
	return json_find(request->arguments, "room") == NULL &&
	       json_get_string(json_find(request->arguments, "group"), group_out) &&
	       line_is_other_group(*group_out);
}

static enum control_outcome send_event(
	struct request *request, struct event *event, const struct author *author)
{
	enum control_outcome outcome = CONTROL_REFUSED;
	struct buf room = { 0 };

	if (find_other_group(request, &event->group))
		return send_to_group(request, event, author);
	if (request_read_room(request, &room)) {
		event->room = buf_str(&room);
		outcome = request_send_to_room(request, event, author);
	}
	buf_finish(&room);
	return outcome;
}

enum control_outcome control_group_send(struct request *request)
{
	uint8_t sender[REQUEST_SENDER_SIZE];
	struct author author;
	struct event event;
	enum event_problem problem = event_read(json_find(request->arguments, "event"), &event);

	if (problem != EVENT_OK)
		return request_refuse_event(request, problem);
	if (!request_read_author(request, sender, &author))
		return CONTROL_REFUSED;
	return send_event(request, &event, &author);
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
	if (seq > 0) /* a message to one channel has none */
		json_add_integer(&writer, "seq", (int64_t)seq);
	if (result == LAYER_REPEATED)
		json_add_bool(&writer, "repeated", true);
	json_end_object(&writer);
}

static void notify(const struct request *request, enum layer_notice_kind kind, struct str text)
{
	struct layer *layer = request->broker->layer;
	struct layer_notice notice = { .kind = kind, .text = text };

	layer->ops->notify(layer, &notice);
}

/* connections counts those of this broker only; the others' are not known. */
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
	notify(request, NOTICE_ANNOUNCE, message);
	log_info("event=announce connections=%zu message=%s", connections,
		log_quote(&quoted, message));
	json_add_integer(request->answer, "connections", (int64_t)connections);
	return CONTROL_ANSWERED;
}

/* Tells another broker to close its connection; whether it still has it is not known here. */
static enum control_outcome close_elsewhere(struct request *request, struct str name)
{
	if (!request->broker->layer->is_shared || !channel_is_connection(name))
		return request_refuse(request, &no_channel);
	if (request->broker->is_cut_off)
		return request_refuse_result(request, LAYER_UNAVAILABLE);
	notify(request, NOTICE_CLOSE, name);
	return CONTROL_ANSWERED;
}

enum control_outcome control_close(struct request *request)
{
	struct broker *broker = request->broker;
	struct channel *channel;
	struct str name;
	uint64_t id;

	if (!json_get_string(json_find(request->arguments, "channel"), &name))
		return request_refuse(request, &no_channel);
	channel = broker_find_channel_named(broker, name);
	if (channel == NULL)
		return channel_read_name(name, broker->id, &id)
			       ? request_refuse(request, &no_channel)
			       : close_elsewhere(request, name);
	log_info("event=close channel=%" PRIx64, broker_channel_id(broker, channel));
	shard_close_conn(conn_of(channel)->shard, conn_of(channel), &closing_by_administrator);
	return CONTROL_ANSWERED;
}
