/* SPDX-License-Identifier: MIT */
/* The messages that this broker has under way. They lie in a ring by their numbers, so that an
 * answer or an event finds its item at once. An item carries its texts behind it. */
#include <string.h>

#include "broker/layer/follower_private.h"
#include "common/base/mem.h"

struct follower_item *follower_find(const struct follower *follower, uint64_t item)
{
	if (item < follower->first || item >= follower->next)
		return NULL;
	return follower->items[item & (follower->capacity - 1)];
}

struct follower_item *follower_next(const struct follower *follower, uint64_t item)
{
	if (item < follower->first)
		item = follower->first;
	for (; item < follower->next; item++) {
		struct follower_item *found = follower_find(follower, item);

		if (found != NULL && found->event.seq == 0)
			return found;
	}
	return NULL;
}

size_t follower_items(const struct follower *follower)
{
	return follower->item_count;
}

/* Room for one more in the ring. */
static void grow_ring(struct follower *follower)
{
	uint64_t capacity = follower->capacity == 0 ? 64 : follower->capacity * 2;
	struct follower_item **items;

	if (follower->next - follower->first < follower->capacity)
		return;
	items = mem_alloc_array(capacity, sizeof(struct follower_item *));
	for (uint64_t i = follower->first; i < follower->next; i++)
		items[i & (capacity - 1)] = follower->items[i & (follower->capacity - 1)];
	mem_free(follower->items);
	follower->items = items;
	follower->capacity = capacity;
}

static size_t item_size(const struct event *event, const struct author *author)
{
	return sizeof(struct follower_item) + event->room.len + follower_texts_size(event) +
	       author->ref.len + (author->sender == NULL ? 0 : USER_ID_SIZE);
}

static struct follower_item *item_create(
	const struct event *event, const struct author *author, size_t bytes)
{
	struct follower_item *item = mem_alloc(bytes);
	char *at = item->texts;

	item->bytes = bytes;
	item->event = *event;
	item->event.seq = 0;
	item->event.epoch = item->epoch;
	follower_keep_text(&item->event.room, &at);
	follower_keep_texts(&item->event, &at);
	item->author = *author;
	follower_keep_text(&item->author.ref, &at);
	if (author->sender != NULL)
		item->author.sender = memcpy(at, author->sender, USER_ID_SIZE);
	list_init(&item->link);
	return item;
}

struct follower_item *follower_begin(
	struct follower *follower, const struct event *event, const struct author *author)
{
	size_t bytes = item_size(event, author);
	struct follower_item *item;

	if (follower->item_count == FOLLOWER_ITEMS_MAX ||
		follower->item_bytes + bytes > FOLLOWER_ITEMS_BYTES_MAX ||
		follower->next - follower->first == FOLLOWER_SPAN_MAX)
		return NULL;
	grow_ring(follower);
	item = item_create(event, author, bytes);
	item->number = follower->next++;
	follower->items[item->number & (follower->capacity - 1)] = item;
	follower->item_count++;
	follower->item_bytes += bytes;
	return item;
}

/* Takes an item out of the follower; the caller frees it. */
static void take_item(struct follower *follower, struct follower_item *item)
{
	list_remove(&item->link);
	follower->items[item->number & (follower->capacity - 1)] = NULL;
	follower->item_count--;
	follower->item_bytes -= item->bytes;
	while (follower->first < follower->next &&
		follower->items[follower->first & (follower->capacity - 1)] == NULL)
		follower->first++;
}

void follower_settle_item(struct follower *follower, struct follower_item *item,
	enum layer_result result, uint64_t seq)
{
	take_item(follower, item);
	follower->sink.settle(follower->sink.context, &item->author, result, seq);
	mem_free(item);
}

void follower_deliver(
	struct follower *follower, const struct event *event, struct follower_item *item)
{
	struct event told = *event;

	if (item == NULL) {
		follower->sink.deliver(follower->sink.context, event, AUTHOR_OF_NOBODY);
		return;
	}
	take_item(follower, item);
	told.broker = item->event.broker; /* a row knows neither */
	told.changes_any = item->event.changes_any;
	follower->sink.deliver(follower->sink.context, &told, &item->author);
	mem_free(item);
}

void follower_free_items(struct follower *follower)
{
	for (uint64_t i = follower->first; i < follower->next; i++)
		mem_free(follower->items[i & (follower->capacity - 1)]);
	mem_free(follower->items);
}
