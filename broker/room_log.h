/* SPDX-License-Identifier: MIT */
/* The frames (broker/dialect.h) of one room in one dialect on one thread, laid next to each other.
 * A member holds only a position, counted in bytes since the log began, so that a message for a
 * thousand members is one append, and what a member still has to get is always one contiguous
 * piece. Knows nothing of sockets. Its bound is kept by the feed, which sends members away that
 * fall too far behind. */
#pragma once

#include <stdint.h>

#include "broker/dialect.h"
#include "common/base/buf.h"

struct room_log {
	struct buf bytes;
	uint64_t start; /* position of bytes.data[0]; always the beginning of a frame */
};

void room_log_finish(struct room_log *log);
uint64_t room_log_end(const struct room_log *log);
/* frames are whole, all in one dialect. */
void room_log_append(struct room_log *log, struct str frames);
/* What lies between two positions, borrowed until the next append or trim. */
struct str room_log_slice(const struct room_log *log, uint64_t from, uint64_t to);
/* Nobody needs what lies before lowest any more. */
void room_log_trim(struct room_log *log, enum dialect dialect, uint64_t lowest);
/* The first position from here on at which a frame begins: what cut a member off must send up to
 * there. */
uint64_t room_log_boundary(const struct room_log *log, enum dialect dialect, uint64_t position);
