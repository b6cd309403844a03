/* SPDX-License-Identifier: MIT */
/* What people say by way of the pages, which know who they are. It is judged as on a socket of
 * theirs and their refs are the same, so that what was tried there and again here is said once. */
#include <stdio.h>

#include "broker/broker.h"
#include "broker/bus/bus.h"
#include "broker/bus/control_request.h"
#include "broker/order/order.h"
#include "broker/order/wire.h"
#include "common/base/crypto.h"
#include "common/base/mem.h"
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

/* What somebody wants to say, for as long as it takes to learn what they are in the room. */
struct saying {
	struct answer_waiter waiter;
	struct broker *broker;
	uint64_t request_id;
	struct event event;
	struct str ref;
	struct order_wire_subject who;
	struct buf texts; /* what all of it borrows, once it waits */
};

/* True: taken, and answered when it has its number. */
static bool try_to_say(const struct saying *saying, const struct standing *standing,
	struct order_refusal *refusal_out)
{
	struct broker *broker = saying->broker;
	struct order_speaker speaker = { saying->event.room, saying->who.user, saying->ref };
	struct author author = { AUTHOR_REQUEST, saying->request_id, saying->ref,
		saying->who.user };
	struct event event = saying->event;
	enum layer_result result;

	if (!order_lets_speak(broker, standing, &speaker, refusal_out)) {
		bus_note_refusal(broker->bus, saying->request_id, refusal_out);
		if (order_looks_for(broker, &event, &author))
			return true;
		stat_add(&broker->stats, STAT_SAID_FORBIDDEN, 1);
		return false;
	}
	result = broker_group_send(broker, &event, &author);
	if (result == LAYER_SENT)
		order_note_spoken(broker, standing, &speaker);
	else
		*refusal_out = (struct order_refusal){ broker_refusal_code(result),
			broker_refusal_sentence(result), 0 };
	return result == LAYER_SENT;
}

/* False while another broker is asked. */
static bool find_standing(struct saying *saying, struct standing *standing_out)
{
	struct broker *broker = saying->broker;
	const struct room *room = rooms_find(broker->rooms, saying->event.room);
	struct order_answer answer;

	saying->who.subject.user = saying->who.user;
	if (saying->who.subject.session != NULL)
		saying->who.subject.session = saying->who.session;
	if (!order_ask(broker, saying->event.room, &saying->who.subject, &saying->waiter, &answer))
		return false;
	*standing_out = answer.standing;
	if (!answer.is_known && room != NULL)
		*standing_out = order_remembered(room, &saying->who.subject);
	return true;
}

static void wake_saying(struct answer_waiter *waiter)
{
	struct saying *saying = list_entry(waiter, struct saying, waiter);
	struct standing standing;
	struct order_refusal refusal;

	if (!find_standing(saying, &standing))
		return;
	if (!try_to_say(saying, &standing, &refusal))
		bus_tell_order(saying->broker->bus, saying->request_id, &refusal);
	buf_finish(&saying->texts);
	mem_free(saying);
}

static void keep(struct buf *texts, struct str *text)
{
	struct str copied = str_range(texts->data + texts->len, text->len);

	buf_append_str(texts, *text);
	*text = copied;
}

static void wait_to_say(const struct saying *now)
{
	struct saying *saying = mem_new(struct saying);
	struct str *texts[] = { &saying->event.room, &saying->event.user, &saying->event.message,
		&saying->ref, &saying->who.subject.address };
	size_t len = 0;

	*saying = *now;
	list_init(&saying->waiter.link);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		len += texts[i]->len;
	(void)buf_reserve(&saying->texts, len);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		keep(&saying->texts, texts[i]);
	wake_saying(&saying->waiter);
}

static enum control_outcome say(struct request *request, struct saying *saying)
{
	struct standing standing;
	struct order_refusal refusal;

	list_init(&saying->waiter.link);
	if (request->broker->order.remote != NULL) {
		wait_to_say(saying);
		return CONTROL_WAITS;
	}
	order_refresh(request->broker);
	(void)!find_standing(saying, &standing);
	return try_to_say(saying, &standing, &refusal) ? CONTROL_WAITS
						       : request_refuse_order(request, &refusal);
}

bool control_find_speaker(struct str text, struct user *user_out)
{
	const char *problem;
	struct json *document = json_parse(str_trim(text), &problem);
	const struct request request = { .arguments = document };
	struct str name;
	bool is_found = request_read_speaker(&request, &name, user_out->id) == NULL &&
			name.len < sizeof(user_out->name);

	if (is_found)
		snprintf(user_out->name, sizeof(user_out->name), "%.*s", STR_ARG(name));
	json_destroy(document);
	return is_found;
}

enum control_outcome control_say(struct request *request)
{
	struct saying saying = { .waiter.wake = wake_saying,
		.broker = request->broker,
		.request_id = request->id,
		.event = { .type = STR("chat.message"), .is_message = true } };
	enum control_outcome outcome = CONTROL_REFUSED;
	struct buf room = { 0 };
	const struct refusal *refusal = request_read_message(request, &saying.event.message);

	if (refusal == NULL)
		refusal = request_read_ref(request, &saying.ref);
	if (refusal == NULL)
		refusal = request_read_speaker(request, &saying.event.user, saying.who.user);
	if (refusal == NULL && !order_wire_read_subject(request->arguments, &saying.who))
		refusal = &bad_user;
	if (refusal != NULL)
		return request_refuse(request, refusal);
	if (request_read_room(request, &room) && request_pay(request, saying.who.user)) {
		saying.event.room = buf_str(&room);
		outcome = say(request, &saying);
	}
	buf_finish(&room);
	return outcome;
}
