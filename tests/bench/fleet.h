/* SPDX-License-Identifier: MIT */
/* All connections of a run and the loop that they share: opened so many at a time, then served by
 * one thread. Rooms are filled one after the other. */
#pragma once

#include "tests/bench/client.h"
#include "tests/bench/options.h"

struct fleet {
	struct client *clients; /* owned; room by room, or in the order of opening */
	size_t count;
	/* private */
	struct client_host host;
	struct target targets[TARGETS_MAX];
	struct buf request;
	const struct options *options;
};

/* Makes count connections that are not open yet; room and member are the caller's to set. ops and
 * context are borrowed. */
void fleet_init(struct fleet *fleet, const struct options *options, size_t count,
	const struct client_ops *ops, void *context);
/* Closes what is open. All zero is fine. */
void fleet_finish(struct fleet *fleet);
/* Opens the connections from first on; returns when all are. parallel 0: all at once. Nothing is
 * held up that open ones get meanwhile. */
void fleet_open(struct fleet *fleet, size_t first, size_t count, size_t parallel);
/* Begins to open one connection more; query, such as "?after=7", is added to its path. False when
 * the server is too busy: try again. */
bool fleet_begin(struct fleet *fleet, struct client *client, struct str query)
	__attribute__((warn_unused_result));
/* One round of the loop: what is there, or the first thing that comes before until_ns. Whether
 * there was anything. */
bool fleet_turn(struct fleet *fleet, uint64_t until_ns);
/* Turns until then. */
void fleet_run(struct fleet *fleet, uint64_t until_ns);
