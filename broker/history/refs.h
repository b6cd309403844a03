/* SPDX-License-Identifier: MIT */
/* Which refs were committed lately, so that a message that is sent again is found instead of kept
 * twice. Pure: the time comes in. Bounded by age and by number: beyond, the oldest are forgotten
 * first. A table in memory, because an index in the database would cost two thirds of the writer.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/str.h"

#define REFS_MAX 200000
#define REFS_KEEP_MS (24 * 3600 * 1000)
#define REFS_KEY_SIZE 16

struct refs;

/* private */
struct ref {
	uint8_t key[REFS_KEY_SIZE];
	uint64_t seq; /* 0: none */
	int64_t time_ms;
};

/* What an addition has changed. private */
struct refs_change {
	uint32_t index;
	bool is_new; /* it took the next cell */
	struct ref ref;
	struct ref before; /* what lay there */
};

/* max is REFS_MAX but in tests. */
struct refs *refs_create(uint32_t max) __attribute__((warn_unused_result));
/* NULL is fine. */
void refs_destroy(struct refs *refs);
/* The key of a sender's ref in a room; different ones differ (a cut SHA-256). */
void refs_key(struct str room, const uint8_t sender[static 16], struct str ref,
	uint8_t key_out[static REFS_KEY_SIZE]);
/* Whether the key is known and not too old; then seq_out is its message's. */
bool refs_find(const struct refs *refs, const uint8_t key[static REFS_KEY_SIZE], int64_t now_ms,
	uint64_t *seq_out) __attribute__((warn_unused_result));
/* Harmless for a key that is known. time_ms is the message's. */
struct refs_change refs_add(
	struct refs *refs, const uint8_t key[static REFS_KEY_SIZE], uint64_t seq, int64_t time_ms);
/* Its commit has failed: also what it made forgotten is known again. The last change first. */
void refs_take_back(struct refs *refs, const struct refs_change *change);
