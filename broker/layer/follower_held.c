/* SPDX-License-Identifier: MIT */
/* Messages that came before their turn: copies in ascending order, of one epoch. */
#include <string.h>

#include "broker/layer/follower_private.h"
#include "common/base/mem.h"

/* Copies what a text borrows to *at and moves that on. */
void follower_keep_text(struct str *text, char **at)
{
	if (text->len > 0)
		memcpy(*at, text->data, text->len);
	text->data = *at;
	*at += text->len;
}

size_t follower_texts_size(const struct event *event)
{
	return event->user.len + event->message.len + event->broker.len + event->origin.len +
	       event->via.len + event->copies.len;
}

void follower_keep_texts(struct event *event, char **at)
{
	follower_keep_text(&event->user, at);
	follower_keep_text(&event->message, at);
	follower_keep_text(&event->broker, at);
	follower_keep_text(&event->origin, at);
	follower_keep_text(&event->via, at);
	follower_keep_text(&event->copies, at);
	event->type = STR_OF("chat.message"); /* only messages are numbered */
	event->fields = NULL;
}

struct follower_held *follower_first_held(const struct follower_room *room)
{
	struct list *link = list_first(&room->held);

	return link == NULL ? NULL : list_entry(link, struct follower_held, link);
}

void follower_take_held(struct follower_room *room, struct follower_held *held)
{
	list_remove(&held->link);
	room->follower->held_count--;
	room->follower->held_bytes -= held->bytes;
}

void follower_drop_held(struct follower_room *room)
{
	struct follower_held *held;

	while ((held = follower_first_held(room)) != NULL) {
		follower_take_held(room, held);
		mem_free(held);
	}
}

static struct follower_held *held_create(
	const struct follower_room *room, const struct event *event, size_t bytes)
{
	struct follower_held *held = mem_alloc(bytes);
	char *at = held->texts;

	held->bytes = bytes;
	held->event = *event;
	held->event.room = str_from(room->name);
	follower_keep_texts(&held->event, &at);
	return held;
}

void follower_hold(struct follower_room *room, const struct event *event)
{
	struct follower *follower = room->follower;
	size_t bytes = sizeof(struct follower_held) + follower_texts_size(event);
	struct list *before = room->held.previous;
	struct follower_held *held;

	while (before != &room->held &&
		list_entry(before, struct follower_held, link)->event.seq > event->seq)
		before = before->previous;
	if (before != &room->held &&
		list_entry(before, struct follower_held, link)->event.seq == event->seq)
		return;
	if (follower->held_count == FOLLOWER_HELD_MAX ||
		follower->held_bytes + bytes > FOLLOWER_HELD_BYTES_MAX) {
		follower->sink.drop(follower->sink.context);
		return;
	}
	held = held_create(room, event, bytes);
	list_append(before->next, &held->link);
	follower->held_count++;
	follower->held_bytes += bytes;
}
