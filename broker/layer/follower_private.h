/* SPDX-License-Identifier: MIT */
/* What the files of the follower share. */
#pragma once

#include "broker/layer/follower.h"
#include "common/base/map.h"

enum follower_room_state {
	ROOM_OPENING, /* its first head is asked for */
	ROOM_OPEN,
	ROOM_LEAVING, /* closed, but what is held has to come out yet */
	ROOM_GONE, /* closed in the middle of what was told of it */
};

struct follower_room {
	struct follower *follower;
	enum follower_room_state state;
	unsigned holds; /* who is in the middle of it */
	char epoch[EVENT_EPOCH_SIZE];
	uint64_t seq; /* of the last one that came out */
	char past_epoch[EVENT_EPOCH_SIZE]; /* before that */
	char heard_epoch[EVENT_EPOCH_SIZE];
	uint64_t heard_seq; /* of the highest that is known to be there */
	char alone_epoch[EVENT_EPOCH_SIZE];
	uint64_t alone_seq;
	uint64_t asked_after;
	bool is_alone;
	bool asks_head;
	bool asks_rows;
	struct list held; /* ascending */
	struct list said; /* items that have a number and did not come out yet: by epoch, then
			   * ascending, as one is looked for at each event that comes out */
	char name[];
};

struct follower_held {
	struct list link;
	struct event event;
	size_t bytes;
	char texts[];
};

struct follower {
	struct follower_sink sink;
	struct map *rooms;
	struct follower_item **items; /* by number, in a ring of capacity (a power of two) */
	uint64_t capacity;
	uint64_t first; /* not above the number of the oldest item */
	uint64_t next; /* the next item's number */
	size_t item_count;
	size_t item_bytes;
	size_t held_count;
	size_t held_bytes;
	char alone_epoch[EVENT_EPOCH_SIZE]; /* of rooms that are not open */
	uint64_t alone_seq;
};

/* Copies what a text, or all of an event but its room, borrows to *at and moves that on. */
void follower_keep_text(struct str *text, char **at);
void follower_keep_texts(struct event *event, char **at);
size_t follower_texts_size(const struct event *event);

/* Items (follower_items.c). The item is done with either. */

void follower_settle_item(struct follower *follower, struct follower_item *item,
	enum layer_result result, uint64_t seq);
/* item, the event's own, may be NULL. */
void follower_deliver(
	struct follower *follower, const struct event *event, struct follower_item *item);
/* NULL is fine. */
void follower_free_items(struct follower *follower);

/* What is held back (follower_held.c). */

/* NULL for none. */
struct follower_held *follower_first_held(const struct follower_room *room);
/* Out of the room; the caller frees it. */
void follower_take_held(struct follower_room *room, struct follower_held *held);
void follower_drop_held(struct follower_room *room);
/* Copies the event to its place; what is there already, or too much, is dropped. */
void follower_hold(struct follower_room *room, const struct event *event);

/* Rooms (follower_room.c). */

void follower_copy_epoch(char to[static EVENT_EPOCH_SIZE], const char *epoch);
struct follower_room *follower_find_room(const struct follower *follower, struct str name);
struct follower_room *follower_create_room(struct follower *follower, struct str name);
void follower_leave_room(struct follower_room *room);
/* Nothing is held and nothing was said in it. */
void follower_destroy_room(struct follower_room *room);
void follower_hear(struct follower_room *room, const char *epoch, uint64_t seq);
void follower_begin_anew(struct follower_room *room, const char *epoch, uint64_t seq);
/* As in a room that is not open: to whom it may concern. */
void follower_pass_held(struct follower_room *room, struct follower_held *held);
/* Of items that did not come out and never will: those that lie behind the head are there. */
void follower_settle_said(struct follower_room *room);
/* Its turn has come, or there is a hole before it. */
void follower_come_out(struct follower_room *room, const struct event *event);
void follower_let_held_out(struct follower_room *room);
bool follower_is_following(const struct follower_room *room);
void follower_ask_head(struct follower_room *room);
/* All that can come out does, and what is missing is asked for. */
void follower_go_on(struct follower_room *room);
/* An event of a room that is not closed. */
void follower_follow(struct follower_room *room, const struct event *event);
/* What a room that opens holds is of one epoch. */
void follower_hear_event(struct follower_room *room, const struct event *event);
/* The item has its number: it comes out with that, unless it has already. */
void follower_number_item(
	struct follower_room *room, struct follower_item *item, const char *epoch, uint64_t seq);
/* NULL for a closed one; one that is being left is closed now. */
struct follower_room *follower_enter_room(struct follower *follower, struct str name);
