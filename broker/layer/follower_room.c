/* SPDX-License-Identifier: MIT */
/* A room knows how far its messages have come out, how far it has heard that there are more, and
 * which it holds back behind a gap. What is not held when its turn comes is asked for, so dropping
 * a held message costs a question and no message. All that is held is of one epoch: an open room's
 * own, or the one that an opening room heard last. */
#include <stdio.h>
#include <string.h>

#include "broker/layer/follower_private.h"
#include "common/base/mem.h"

void follower_copy_epoch(char to[static EVENT_EPOCH_SIZE], const char *epoch)
{
	snprintf(to, EVENT_EPOCH_SIZE, "%s", epoch);
}

struct follower_room *follower_find_room(const struct follower *follower, struct str name)
{
	return map_find(follower->rooms, name);
}

struct follower_room *follower_create_room(struct follower *follower, struct str name)
{
	struct follower_room *room = mem_alloc(sizeof(*room) + name.len + 1);

	memcpy(room->name, name.data, name.len);
	room->follower = follower;
	list_init(&room->held);
	list_init(&room->said);
	map_put(follower->rooms, name, room);
	return room;
}

void follower_destroy_room(struct follower_room *room)
{
	map_remove(room->follower->rooms, str_from(room->name));
	room->state = ROOM_GONE;
	room->holds++;
	follower_leave_room(room);
}

/* True for an epoch that is over, or that is known to be over because another one was heard of. */
static bool is_past(const struct follower_room *room, const char *epoch)
{
	if (strcmp(room->past_epoch, epoch) == 0)
		return true;
	return room->asks_head && strcmp(room->epoch, epoch) == 0 &&
	       strcmp(room->heard_epoch, epoch) != 0;
}

void follower_hear(struct follower_room *room, const char *epoch, uint64_t seq)
{
	bool is_same = strcmp(room->heard_epoch, epoch) == 0;

	if (!is_same && is_past(room, epoch))
		return;
	if (!is_same || room->heard_seq < seq)
		room->heard_seq = seq;
	if (!is_same)
		follower_copy_epoch(room->heard_epoch, epoch);
}

void follower_begin_anew(struct follower_room *room, const char *epoch, uint64_t seq)
{
	struct follower *follower = room->follower;
	struct layer_head head = { epoch, seq };

	follower->sink.begin_anew(follower->sink.context, str_from(room->name), &head);
}

/* Orders items by epoch and number: below 0 when item comes before. */
static int compare_place(const struct follower_item *item, const char *epoch, uint64_t seq)
{
	int order = strcmp(item->epoch, epoch);

	return order != 0 ? order : (item->event.seq > seq) - (item->event.seq < seq);
}

static struct follower_item *find_said(
	const struct follower_room *room, const char *epoch, uint64_t seq)
{
	list_each (link, &room->said) {
		struct follower_item *item = list_entry(link, struct follower_item, link);
		int order = compare_place(item, epoch, seq);

		if (order >= 0)
			return order == 0 ? item : NULL;
	}
	return NULL;
}

static void add_said(struct follower_room *room, struct follower_item *item)
{
	struct list *before = room->said.previous;

	while (before != &room->said &&
		compare_place(list_entry(before, struct follower_item, link), item->epoch,
			item->event.seq) > 0)
		before = before->previous;
	list_append(before->next, &item->link);
}

void follower_pass_held(struct follower_room *room, struct follower_held *held)
{
	const char *epoch = room->state == ROOM_OPENING ? room->heard_epoch : room->epoch;

	follower_take_held(room, held);
	held->event.epoch = epoch;
	follower_deliver(room->follower, &held->event, find_said(room, epoch, held->event.seq));
	mem_free(held);
}

void follower_settle_said(struct follower_room *room)
{
	list_each_safe (link, &room->said) {
		struct follower_item *item = list_entry(link, struct follower_item, link);
		bool is_of_epoch = strcmp(item->epoch, room->epoch) == 0;

		if (!is_of_epoch)
			follower_settle_item(room->follower, item, LAYER_UNAVAILABLE, 0);
		else if (item->event.seq <= room->seq || room->state == ROOM_LEAVING)
			follower_settle_item(room->follower, item, LAYER_REPEATED, item->event.seq);
	}
}

/* Ends a closed room: what it holds comes out as it is. */
static void end_room(struct follower_room *room)
{
	struct follower_held *held;

	room->holds++;
	while ((held = follower_first_held(room)) != NULL)
		follower_pass_held(room, held);
	follower_settle_said(room);
	if (room->state == ROOM_LEAVING)
		follower_destroy_room(room);
	follower_leave_room(room);
}

/* A room that a callback has closed waits for no answer that would end it. */
void follower_leave_room(struct follower_room *room)
{
	bool is_asked = room->asks_head || room->asks_rows;

	if (room->holds == 1 && room->state == ROOM_LEAVING && !is_asked)
		end_room(room);
	if (--room->holds == 0 && room->state == ROOM_GONE)
		mem_free(room);
}

void follower_come_out(struct follower_room *room, const struct event *event)
{
	struct event told = *event;

	if (event->seq <= room->seq)
		return;
	if (event->seq != room->seq + 1)
		follower_begin_anew(room, room->epoch, event->seq - 1);
	room->seq = event->seq;
	told.epoch = room->epoch;
	follower_deliver(room->follower, &told, find_said(room, room->epoch, event->seq));
}

void follower_let_held_out(struct follower_room *room)
{
	struct follower_held *held = follower_first_held(room);

	follower_take_held(room, held);
	follower_hear(room, room->epoch, held->event.seq);
	follower_come_out(room, &held->event);
	mem_free(held);
}

bool follower_is_following(const struct follower_room *room)
{
	return room->state == ROOM_OPEN && !room->asks_head && !room->is_alone;
}

/* What members have seen counts more than what was heard of another epoch. */
static struct layer_head seen_of(const struct follower_room *room)
{
	bool is_heard = room->epoch[0] == '\0' || strcmp(room->epoch, room->heard_epoch) == 0;

	if (is_heard)
		return (struct layer_head){ room->heard_epoch, room->heard_seq };
	return (struct layer_head){ room->epoch, room->seq };
}

void follower_ask_head(struct follower_room *room)
{
	struct follower *follower = room->follower;
	struct layer_head seen = seen_of(room);

	room->asks_head = true;
	follower->sink.ask_head(follower->sink.context, str_from(room->name), &seen);
}

static bool is_behind(const struct follower_room *room)
{
	return room->heard_seq > room->seq || follower_first_held(room) != NULL ||
	       !list_is_empty(&room->said);
}

static void ask_rows(struct follower_room *room)
{
	struct follower *follower = room->follower;
	const struct follower_held *held = follower_first_held(room);
	uint64_t heard = room->heard_seq > room->seq ? room->heard_seq : room->seq + 1;

	room->asks_rows = true;
	room->asked_after = room->seq;
	follower->sink.ask_rows(follower->sink.context, str_from(room->name), room->seq,
		held == NULL ? heard : held->event.seq - 1);
}

void follower_go_on(struct follower_room *room)
{
	while (follower_is_following(room) && follower_first_held(room) != NULL &&
		follower_first_held(room)->event.seq <= room->seq + 1)
		follower_let_held_out(room);
	if (!follower_is_following(room))
		return;
	if (strcmp(room->heard_epoch, room->epoch) != 0)
		follower_ask_head(room);
	else if (!room->asks_rows && is_behind(room))
		ask_rows(room);
}

void follower_follow(struct follower_room *room, const struct event *event)
{
	if (room->state == ROOM_OPENING) {
		follower_hold(room, event);
		return;
	}
	if (strcmp(event->epoch, room->epoch) == 0) {
		if (follower_is_following(room) && event->seq == room->seq + 1)
			follower_come_out(room, event);
		else if (event->seq > room->seq)
			follower_hold(room, event);
	}
	follower_go_on(room);
}

void follower_hear_event(struct follower_room *room, const struct event *event)
{
	if (room->state == ROOM_OPENING && strcmp(room->heard_epoch, event->epoch) != 0) {
		while (follower_first_held(room) != NULL)
			follower_pass_held(room, follower_first_held(room));
	}
	follower_hear(room, event->epoch, event->seq);
}

void follower_number_item(
	struct follower_room *room, struct follower_item *item, const char *epoch, uint64_t seq)
{
	if (room->state == ROOM_OPEN && strcmp(epoch, room->epoch) == 0 && seq <= room->seq) {
		follower_settle_item(room->follower, item, LAYER_REPEATED, seq);
		return;
	}
	item->event.seq = seq;
	follower_copy_epoch(item->epoch, epoch);
	add_said(room, item);
}

struct follower_room *follower_enter_room(struct follower *follower, struct str name)
{
	struct follower_room *room = follower_find_room(follower, name);

	if (room != NULL && room->state == ROOM_LEAVING) {
		end_room(room);
		room = follower_find_room(follower, name);
	}
	if (room != NULL)
		room->holds++;
	return room;
}
