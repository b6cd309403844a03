/* SPDX-License-Identifier: MIT */
/* A subject is a user's id, a room's name with its NUL, and the request, which says all that is
 * known of them. */
#include "broker/order/remote.h"

#include <string.h>

#include "broker/answers.h"
#include "broker/broker.h"
#include "broker/order/wire.h"
#include "common/base/mem.h"
#include "common/standing_wire.h"

struct order_remote {
	struct order_follower *follower; /* borrowed */
	struct answers *answers; /* owned */
};

static const char *room_of(struct str subject)
{
	return subject.data + USER_ID_SIZE;
}

static void ask(struct str subject, struct buf *request)
{
	const char *end = subject.data + subject.len;
	const char *text = room_of(subject) + strlen(room_of(subject)) + 1;

	buf_append(request, text, (size_t)(end - text));
}

static bool read_standing(struct str subject, const struct json *json, void *value)
{
	struct order_answer *answer = value;

	(void)subject;
	if (!order_wire_read_standing(json, answer))
		*answer = (struct order_answer){ 0 };
	return answer->is_known;
}

bool order_remote_find(struct order_remote *remote, struct str room, const struct subject *subject,
	struct answer_waiter *waiter, struct order_answer *answer_out)
{
	struct buf key = { 0 };
	bool is_answered;

	buf_append(&key, subject->user, USER_ID_SIZE);
	buf_append_str(&key, room);
	buf_append_char(&key, '\0');
	standing_wire_ask(room, subject, &key);
	is_answered = answers_find(remote->answers, buf_str(&key), waiter, answer_out);
	buf_finish(&key);
	return is_answered;
}

static bool is_meant(const void *context, struct str subject, const void *value)
{
	const struct room_change *change = context;

	(void)value;
	return (change->room.len == 0 || str_is(change->room, room_of(subject))) &&
	       (change->user == NULL || memcmp(change->user, subject.data, USER_ID_SIZE) == 0);
}

static void take_change(struct order_remote *remote, const struct json *element)
{
	uint8_t user[USER_ID_SIZE];
	struct room_change change;

	if (!order_wire_read_change(element, user, &change))
		return;
	answers_drop(remote->answers, is_meant, &change);
	order_note_change(remote->follower, &change);
}

static void take_changes(void *context, const struct json *answer, bool is_first, bool is_complete)
{
	struct order_remote *remote = context;
	const struct json *list = json_find(answer, "changes");

	for (size_t i = 0; i < json_count(list); i++)
		take_change(remote, json_at(list, i));
	if (is_complete && !is_first) /* before the first, nobody told what has changed */
		return;
	answers_drop(remote->answers, NULL, NULL);
	order_begin_anew(remote->follower);
}

void order_remote_poll(struct order_remote *remote)
{
	answers_poll(remote->answers);
}

static const struct answers_ops ops = {
	.value_size = sizeof(struct order_answer),
	.ask = ask,
	.read = read_standing,
	.ask_changes = order_wire_ask_changes,
	.take_changes = take_changes,
};

struct order_remote *order_remote_create(struct order_follower *follower, struct asker *asker)
{
	struct order_remote *remote = mem_new(struct order_remote);

	remote->follower = follower;
	remote->answers = answers_create(&follower->broker->reactor, asker, &ops, remote);
	return remote;
}

void order_remote_destroy(struct order_remote *remote)
{
	if (remote == NULL)
		return;
	answers_destroy(remote->answers);
	mem_free(remote);
}
