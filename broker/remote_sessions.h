/* SPDX-License-Identifier: MIT */
/* Sessions that other hosts have asked about lately, and that are in use there: who keeps sessions
 * awake (op "sessions") counts them with those of our own connections. Main thread. */
#pragma once

#include <stdint.h>

#include "common/store/sessions.h"

/* At the same time; the oldest are forgotten first, and are asked about again. */
#define REMOTE_SESSIONS_MAX 50000

struct remote_sessions;

/* keep_ms: so long one is in use after it was asked about. */
struct remote_sessions *remote_sessions_create(uint64_t keep_ms)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void remote_sessions_destroy(struct remote_sessions *sessions);
void remote_sessions_note(struct remote_sessions *sessions,
	const uint8_t key_hash[static SESSION_HASH_SIZE], uint64_t now_ms);
/* Walks those that are in use: start with *position = 0, NULL at the end. Borrowed until it is
 * noted or walked on. */
const uint8_t *remote_sessions_next(
	struct remote_sessions *sessions, uint64_t *position, uint64_t now_ms);
