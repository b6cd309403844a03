/* SPDX-License-Identifier: MIT */
/* Sessions that other hosts have asked about lately, and that are in use there: who keeps sessions
 * awake (op "sessions") counts them with those of our own connections. Main thread. */
#pragma once

#include <stdint.h>

#include "common/store/sessions.h"

/* At the same time; the oldest are forgotten first, and are asked about again. */
#define LENT_MAX 50000

struct lent;

/* keep_ms: so long one is in use after it was asked about. */
struct lent *lent_create(uint64_t keep_ms) __attribute__((warn_unused_result));
/* NULL is fine. */
void lent_destroy(struct lent *lent);
void lent_note(
	struct lent *lent, const uint8_t key_hash[static SESSION_HASH_SIZE], uint64_t now_ms);
/* Walks those that are in use: start with *position = 0, NULL at the end. Borrowed until it is
 * noted or walked on. */
const uint8_t *lent_next(struct lent *lent, uint64_t *position, uint64_t now_ms);
