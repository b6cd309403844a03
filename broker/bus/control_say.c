/* SPDX-License-Identifier: MIT */
/* What people say by way of the pages, which know who they are. It is judged as on a socket of
 * theirs and their refs are the same, so that what was tried there and again here is said once. */
#include "broker/broker.h"
#include "broker/bus/control_request.h"
#include "common/base/crypto.h"
#include "common/throttle.h"

static const struct refusal no_message = { "no_message",
	"\"message\" is missing or not a string." };
static const struct refusal empty = { "empty", "There is nothing in this message." };
static const struct refusal too_long = { "too_long", "This message is too long." };
static const struct refusal bad_ref = { "bad_ref", "\"ref\" is a string of 1 to 64 bytes." };
static const struct refusal bad_user = { "bad_user",
	"\"user\" is a name, and \"user_id\" the base64url of 16 bytes." };
static const struct refusal too_fast = { "too_fast",
	"You are writing too fast. Wait a moment and send it again." };

const struct refusal *request_read_message(const struct request *request, struct str *message)
{
	if (!json_get_string(json_find(request->arguments, "message"), message))
		return &no_message;
	if (message->len == 0)
		return &empty;
	return (int64_t)message->len > request->broker->config->limits_message_bytes ? &too_long
										     : NULL;
}

const struct refusal *request_read_ref(const struct request *request, struct str *ref)
{
	const struct json *value = json_find(request->arguments, "ref");

	*ref = STR_OF("");
	if (value == NULL ||
		(json_get_string(value, ref) && ref->len > 0 && ref->len <= EVENT_REF_MAX))
		return NULL;
	return &bad_ref;
}

const struct refusal *request_read_speaker(
	const struct request *request, struct str *name, uint8_t user_id[static USER_ID_SIZE])
{
	struct str text;
	size_t len;

	if (json_get_string(json_find(request->arguments, "user"), name) &&
		event_user_is_acceptable(*name) && name->len > 0 &&
		json_get_string(json_find(request->arguments, "user_id"), &text) &&
		crypto_base64_decode(text, user_id, USER_ID_SIZE, &len) && len == USER_ID_SIZE)
		return NULL;
	return &bad_user;
}

/* A message that came before costs nothing less: whether it did is only known behind it. */
bool request_pay(struct request *request, const uint8_t user_id[static USER_ID_SIZE])
{
	struct broker *broker = request->broker;
	int64_t wait_ms = throttle_take(broker->speakers,
		str_range((const char *)user_id, USER_ID_SIZE), 1, broker->reactor.now_ms);

	if (wait_ms == 0)
		return true;
	request_refuse(request, &too_fast);
	request->retry_after_ms = wait_ms;
	return false;
}

enum control_outcome control_say(struct request *request)
{
	enum control_outcome outcome = CONTROL_REFUSED;
	struct event event = { .type = STR("chat.message"), .is_message = true };
	struct author author = { .kind = AUTHOR_REQUEST, .id = request->id };
	uint8_t user_id[USER_ID_SIZE];
	struct buf room = { 0 };
	const struct refusal *refusal = request_read_message(request, &event.message);

	if (refusal == NULL)
		refusal = request_read_ref(request, &author.ref);
	if (refusal == NULL)
		refusal = request_read_speaker(request, &event.user, user_id);
	if (refusal != NULL)
		return request_refuse(request, refusal);
	author.sender = user_id;
	if (request_read_room(request, &room) && request_pay(request, user_id)) {
		event.room = buf_str(&room);
		outcome = request_send_to_room(request, &event, &author);
	}
	buf_finish(&room);
	return outcome;
}
