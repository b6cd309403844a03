/* SPDX-License-Identifier: MIT */
/* What the files of the follower share. */
#pragma once

#include "broker/layer/follower.h"
#include "common/base/map.h"

enum follower_room_state {
	ROOM_OPENING, /* its first head is asked for */
	ROOM_OPEN,
	ROOM_LEAVING, /* closed, but what it holds must still come out */
	ROOM_GONE, /* closed by a callback about it */
};

struct follower_room {
	struct follower *follower;
	enum follower_room_state state;
	unsigned holds; /* callers that still use it */
	char epoch[EVENT_EPOCH_SIZE];
	uint64_t seq; /* of the last one that came out */
	char past_epoch[EVENT_EPOCH_SIZE]; /* before epoch */
	char heard_epoch[EVENT_EPOCH_SIZE];
	uint64_t heard_seq; /* the highest that is known to exist */
	char alone_epoch[EVENT_EPOCH_SIZE];
	uint64_t alone_seq;
	uint64_t asked_after;
	bool is_alone;
	bool asks_head;
	bool asks_rows;
	struct list held; /* ascending */
	/* items that have a number and did not come out yet, by epoch and ascending: each event
	 * that comes out is looked up here */
	struct list said;
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

/* Items (follower_items.c). Both functions free the item. */

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
/* Takes a held event out of the room; the caller frees it. */
void follower_take_held(struct follower_room *room, struct follower_held *held);
void follower_drop_held(struct follower_room *room);
/* Copies an event into its place. One that is there already, or is too much, is dropped. */
void follower_hold(struct follower_room *room, const struct event *event);

/* Rooms (follower_room.c). */

void follower_copy_epoch(char to[static EVENT_EPOCH_SIZE], const char *epoch);
struct follower_room *follower_find_room(const struct follower *follower, struct str name);
struct follower_room *follower_create_room(struct follower *follower, struct str name);
void follower_leave_room(struct follower_room *room);
/* Its lists held and said are empty. */
void follower_destroy_room(struct follower_room *room);
void follower_hear(struct follower_room *room, const char *epoch, uint64_t seq);
void follower_begin_anew(struct follower_room *room, const char *epoch, uint64_t seq);
/* Lets a held event out as in a room that is not open. */
void follower_pass_held(struct follower_room *room, struct follower_held *held);
/* Settles the items that never will come out: those that the head counts are in the log. */
void follower_settle_said(struct follower_room *room);
/* Delivers an event: its turn has come, or there is a hole before it. */
void follower_come_out(struct follower_room *room, const struct event *event);
void follower_let_held_out(struct follower_room *room);
bool follower_is_following(const struct follower_room *room);
void follower_ask_head(struct follower_room *room);
/* Lets out all that can come out, and asks for what is missing. */
void follower_go_on(struct follower_room *room);
/* Takes an event of a room that is not closed. */
void follower_follow(struct follower_room *room, const struct event *event);
/* Takes an event of a room that opens; what it holds is of one epoch. */
void follower_hear_event(struct follower_room *room, const struct event *event);
/* Gives an item its number; it comes out with that, unless it already has. */
void follower_number_item(
	struct follower_room *room, struct follower_item *item, const char *epoch, uint64_t seq);
/* Finds a room for the duration of a call. NULL for a closed one; a room that is being left is
 * closed now. */
struct follower_room *follower_enter_room(struct follower *follower, struct str name);
