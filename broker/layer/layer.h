/* SPDX-License-Identifier: MIT */
/* The channel layer (Django Channels' word): who knows a group's name can send to it, and every
 * broker that has members gets each event once and in one order. A backend is a const struct of
 * functions; all of them and the sink belong to the main thread. */
#pragma once

#include <stdbool.h>

#include "common/event.h"

struct layer;

/* Where the events of joined groups come out. */
struct layer_sink {
	/* event has its seq, epoch and time; borrowed for the call. author is what group_send was
	 * given. */
	void (*deliver)(void *context, const struct event *event, void *author);
	void *context;
};

/* Where a group's numbering stands. */
struct layer_head {
	const char *epoch; /* borrowed until the group is left */
	uint64_t seq; /* of the last numbered event; 0 for none */
};

struct layer_ops {
	const char *name;
	void (*destroy)(struct layer *layer);
	/* The broker has its first member of the room: its events come to the sink from now on. */
	struct layer_head (*group_add)(struct layer *layer, struct str room);
	/* The last member has left. */
	void (*group_discard)(struct layer *layer, struct str room);
	/* Gives the event its seq (0 for an ephemeral one), epoch and time and sends it to all who
	 * have members. author comes back to the sink of this broker. False, and nothing is sent,
	 * for a message to a room without members when too many of these are numbered already. */
	bool (*group_send)(struct layer *layer, struct event *event, void *author);
	/* The head of a room, whether it has members or not; false for one that has no numbering.
	 */
	bool (*group_head)(struct layer *layer, struct str room, struct layer_head *head_out);
};

/* The first member of every backend's own struct. */
struct layer {
	const struct layer_ops *ops;
};
