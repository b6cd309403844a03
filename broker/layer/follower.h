/* SPDX-License-Identifier: MIT */
/* Puts the events of rooms in order, for layers whose numbers are given by others. An event may
 * come by three ways: as the answer to a message of this broker, as the broadcast to all brokers,
 * and as a row that was asked for. An open room's messages come out as seq, seq + 1, … of one
 * epoch, each once. A message that comes early is held back; a gap is asked for; a gap without rows
 * is a hole, which members are told of by sink.begin_anew. A room that is not open keeps nothing:
 * its events come out as they come, for followers outside. Pure: no clock, no socket. */
#pragma once

#include "broker/layer/layer.h"

/* Held messages of all rooms together. What is beyond is dropped and asked for again. */
#define FOLLOWER_HELD_MAX 16384
#define FOLLOWER_HELD_BYTES_MAX (16 * 1024 * 1024)
/* Messages of this broker that have no number yet, and their bytes. */
#define FOLLOWER_ITEMS_MAX 65536
#define FOLLOWER_ITEMS_BYTES_MAX (64 * 1024 * 1024)
/* The most numbers from the oldest of them to the newest. */
#define FOLLOWER_SPAN_MAX (1024 * 1024)
/* The most rows of one answer. */
#define FOLLOWER_ROWS_MAX 500

struct follower;

/* Where the events come out. Everything is borrowed for the call. A callback may open and close
 * rooms and begin messages, and nothing else. Answer each question once, at any later time, with
 * follower_take_head or follower_take_rows. If an answer is lost, call follower_ask_heads when
 * questions can be answered again. */
struct follower_sink {
	void *context;
	/* These four are as in struct layer_sink. */
	void (*deliver)(void *context, const struct event *event, const struct author *author);
	void (*settle)(
		void *context, const struct author *author, enum layer_result result, uint64_t seq);
	void (*open)(void *context, struct str room, const struct layer_head *head);
	void (*begin_anew)(void *context, struct str room, const struct layer_head *head);
	/* Asks where the room's numbering stands. seen is the last that was heard of it; its epoch
	 * is "" for nothing. */
	void (*ask_head)(void *context, struct str room, const struct layer_head *seen);
	/* Asks for the first rows behind after, at most FOLLOWER_ROWS_MAX. Those up to until are
	 * missing; but the first row is wanted even when it lies behind until. */
	void (*ask_rows)(void *context, struct str room, uint64_t after, uint64_t until);
	/* Counts a message that came early and was dropped, because too much is held back. */
	void (*drop)(void *context);
};

/* A message of this broker, from when it is taken until its author knows what became of it. */
struct follower_item {
	struct list link; /* private: in its room's list, once it has a number there */
	uint64_t number; /* the follower's own: 1, 2, 3 … */
	struct event event; /* room, user, message, origin, via, copies: copied; then its number */
	struct author author; /* ref and sender copied */
	char epoch[EVENT_EPOCH_SIZE];
	size_t bytes;
	uint64_t mark; /* for the layer's own use, as is_sent; 0 at first */
	bool is_sent;
	char texts[];
};

/* What became of an item. */
struct follower_answer {
	enum layer_result result; /* LAYER_SENT, LAYER_REPEATED, or why it was refused */
	/* of the first two, with its seq; "" for a repeated one when the answer does not tell it */
	const char *epoch;
	uint64_t seq;
	int64_t time_ms; /* of LAYER_SENT */
};

/* Where a room's numbering stands. */
struct follower_head {
	const char *epoch;
	uint64_t base; /* the last seq before this epoch's first */
	uint64_t seq; /* of the last message */
};

struct follower *follower_create(const struct follower_sink *sink)
	__attribute__((warn_unused_result));
/* Calls no callback. NULL is fine. */
void follower_destroy(struct follower *follower);

/* Call it when a member will come. The head is asked for, and told by sink.open in its place among
 * the events. */
void follower_open(struct follower *follower, struct str room);
void follower_close(struct follower *follower, struct str room);
/* Whether the room is open and has its head. */
bool follower_is_open(const struct follower *follower, struct str room);
/* The answer to ask_head. NULL: it cannot be known; a room that waits for its first head is told
 * so. With another epoch the room begins anew behind head->base, or behind what has come out if
 * that is less. The caller must prevent a head of the same epoch that is behind seen: messages are
 * lost then, and a new epoch has to begin. */
void follower_take_head(
	struct follower *follower, struct str room, const struct follower_head *head);
/* Tells the rooms that wait for their first head that there is none. */
void follower_fail_opening(struct follower *follower);
/* Call it when events or questions may have been lost: asks for every open room's head. Nothing of
 * the room comes out before the answer. */
void follower_ask_heads(struct follower *follower);
/* The answer to ask_rows: rows in ascending order with seq, time_ms, user, message, and origin, via
 * and copies where they are known. after is the question's. */
void follower_take_rows(struct follower *follower, struct str room, const char *epoch,
	uint64_t after, const struct event *events, size_t count);
/* Takes a broadcast event. item: the item's number when it is one of this follower's, else 0. */
void follower_take(struct follower *follower, const struct event *event, uint64_t item);

/* Begins a message. The item is borrowed until it is answered or has come out. NULL: too many are
 * on their way. */
struct follower_item *follower_begin(struct follower *follower, const struct event *event,
	const struct author *author) __attribute__((warn_unused_result));
/* Harmless for an item that is done. */
void follower_answer(
	struct follower *follower, uint64_t item, const struct follower_answer *answer);
/* The oldest item without a seq whose number is at least item (0: of all); NULL behind the last. */
struct follower_item *follower_next(const struct follower *follower, uint64_t item);
/* NULL when it is done. */
struct follower_item *follower_find(const struct follower *follower, uint64_t item);
/* The items that have not been answered or have not come out. */
size_t follower_items(const struct follower *follower);

/* Delivers a message to this broker's members while the others cannot be reached. Its number is of
 * a numbering that ends with the room's next head; an open room begins anew for it. */
void follower_say_alone(
	struct follower *follower, struct event *event, const struct author *author);
/* Gives the rooms that wait for their first head a head of that numbering. */
void follower_finish_opening_alone(struct follower *follower);
