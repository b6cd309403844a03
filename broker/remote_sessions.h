/* SPDX-License-Identifier: MIT */
/* Sessions that other hosts have asked about lately, and that are in use there. Whoever keeps
 * sessions awake (op "sessions") counts them with those of our own connections. Main thread. */
#pragma once

#include <stdint.h>

#include "common/store/sessions.h"

/* At the same time. The oldest are forgotten first, and come back when they are asked about
 * again. */
#define REMOTE_SESSIONS_MAX 50000

struct remote_sessions;

/* A session is in use for keep_ms after it was asked about. The caller owns the result. */
struct remote_sessions *remote_sessions_create(uint64_t keep_ms)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void remote_sessions_destroy(struct remote_sessions *sessions);
void remote_sessions_note(struct remote_sessions *sessions,
	const uint8_t key_hash[static SESSION_HASH_SIZE], uint64_t now_ms);
/* Walks the sessions that are in use: start with *position = 0; NULL at the end. The hash is
 * borrowed until the next call of remote_sessions_note or remote_sessions_next. */
const uint8_t *remote_sessions_next(
	struct remote_sessions *sessions, uint64_t *position, uint64_t now_ms);
