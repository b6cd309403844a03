/* SPDX-License-Identifier: MIT */
/* Channels and groups for programs (Django Channels' words): a channel of one's own, messages to
 * and from a channel, and which channels are in a group. */
#include "broker/broker.h"
#include "broker/bus/control_request.h"
#include "broker/layer/channel_name.h"

#define TIMEOUT_MAX_MS 30000
/* The shortest wait for a message that may already be there, when others must be asked for it. */
#define LATE_TIMEOUT_MIN_MS 1000

static const struct refusal bad_channel = {
	"bad_channel",
	"A channel's name is 1 to 99 ASCII letters, digits, '-', '_' and '.', and at most one '!'."
};
static const struct refusal bad_prefix = { "bad_prefix",
	"\"prefix\" is 1 to 53 ASCII letters, digits, '-', '_' and '.'." };
static const struct refusal bad_bound = { "bad_bound", "\"bound\" is true or false." };
static const struct refusal bad_message = { "bad_message", "\"message\" is a JSON object." };
static const struct refusal bad_timeout = { "bad_timeout",
	"\"timeout_ms\" is a number from 0 to 30000." };
static const struct refusal is_gone = { "gone", "Who has asked is gone." };
static const struct refusal too_many_wait = { "busy",
	"Too many requests wait for messages. Try it again in a while." };

/* False once it has refused. */
static bool read_channel(struct request *request, struct str *name_out)
{
	if (json_get_string(json_find(request->arguments, "channel"), name_out) &&
		channel_name_is_valid(*name_out))
		return true;
	request_refuse(request, &bad_channel);
	return false;
}

static enum control_outcome make_channel(struct request *request, struct str prefix, bool is_bound)
{
	struct layer *layer = request->broker->layer;
	struct buf name = { 0 };
	enum layer_result result = layer->ops->new_channel(
		layer, prefix, is_bound ? request->asker->connection : 0, &name);

	request->asker->has_bound = is_bound && result == LAYER_DONE;
	if (result == LAYER_DONE)
		json_add_string(request->answer, "channel", buf_str(&name));
	buf_finish(&name);
	return result == LAYER_DONE ? CONTROL_ANSWERED : request_refuse_result(request, result);
}

enum control_outcome control_new_channel(struct request *request)
{
	const struct json *prefix_value = json_find(request->arguments, "prefix");
	const struct json *bound_value = json_find(request->arguments, "bound");
	struct str prefix = STR(CHANNEL_PREFIX_DEFAULT);
	bool is_bound = false;

	if (prefix_value != NULL &&
		(!json_get_string(prefix_value, &prefix) || !channel_prefix_is_valid(prefix)))
		return request_refuse(request, &bad_prefix);
	if (bound_value != NULL && !json_get_bool(bound_value, &is_bound))
		return request_refuse(request, &bad_bound);
	if (is_bound && request->asker->connection == 0)
		return request_refuse(request, &is_gone);
	return make_channel(request, prefix, is_bound);
}

/* What goes to a connection is rendered in its dialect, so it must be an event. */
static enum event_problem read_message(
	const struct request *request, struct str channel, struct event *event)
{
	uint64_t unused;

	if (channel_name_kind(channel, request->broker->id, &unused) == CHANNEL_CONNECTION)
		return event_read(event->fields, event);
	return EVENT_OK;
}

static enum control_outcome send_message(
	struct request *request, struct str channel, const struct event *event)
{
	struct layer *layer = request->broker->layer;
	uint8_t sender[REQUEST_SENDER_SIZE];
	struct author author;
	enum layer_result result;

	if (!request_read_author(request, sender, &author))
		return CONTROL_REFUSED;
	result = layer->ops->send(layer, channel, event, &author);
	if (result == LAYER_UNDER_WAY)
		return CONTROL_WAITS;
	if (result == LAYER_REPEATED)
		json_add_bool(request->answer, "repeated", true);
	else if (result != LAYER_SENT)
		return request_refuse_result(request, result);
	return CONTROL_ANSWERED;
}

enum control_outcome control_send(struct request *request)
{
	struct event event = { .fields = json_find(request->arguments, "message") };
	enum event_problem problem;
	struct str channel;

	if (!read_channel(request, &channel))
		return CONTROL_REFUSED;
	if (!json_is_object(event.fields))
		return request_refuse(request, &bad_message);
	problem = read_message(request, channel, &event);
	if (problem != EVENT_OK)
		return request_refuse_event(request, problem);
	return send_message(request, channel, &event);
}

static bool read_timeout(const struct request *request, unsigned *timeout_ms_out)
{
	const struct json *value = json_find(request->arguments, "timeout_ms");
	bool is_late = request->broker->layer->receives_late;
	int64_t timeout_ms = TIMEOUT_MAX_MS;

	if (value != NULL && (!json_get_integer(value, &timeout_ms) || timeout_ms < 0 ||
				     timeout_ms > TIMEOUT_MAX_MS))
		return false;
	if (is_late && timeout_ms < LATE_TIMEOUT_MIN_MS)
		timeout_ms = LATE_TIMEOUT_MIN_MS;
	*timeout_ms_out = (unsigned)timeout_ms;
	return true;
}

static enum control_outcome receive(struct request *request, struct str channel)
{
	struct layer *layer = request->broker->layer;
	struct control_asker *asker = request->asker;
	bool waits = asker->timeout_ms > 0;
	struct buf message = { 0 };
	enum layer_result result;

	if (layer->receives_late && !asker->may_wait)
		return request_refuse(request, &too_many_wait);
	result = layer->ops->receive(
		layer, channel, waits && asker->may_wait ? &asker->receiver : NULL, &message);
	if (result == LAYER_DONE)
		json_add_json(request->answer, "message", buf_str(&message));
	buf_finish(&message);
	if (result == LAYER_DONE)
		return CONTROL_ANSWERED;
	if (result != LAYER_EMPTY || !waits)
		return request_refuse_result(request, result);
	return asker->may_wait ? CONTROL_RECEIVES : request_refuse(request, &too_many_wait);
}

enum control_outcome control_receive(struct request *request)
{
	struct str channel;

	if (!read_channel(request, &channel))
		return CONTROL_REFUSED;
	if (!read_timeout(request, &request->asker->timeout_ms))
		return request_refuse(request, &bad_timeout);
	/* a message must not be taken for a connection that is gone */
	if (request->asker->connection == 0)
		return request_refuse(request, &is_gone);
	return receive(request, channel);
}

void control_end_receive(struct buf *answer, struct str message)
{
	struct json_writer writer = { .out = answer, .comma = true };

	if (message.len == 0) {
		request_write_refusal(&(struct refusal){ broker_refusal_code(LAYER_EMPTY),
					      broker_refusal_sentence(LAYER_EMPTY) },
			answer);
		return;
	}
	json_add_json(&writer, "message", message);
	json_end_object(&writer);
}

static enum control_outcome answer_result(struct request *request, enum layer_result result)
{
	if (result == LAYER_UNDER_WAY)
		return CONTROL_WAITS;
	return result == LAYER_DONE ? CONTROL_ANSWERED : request_refuse_result(request, result);
}

static struct author asker_of(const struct request *request)
{
	return (struct author){ .kind = AUTHOR_REQUEST, .id = request->id };
}

typedef enum layer_result change_membership(
	struct layer *layer, struct str group, struct str channel, const struct author *asker);

static enum control_outcome change_group(struct request *request, change_membership *change)
{
	struct author asker = asker_of(request);
	struct buf group = { 0 };
	enum control_outcome outcome = CONTROL_REFUSED;
	struct str channel;

	if (read_channel(request, &channel) && request_read_group(request, &group))
		outcome = answer_result(
			request, change(request->broker->layer, buf_str(&group), channel, &asker));
	buf_finish(&group);
	return outcome;
}

enum control_outcome control_group_add(struct request *request)
{
	return change_group(request, request->broker->layer->ops->group_add);
}

enum control_outcome control_group_discard(struct request *request)
{
	return change_group(request, request->broker->layer->ops->group_discard);
}

enum control_outcome control_flush(struct request *request)
{
	struct layer *layer = request->broker->layer;
	struct author asker = asker_of(request);

	return answer_result(request, layer->ops->flush(layer, &asker));
}
