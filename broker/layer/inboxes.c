/* SPDX-License-Identifier: MIT */
/* A message is linked twice: in its inbox, and in one list of all messages by age, which is the
 * order in which they were put. So the oldest are found without looking at the others. */
#include "broker/layer/inboxes.h"

#include <assert.h>
#include <string.h>

#include "common/base/list.h"
#include "common/base/map.h"
#include "common/base/mem.h"

/* The memory of a message beside its text. */
#define MESSAGE_BYTES (sizeof(struct message) + sizeof(struct inbox_text))

struct inbox {
	struct list messages; /* oldest first */
	size_t count;
	struct list receivers; /* who has waited longest first; none while there are messages */
	struct list bound_link;
	uint64_t owner; /* 0: it is not bound */
	char name[];
};

struct message {
	struct list link; /* in its inbox */
	struct list age_link; /* in the list of all messages */
	struct inbox *inbox;
	struct inbox_text *text; /* owns one reference */
	uint64_t put_ms;
};

struct inboxes {
	size_t capacity;
	uint64_t expiry_ms;
	struct map *by_name; /* owned, and its values: struct inbox */
	struct list messages; /* oldest first */
	size_t count; /* of these */
	size_t bytes; /* a text that waits in several inboxes counts in each */
	struct list bound;
};

struct inbox_text *inbox_text_create(struct str text)
{
	struct inbox_text *copy = mem_alloc(sizeof(*copy) + text.len);

	copy->references = 1;
	copy->len = text.len;
	memcpy(copy->data, text.data, text.len);
	return copy;
}

void inbox_text_unref(struct inbox_text *text)
{
	if (--text->references == 0)
		mem_free(text);
}

static struct str text_str(const struct inbox_text *text)
{
	return str_range(text->data, text->len);
}

struct inboxes *inboxes_create(size_t capacity, uint64_t expiry_ms)
{
	struct inboxes *inboxes = mem_new(struct inboxes);

	inboxes->capacity = capacity;
	inboxes->expiry_ms = expiry_ms;
	inboxes->by_name = map_create();
	list_init(&inboxes->messages);
	list_init(&inboxes->bound);
	return inboxes;
}

static void drop_message(struct inboxes *inboxes, struct message *message)
{
	list_remove(&message->link);
	list_remove(&message->age_link);
	message->inbox->count--;
	inboxes->count--;
	inboxes->bytes -= MESSAGE_BYTES + message->text->len;
	inbox_text_unref(message->text);
	mem_free(message);
}

static void destroy_inbox(struct inboxes *inboxes, struct inbox *inbox)
{
	assert(list_is_empty(&inbox->receivers));
	while (!list_is_empty(&inbox->messages))
		drop_message(inboxes, list_entry(inbox->messages.next, struct message, link));
	list_remove(&inbox->bound_link);
	map_remove(inboxes->by_name, str_from(inbox->name));
	mem_free(inbox);
}

void inboxes_destroy(struct inboxes *inboxes)
{
	size_t position = 0;
	void *inbox;

	if (inboxes == NULL)
		return;
	while (map_next(inboxes->by_name, &position, NULL, &inbox))
		destroy_inbox(inboxes, inbox);
	map_destroy(inboxes->by_name);
	mem_free(inboxes);
}

static void destroy_if_idle(struct inboxes *inboxes, struct inbox *inbox)
{
	if (list_is_empty(&inbox->messages) && list_is_empty(&inbox->receivers) &&
		inbox->owner == 0)
		destroy_inbox(inboxes, inbox);
}

static struct inbox *find(const struct inboxes *inboxes, struct str name)
{
	return map_find(inboxes->by_name, name);
}

/* NULL when there would be too many. */
static struct inbox *find_or_create(struct inboxes *inboxes, struct str name)
{
	struct inbox *inbox = find(inboxes, name);

	if (inbox != NULL || map_count(inboxes->by_name) >= INBOXES_MAX)
		return inbox;
	inbox = mem_alloc(sizeof(*inbox) + name.len + 1);
	memcpy(inbox->name, name.data, name.len);
	list_init(&inbox->messages);
	list_init(&inbox->receivers);
	list_init(&inbox->bound_link);
	map_put(inboxes->by_name, name, inbox);
	return inbox;
}

static void hand_over(struct inboxes *inboxes, struct inbox *inbox, struct str text)
{
	struct layer_receiver *receiver = list_entry(
		inbox->receivers.next, struct layer_receiver, link);

	list_remove(&receiver->link);
	destroy_if_idle(inboxes, inbox);
	receiver->take(receiver, text);
}

/* Inserts a message behind those before that place. */
static void insert(struct inboxes *inboxes, struct inbox *inbox, struct list *place,
	struct inbox_text *text, uint64_t now_ms)
{
	struct message *message = mem_new(struct message);

	text->references++;
	*message = (struct message){ .inbox = inbox, .text = text, .put_ms = now_ms };
	list_append(place, &message->link);
	list_append(&inboxes->messages, &message->age_link);
	inbox->count++;
	inboxes->count++;
	inboxes->bytes += MESSAGE_BYTES + text->len;
}

static bool are_crowded(const struct inboxes *inboxes, size_t len)
{
	return inboxes->count >= INBOXES_MESSAGES_MAX ||
	       inboxes->bytes + MESSAGE_BYTES + len > INBOXES_BYTES_MAX;
}

enum layer_result inboxes_put(
	struct inboxes *inboxes, struct str name, struct inbox_text *text, uint64_t now_ms)
{
	struct inbox *inbox = find(inboxes, name);

	if (inbox != NULL && !list_is_empty(&inbox->receivers)) {
		hand_over(inboxes, inbox, text_str(text));
		return LAYER_SENT;
	}
	if (inbox != NULL && inbox->count >= inboxes->capacity)
		return LAYER_FULL;
	if (are_crowded(inboxes, text->len) || (inbox = find_or_create(inboxes, name)) == NULL)
		return LAYER_CROWDED;
	insert(inboxes, inbox, &inbox->messages, text, now_ms);
	return LAYER_SENT;
}

enum layer_result inboxes_put_back(
	struct inboxes *inboxes, struct str name, struct inbox_text *text, uint64_t now_ms)
{
	struct inbox *inbox = find(inboxes, name);

	if (inbox != NULL && !list_is_empty(&inbox->receivers)) {
		hand_over(inboxes, inbox, text_str(text));
		return LAYER_SENT;
	}
	if (are_crowded(inboxes, text->len) || (inbox = find_or_create(inboxes, name)) == NULL)
		return LAYER_CROWDED;
	insert(inboxes, inbox, inbox->messages.next, text, now_ms);
	return LAYER_SENT;
}

bool inboxes_take(struct inboxes *inboxes, struct str name, struct buf *out)
{
	struct inbox *inbox = find(inboxes, name);
	struct message *message;

	if (inbox == NULL || list_is_empty(&inbox->messages))
		return false;
	message = list_entry(inbox->messages.next, struct message, link);
	buf_append_str(out, text_str(message->text));
	drop_message(inboxes, message);
	destroy_if_idle(inboxes, inbox);
	return true;
}

bool inboxes_wait(struct inboxes *inboxes, struct str name, struct layer_receiver *receiver)
{
	struct inbox *inbox = find_or_create(inboxes, name);

	if (inbox == NULL)
		return false;
	assert(list_is_empty(&inbox->messages));
	receiver->inbox = inbox;
	list_append(&inbox->receivers, &receiver->link);
	return true;
}

void inboxes_cancel(struct inboxes *inboxes, struct layer_receiver *receiver)
{
	if (list_is_empty(&receiver->link))
		return;
	list_remove(&receiver->link);
	destroy_if_idle(inboxes, receiver->inbox);
}

bool inboxes_bind(struct inboxes *inboxes, struct str name, uint64_t owner)
{
	struct inbox *inbox = find_or_create(inboxes, name);

	assert(owner != 0);
	if (inbox == NULL)
		return false;
	inbox->owner = owner;
	list_append(&inboxes->bound, &inbox->bound_link);
	return true;
}

bool inboxes_is_bound(const struct inboxes *inboxes, struct str name)
{
	const struct inbox *inbox = find(inboxes, name);

	return inbox != NULL && inbox->owner != 0;
}

static void unbind(struct inboxes *inboxes, struct inbox *inbox)
{
	inbox->owner = 0;
	list_remove(&inbox->bound_link);
	while (!list_is_empty(&inbox->messages))
		drop_message(inboxes, list_entry(inbox->messages.next, struct message, link));
	destroy_if_idle(inboxes, inbox);
}

void inboxes_end_owner(struct inboxes *inboxes, uint64_t owner,
	void (*note)(void *context, struct str name), void *context)
{
	list_each_safe (link, &inboxes->bound) {
		struct inbox *inbox = list_entry(link, struct inbox, bound_link);

		if (inbox->owner != owner)
			continue;
		note(context, str_from(inbox->name));
		unbind(inboxes, inbox);
	}
}

/* Drops the oldest message of all. */
static void drop_oldest(struct inboxes *inboxes)
{
	struct message *message = list_entry(inboxes->messages.next, struct message, age_link);
	struct inbox *inbox = message->inbox;

	drop_message(inboxes, message);
	destroy_if_idle(inboxes, inbox);
}

void inboxes_flush(struct inboxes *inboxes)
{
	while (inboxes->count > 0)
		drop_oldest(inboxes);
}

size_t inboxes_expire(struct inboxes *inboxes, uint64_t now_ms)
{
	size_t count = 0;

	for (; inboxes_due_ms(inboxes) <= now_ms; count++)
		drop_oldest(inboxes);
	return count;
}

uint64_t inboxes_due_ms(const struct inboxes *inboxes)
{
	if (list_is_empty(&inboxes->messages))
		return UINT64_MAX;
	return list_entry(inboxes->messages.next, struct message, age_link)->put_ms +
	       inboxes->expiry_ms;
}

size_t inboxes_count(const struct inboxes *inboxes)
{
	return map_count(inboxes->by_name);
}

size_t inboxes_messages(const struct inboxes *inboxes)
{
	return inboxes->count;
}
