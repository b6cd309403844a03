/* SPDX-License-Identifier: MIT */
/* The latest frames of a hub's stream, for edges that have missed some. A publisher drops frames
 * when a subscriber is too slow, or when a connection breaks. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"

/* Beyond it, the oldest frames are dropped. An edge that needs one begins a new session. */
#define HUB_FRAMES_BYTES_MAX (32 * 1024 * 1024)
/* An answer ends with the frame that reaches this size. */
#define HUB_FRAMES_ANSWER_BYTES (1024 * 1024)

struct hub_frames;

struct hub_frames *hub_frames_create(size_t bytes_max) __attribute__((warn_unused_result));
/* NULL is fine. */
void hub_frames_destroy(struct hub_frames *frames);
/* Copies records as the next frame. The number of that frame: 1, 2, 3 … */
uint64_t hub_frames_add(struct hub_frames *frames, struct str records);
/* The number of the last frame; 0 before the first. */
uint64_t hub_frames_last(const struct hub_frames *frames);
/* Appends the frames behind a number as OLD_FRAME records, up to HUB_FRAMES_ANSWER_BYTES. False
 * when the first of them is dropped already, or does not exist yet. */
bool hub_frames_write(const struct hub_frames *frames, uint64_t after, struct buf *out)
	__attribute__((warn_unused_result));
