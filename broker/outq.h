/* SPDX-License-Identifier: MIT */
/* The frames that go to one connection alone (acks, pongs, errors, a welcome, and what it has
 * missed, which is shared with others who have), each tagged with the position of the room's log
 * that it follows, so that they keep their place among what everybody gets. Bounded by its user:
 * while more than OUTQ_PAUSE_BYTES wait the connection is not read, so that nothing makes replies
 * faster than they leave. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/replay.h"
#include "common/base/str.h"

#define OUTQ_PAUSE_BYTES (64 * 1024)

struct outq_chunk {
	struct outq_chunk *next;
	uint64_t tag; /* the position of the log that these frames follow */
	struct payload *shared; /* whose frames these are, a reference; NULL: its own, in data */
	const char *text;
	size_t len;
	size_t capacity; /* of data */
	/* Of the first chunk, for the whole queue: an empty one is a pointer. */
	struct outq_chunk *last;
	size_t bytes; /* of its own that wait: what is shared counts once, elsewhere */
	size_t sent; /* of the first chunk */
	char data[];
};

/* All zero is an empty one. */
struct outq {
	struct outq_chunk *first;
};

void outq_finish(struct outq *queue);
bool outq_is_empty(const struct outq *queue);
/* What waits and is not shared. */
size_t outq_bytes(const struct outq *queue);
/* Whether some of what waits is shared. */
bool outq_has_shared(const struct outq *queue);
/* tag does not go back. */
void outq_push(struct outq *queue, uint64_t tag, struct str frames);
/* What replay holds follows what is there; takes its references. */
void outq_push_replay(struct outq *queue, uint64_t tag, struct replay *replay);
/* Throws away all but the chunk that has been begun, if any, which follows nothing any more. */
void outq_keep_begun(struct outq *queue);
/* count bytes of the first chunk are on their way. Returns how many of them outq_bytes counted. */
size_t outq_advance(struct outq *queue, size_t count);
