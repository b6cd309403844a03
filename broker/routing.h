/* SPDX-License-Identifier: MIT */
/* The broker's URLs, as routing.py has them in Django Channels: a table of patterns, consumers and
 * what they are spoken to by. */
#pragma once

#include <stdbool.h>

#include "broker/dialect.h"
#include "common/base/buf.h"

struct consumer;

struct route {
	struct str prefix;
	bool has_room; /* one segment and a slash follow */
	const struct consumer *consumer;
	enum dialect dialect; /* on a WebSocket the one that a subprotocol may change */
};

/* Finds the row of a raw path (no query) and decodes the path once into decoded (cleared
 * first). room_out borrows from decoded; empty for patterns without a room. NULL when no pattern
 * matches: anchored at both ends, final slash included. */
const struct route *routing_find(struct str raw_path, struct buf *decoded, struct str *room_out);
