/* SPDX-License-Identifier: MIT */
/* The ways into a room (follower_room.c): broadcasts, answers, heads and rows. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "broker/layer/follower_private.h"
#include "common/base/crypto.h"
#include "common/base/mem.h"

static void make_epoch(char epoch[static EVENT_EPOCH_SIZE])
{
	snprintf(epoch, EVENT_EPOCH_SIZE, "%016" PRIx64, crypto_random_uint64());
}

struct follower *follower_create(const struct follower_sink *sink)
{
	struct follower *follower = mem_new(struct follower);

	follower->sink = *sink;
	follower->rooms = map_create();
	follower->first = follower->next = 1;
	make_epoch(follower->alone_epoch);
	return follower;
}

void follower_take(struct follower *follower, const struct event *event, uint64_t number)
{
	struct follower_room *room = follower_enter_room(follower, event->room);
	struct follower_item *item = follower_find(follower, number);

	if (room == NULL) {
		if (number == 0 || item != NULL) /* else the answer came first */
			follower_deliver(follower, event, item);
		return;
	}
	follower_hear_event(room, event);
	if (item != NULL && item->event.seq == 0)
		follower_number_item(room, item, event->epoch, event->seq);
	follower_follow(room, event);
	follower_leave_room(room);
}

/* Notes the item's number, as the log has it. The event of a repeated one was long ago, or comes as
 * a row. */
static void take_number(struct follower *follower, struct follower_room *room,
	struct follower_item *item, const struct follower_answer *answer)
{
	struct event event = item->event;
	uint64_t number = item->number;
	bool is_sent = answer->result == LAYER_SENT;

	event.seq = answer->seq;
	event.epoch = answer->epoch;
	event.time_ms = answer->time_ms;
	if (room == NULL && is_sent)
		follower_deliver(follower, &event, item);
	else if (room == NULL)
		follower_settle_item(follower, item, LAYER_REPEATED, answer->seq);
	if (room == NULL)
		return;
	follower_hear_event(room, &event);
	follower_number_item(room, item, answer->epoch, answer->seq);
	if (is_sent && follower_find(follower, number) != NULL)
		follower_follow(room, &event);
	else
		follower_go_on(room);
}

void follower_answer(
	struct follower *follower, uint64_t number, const struct follower_answer *answer)
{
	struct follower_item *item = follower_find(follower, number);
	struct follower_room *room;

	if (item == NULL || item->event.seq != 0)
		return;
	if (answer->result != LAYER_SENT && answer->result != LAYER_REPEATED) {
		follower_settle_item(follower, item, answer->result, 0);
		return;
	}
	if (answer->epoch[0] == '\0') {
		follower_settle_item(follower, item, answer->result, answer->seq);
		return;
	}
	room = follower_enter_room(follower, item->event.room);
	take_number(follower, room, item, answer);
	if (room != NULL)
		follower_leave_room(room);
}

/* Heads. */

void follower_open(struct follower *follower, struct str name)
{
	struct follower_room *room = follower_find_room(follower, name);

	if (room == NULL)
		room = follower_create_room(follower, name);
	if (room->state == ROOM_LEAVING)
		follower_hear(room, room->epoch, room->seq);
	room->state = ROOM_OPENING;
	room->is_alone = room->asks_rows = false;
	room->epoch[0] = '\0';
	room->seq = 0;
	follower_ask_head(room);
}

void follower_close(struct follower *follower, struct str name)
{
	struct follower_room *room = follower_find_room(follower, name);

	if (room == NULL)
		return;
	if (room->state == ROOM_OPENING)
		follower_copy_epoch(room->epoch, room->heard_epoch);
	if (list_is_empty(&room->held) && list_is_empty(&room->said))
		follower_destroy_room(room);
	else
		room->state = ROOM_LEAVING;
}

bool follower_is_open(const struct follower *follower, struct str name)
{
	const struct follower_room *room = follower_find_room(follower, name);

	return room != NULL && room->state == ROOM_OPEN;
}

/* The callback may close the room, so the caller holds it. */
static void tell_head(struct follower_room *room, const struct layer_head *head)
{
	room->follower->sink.open(room->follower->sink.context, str_from(room->name), head);
}

/* Before the room opens, held events come out that the head counts or that are of another epoch. */
static void open_room(struct follower_room *room, const struct follower_head *head)
{
	bool is_same = strcmp(room->heard_epoch, head->epoch) == 0;

	while (follower_first_held(room) != NULL &&
		(!is_same || follower_first_held(room)->event.seq <= head->seq))
		follower_pass_held(room, follower_first_held(room));
	follower_hear(room, head->epoch, head->seq);
	follower_copy_epoch(room->epoch, head->epoch);
	room->seq = head->seq;
	follower_settle_said(room);
	if (room->state != ROOM_OPENING) /* a callback has closed it */
		return;
	room->state = ROOM_OPEN;
	tell_head(room, &(struct layer_head){ room->epoch, room->seq });
}

/* Numbers of the old epoch mean nothing any more. A room that was open only while the others could
 * not be reached was never in the common numbering. */
static void change_epoch(struct follower_room *room, const struct follower_head *head)
{
	bool was_in = room->epoch[0] != '\0';
	uint64_t base = head->base < head->seq ? head->base : head->seq;

	follower_drop_held(room);
	room->asks_rows = false;
	follower_copy_epoch(room->past_epoch, room->epoch);
	follower_copy_epoch(room->epoch, head->epoch);
	if (!was_in)
		room->seq = head->seq;
	else if (base < room->seq)
		room->seq = base;
	follower_settle_said(room);
}

static void go_on_from(struct follower_room *room, const struct follower_head *head)
{
	bool is_same = strcmp(room->epoch, head->epoch) == 0;
	bool was_alone = room->is_alone;

	if (strcmp(room->past_epoch, head->epoch) == 0) /* an old copy was brought back */
		room->past_epoch[0] = '\0';
	follower_hear(room, head->epoch, head->seq);
	room->is_alone = false;
	if (!is_same)
		change_epoch(room, head);
	if (!is_same || was_alone)
		follower_begin_anew(room, room->epoch, room->seq);
}

void follower_take_head(
	struct follower *follower, struct str name, const struct follower_head *head)
{
	struct follower_room *room = follower_enter_room(follower, name);

	if (room == NULL)
		return;
	if (head == NULL) {
		if (room->state == ROOM_OPENING)
			tell_head(room, NULL);
		follower_leave_room(room);
		return;
	}
	room->asks_head = false;
	if (room->state == ROOM_OPENING)
		open_room(room, head);
	else
		go_on_from(room, head);
	follower_go_on(room);
	follower_leave_room(room);
}

/* Callbacks open and close rooms, so the map must not be walked meanwhile. */
static void visit_rooms(struct follower *follower, void (*visit)(struct follower_room *room))
{
	size_t count = 0, position = 0;
	struct follower_room **rooms = mem_alloc_array(
		map_count(follower->rooms), sizeof(struct follower_room *));
	void *room;

	while (map_next(follower->rooms, &position, NULL, &room)) {
		rooms[count] = room;
		rooms[count++]->holds++;
	}
	for (size_t i = 0; i < count; i++) {
		if (rooms[i]->state != ROOM_GONE)
			visit(rooms[i]);
		follower_leave_room(rooms[i]);
	}
	mem_free(rooms);
}

static void fail_opening(struct follower_room *room)
{
	if (room->state == ROOM_OPENING)
		tell_head(room, NULL);
}

void follower_fail_opening(struct follower *follower)
{
	visit_rooms(follower, fail_opening);
}

static void ask_head_again(struct follower_room *room)
{
	room->asks_rows = false;
	follower_ask_head(room);
}

void follower_ask_heads(struct follower *follower)
{
	visit_rooms(follower, ask_head_again);
}

/* Rows. */

/* Lets out the held events that come before the row, and then the row, unless it was held
 * itself. */
static void let_row_out(struct follower_room *room, const struct event *row)
{
	while (follower_is_following(room) && follower_first_held(room) != NULL &&
		follower_first_held(room)->event.seq <= row->seq)
		follower_let_held_out(room);
	if (follower_is_following(room))
		follower_come_out(room, row);
}

/* No rows fill the gap. A held message comes out next; without one, what this broker has said is
 * lost. */
static void skip_hole(struct follower_room *room)
{
	if (follower_first_held(room) != NULL) {
		follower_let_held_out(room);
		return;
	}
	room->heard_seq = room->seq;
	list_each_safe (link, &room->said)
		follower_settle_item(room->follower, list_entry(link, struct follower_item, link),
			LAYER_UNAVAILABLE, 0);
}

static void take_rows(struct follower_room *room, const struct event *events, size_t count)
{
	if (!follower_is_following(room))
		return;
	if (count > 0)
		follower_hear(room, room->epoch, events[count - 1].seq);
	for (size_t i = 0; i < count; i++)
		let_row_out(room, &events[i]);
	if (count == 0)
		skip_hole(room);
}

void follower_take_rows(struct follower *follower, struct str name, const char *epoch,
	uint64_t after, const struct event *events, size_t count)
{
	struct follower_room *room = follower_enter_room(follower, name);

	if (room == NULL)
		return;
	if (room->asks_rows && room->asked_after == after) {
		room->asks_rows = false;
		if (strcmp(epoch, room->epoch) == 0)
			take_rows(room, events, count);
		else
			follower_hear(room, epoch, 0);
		follower_go_on(room);
	}
	follower_leave_room(room);
}

/* Alone. */

static void make_alone(struct follower_room *room)
{
	room->is_alone = true;
	room->alone_seq = 0;
	make_epoch(room->alone_epoch);
}

static void number_alone(struct follower_room *room, struct event *event)
{
	if (!room->is_alone) {
		make_alone(room);
		follower_begin_anew(room, room->alone_epoch, 0);
	}
	event->epoch = room->alone_epoch;
	event->seq = ++room->alone_seq;
}

void follower_say_alone(struct follower *follower, struct event *event, const struct author *author)
{
	struct follower_room *room = follower_enter_room(follower, event->room);

	if (room != NULL && room->state == ROOM_OPEN) {
		number_alone(room, event);
	} else {
		event->epoch = follower->alone_epoch;
		event->seq = ++follower->alone_seq;
	}
	follower->sink.deliver(follower->sink.context, event, author);
	if (room != NULL)
		follower_leave_room(room);
}

static void open_alone(struct follower_room *room)
{
	if (room->state != ROOM_OPENING)
		return;
	room->state = ROOM_OPEN;
	make_alone(room);
	tell_head(room, &(struct layer_head){ room->alone_epoch, 0 });
}

void follower_finish_opening_alone(struct follower *follower)
{
	visit_rooms(follower, open_alone);
}

void follower_destroy(struct follower *follower)
{
	size_t position = 0;
	void *room;

	if (follower == NULL)
		return;
	while (map_next(follower->rooms, &position, NULL, &room)) {
		follower_drop_held(room);
		mem_free(room);
	}
	map_destroy(follower->rooms);
	follower_free_items(follower);
	mem_free(follower);
}
