/* SPDX-License-Identifier: MIT */
/* Puts the events of rooms in order, whatever road they have come by, for layers whose numbers are
 * given elsewhere: the answer to what this broker has said, the broadcast to all brokers, rows that
 * were asked for. An open room's messages come out as seq, seq + 1, … of one epoch, each once; what
 * comes early is held back, what is missing is asked for, and what has no row any more is a hole,
 * which members are told of by sink.begin_anew. Of rooms that are not open nothing is kept: their
 * events come out as they come, for who listens from outside. Pure: no clock, no socket. */
#pragma once

#include "broker/layer/layer.h"

/* Of all rooms together. What is beyond is dropped and asked for again. */
#define FOLLOWER_HELD_MAX 16384
#define FOLLOWER_HELD_BYTES_MAX (16 * 1024 * 1024)
/* Messages of this broker that have no number yet, and their bytes. */
#define FOLLOWER_ITEMS_MAX 65536
#define FOLLOWER_ITEMS_BYTES_MAX (64 * 1024 * 1024)
/* From the oldest to the newest of them, counted by their numbers. */
#define FOLLOWER_SPAN_MAX (1024 * 1024)
/* What one question for rows is answered with at most. */
#define FOLLOWER_ROWS_MAX 500

struct follower;

/* Where the events come out; everything is borrowed for the call. In it rooms may be opened and
 * closed and messages begun, and nothing else. A question is answered once, at any later time, by
 * follower_take_head or follower_take_rows; or never, but then follower_ask_heads is called when
 * questions can be answered again. */
struct follower_sink {
	void *context;
	/* These four as struct layer_sink has them. */
	void (*deliver)(void *context, const struct event *event, const struct author *author);
	void (*settle)(
		void *context, const struct author *author, enum layer_result result, uint64_t seq);
	void (*open)(void *context, struct str room, const struct layer_head *head);
	void (*begin_anew)(void *context, struct str room, const struct layer_head *head);
	/* Where the room's numbering stands. seen is the last that was heard of it: epoch "" for
	 * nothing. */
	void (*ask_head)(void *context, struct str room, const struct layer_head *seen);
	/* The first rows behind after, at most FOLLOWER_ROWS_MAX; missed are those up to until, but
	 * the first one is told also when it is behind that. */
	void (*ask_rows)(void *context, struct str room, uint64_t after, uint64_t until);
	/* Too much is held back: a message that came early was dropped. For a counter. */
	void (*drop)(void *context);
};

/* A message of this broker from when it is taken until its author knows what became of it. */
struct follower_item {
	struct list link; /* private: in its room's, once it has a number there */
	uint64_t number; /* the follower's own: 1, 2, 3 … */
	struct event event; /* room, user, message, origin, via, copies: copied; then its number */
	struct author author; /* ref and sender copied */
	char epoch[EVENT_EPOCH_SIZE];
	size_t bytes;
	uint64_t mark; /* the layer's own, as the next one: 0 at first */
	bool is_sent;
	char texts[];
};

/* What became of an item. */
struct follower_answer {
	enum layer_result result; /* LAYER_SENT, LAYER_REPEATED, or why it was refused */
	const char *epoch; /* of the first two, with its seq; "" of a repeated one when who has it
			    * does not tell */
	uint64_t seq;
	int64_t time_ms; /* of a sent one */
};

/* Where a room's numbering stands. */
struct follower_head {
	const char *epoch;
	uint64_t base; /* the last seq before this epoch's first */
	uint64_t seq; /* the last one's */
};

struct follower *follower_create(const struct follower_sink *sink)
	__attribute__((warn_unused_result));
/* Nothing is told any more. NULL is fine. */
void follower_destroy(struct follower *follower);

/* A member will come: the head is asked for, and told by sink.open, in its place among the events.
 */
void follower_open(struct follower *follower, struct str room);
void follower_close(struct follower *follower, struct str room);
/* Whether it has its head. */
bool follower_is_open(const struct follower *follower, struct str room);
/* The answer; NULL: it cannot be known, and who waits for the first one is told so. When the epoch
 * is another one, the room begins anew behind its base, or behind what came out before if that is
 * less. A head of the same epoch that is behind what was seen when it was asked for is the asker's
 * to prevent: messages are lost then, and a new epoch has to begin. */
void follower_take_head(
	struct follower *follower, struct str room, const struct follower_head *head);
/* Rooms that wait for their first head are told that there is none. */
void follower_fail_opening(struct follower *follower);
/* Events may have been missed, and questions lost: every open room's head is asked for, and nothing
 * of it comes out before the answer. */
void follower_ask_heads(struct follower *follower);
/* Ascending, with seq, time_ms, user, message, and origin, via and copies where they are known.
 * after is the question's. */
void follower_take_rows(struct follower *follower, struct str room, const char *epoch,
	uint64_t after, const struct event *events, size_t count);
/* What was broadcast. item: its number, when it is one of this follower's, else 0. */
void follower_take(struct follower *follower, const struct event *event, uint64_t item);

/* A message on its way; borrowed until it is answered or has come out. NULL: too much is. */
struct follower_item *follower_begin(struct follower *follower, const struct event *event,
	const struct author *author) __attribute__((warn_unused_result));
/* Harmless for an item that is done. */
void follower_answer(
	struct follower *follower, uint64_t item, const struct follower_answer *answer);
/* The oldest that has no number and is not older than item (0: at all); NULL behind the last. */
struct follower_item *follower_next(const struct follower *follower, uint64_t item);
/* NULL when it is done. */
struct follower_item *follower_find(const struct follower *follower, uint64_t item);
/* How many have not been answered or not come out. */
size_t follower_items(const struct follower *follower);

/* While nobody else can be reached: a message for those who are here, which gets a number of a
 * numbering that ends with the room's next head. An open room begins anew for it. */
void follower_say_alone(
	struct follower *follower, struct event *event, const struct author *author);
/* Rooms that wait for their first head get one of that kind. */
void follower_finish_opening_alone(struct follower *follower);
