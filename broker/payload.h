/* SPDX-License-Identifier: MIT */
/* One event, rendered: its frames in each dialect, immutable, shared by all threads that have
 * members of the room. Counted; any thread may drop the last reference. */
#pragma once

#include <stdatomic.h>

#include "broker/dialect.h"

struct payload;

/* Copies the frames of each dialect (empty where nobody speaks it). The caller holds the one
 * reference. */
struct payload *payload_create(const struct str frames[static DIALECT_COUNT])
	__attribute__((warn_unused_result));
/* The same; its bytes are in *held, which outlives it, as long as anybody holds it. */
struct payload *payload_create_counted(const struct str frames[static DIALECT_COUNT],
	_Atomic uint64_t *held) __attribute__((warn_unused_result));
struct payload *payload_ref(struct payload *payload);
void payload_unref(struct payload *payload);
/* Borrowed; empty where nobody speaks the dialect. */
void payload_frames(const struct payload *payload, struct str frames_out[static DIALECT_COUNT]);
