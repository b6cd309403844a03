/* SPDX-License-Identifier: MIT */
/* The channel layer (Django Channels' word): who knows a group's name can send to it, and every
 * broker that has members gets each event once and in one order. A backend is a const struct of
 * functions; all of them and the sink belong to the main thread. */
#pragma once

#include <stdbool.h>

#include "common/event.h"

struct layer;

enum author_kind {
	AUTHOR_NOBODY, /* nobody waits for what becomes of it */
	AUTHOR_CHANNEL,
	AUTHOR_REQUEST, /* on the control socket */
};

/* Who says a message. */
struct author {
	enum author_kind kind;
	uint64_t id; /* of the channel (broker_channel_id) or of the request; it may be gone when
		      * the message is delivered */
	struct str ref; /* the sender's own name of the message, or "" */
	const uint8_t *sender; /* 16 bytes: whose refs these are; NULL where there is no ref */
};

enum layer_result {
	LAYER_SENT, /* taken, or delivered already */
	LAYER_REPEATED, /* of a settled one: this ref has been committed before */
	LAYER_BUSY, /* too much waits to be committed */
	LAYER_STORAGE, /* the history cannot be written */
	LAYER_TOO_MANY_ROOMS,
};

/* Where a group's numbering stands. */
struct layer_head {
	const char *epoch; /* borrowed until the group is left */
	uint64_t seq; /* of the last numbered event; 0 for none */
};

/* Where the events come out, and what becomes of messages. Everything is borrowed for the call. */
struct layer_sink {
	/* event has its seq, epoch and time. author (never NULL) is to be told before the others.
	 */
	void (*deliver)(void *context, const struct event *event, const struct author *author);
	/* A message that was taken is not delivered after all: result says why; seq is that of the
	 * first one with its ref, or 0. */
	void (*settle)(
		void *context, const struct author *author, enum layer_result result, uint64_t seq);
	/* open_room's answer when it was not at once; head is NULL when the history cannot be read.
	 */
	void (*open)(void *context, struct str room, const struct layer_head *head);
	void *context;
};

struct layer_ops {
	const char *name;
	void (*destroy)(struct layer *layer);
	/* The broker will have its first member of the room. Its events come to the sink from the
	 * head on, which is known at once (true) or comes to sink.open in its place among them. */
	bool (*open_room)(struct layer *layer, struct str room, struct layer_head *head_out);
	/* The last member has left. */
	void (*close_room)(struct layer *layer, struct str room);
	/* Gives the event its seq (0 for an ephemeral one), epoch and time, now or once it is
	 * committed, and sends it to all who have members; author comes back to the sink of this
	 * broker. Anything but LAYER_SENT: refused, and the sink hears nothing. */
	enum layer_result (*group_send)(
		struct layer *layer, struct event *event, const struct author *author);
};

/* The first member of every backend's own struct. */
struct layer {
	const struct layer_ops *ops;
};
