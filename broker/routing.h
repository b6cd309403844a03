/* SPDX-License-Identifier: MIT */
/* The broker's URLs, as routing.py has them in Django Channels: a table of patterns and consumers.
 */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"

struct consumer;

/* Finds the consumer of a raw path (no query) and decodes the path once into decoded (cleared
 * first). room_out borrows from decoded; empty for patterns without a room. NULL when no pattern
 * matches: anchored at both ends, final slash included. */
const struct consumer *routing_find(struct str raw_path, struct buf *decoded, struct str *room_out);
