/* SPDX-License-Identifier: MIT */
/* The latest frames of a hub's stream, for edges that have missed some: a publisher drops what a
 * subscriber is too slow for, and what is on its way when a connection breaks. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"

/* Beyond, the oldest are forgotten; who misses those begins a new session. */
#define HUB_FRAMES_BYTES_MAX (32 * 1024 * 1024)
/* Of one answer, but for its last frame. */
#define HUB_FRAMES_ANSWER_BYTES (1024 * 1024)

struct hub_frames;

struct hub_frames *hub_frames_create(size_t bytes_max) __attribute__((warn_unused_result));
/* NULL is fine. */
void hub_frames_destroy(struct hub_frames *frames);
/* The next: its number is one more than the last's. */
uint64_t hub_frames_add(struct hub_frames *frames, struct str records);
/* Of the last; 0 before the first. */
uint64_t hub_frames_last(const struct hub_frames *frames);
/* Appends those behind a number as OLD_FRAME records, as many as an answer has. False when the
 * first of them is forgotten or is still to come. */
bool hub_frames_write(const struct hub_frames *frames, uint64_t after, struct buf *out)
	__attribute__((warn_unused_result));
