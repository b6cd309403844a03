/* SPDX-License-Identifier: MIT */
/* The latest messages of an open room, as the main thread keeps them for those who come back. They
 * lie in pieces that are rendered once for each dialect however many ask, so that thousands who
 * come back cost one reading and one rendering. Grows at the end as messages are delivered, at the
 * beginning when somebody has missed more; never has a gap. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/replay.h"
#include "common/store/archive.h"

struct deflate;
struct tail;

/* Empty, behind the message with that seq (0: behind none) of the epoch, which outlives it.
 * *rendered, which outlives all replays, counts the bytes of frames that somebody holds, the tail
 * or who is sent them. */
struct tail *tail_create(const char *epoch, uint64_t head, _Atomic uint64_t *rendered)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void tail_destroy(struct tail *tail);
/* The next message, or the next change, which is done to its target. Copied, without ref and
 * sender. */
void tail_append(struct tail *tail, const struct archive_message *message);
/* Messages that end right before the first one, ascending; others are refused. What the tail knows
 * of their changes is done to them: they may have been read before that. */
bool tail_prepend(struct tail *tail, const struct archive_message *messages, size_t count)
	__attribute__((warn_unused_result));
/* Of the last message, kept or not. */
uint64_t tail_head(const struct tail *tail);
/* Of the oldest one that is kept; head + 1 when none is. */
uint64_t tail_first(const struct tail *tail);
/* What the messages take, without what is rendered of them. */
size_t tail_bytes(const struct tail *tail);
/* Forgets the oldest until so many bytes are left, the newest piece always excepted. */
void tail_trim(struct tail *tail, size_t bytes_max);
/* What is rendered is rendered anew for the next who comes. */
void tail_forget_frames(struct tail *tail);
/* The messages with seq > after (not below first - 1), as frames. NULL when there are none. The
 * caller owns it. deflate is used for dialects that are compressed. */
struct replay *tail_replay(struct tail *tail, uint64_t after, enum dialect dialect,
	enum stamp stamp, struct deflate *deflate) __attribute__((warn_unused_result));
