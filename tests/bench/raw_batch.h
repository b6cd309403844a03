/* SPDX-License-Identifier: MIT */
/* The frames that one read leads to, laid together and each padded to a size that was asked for.
 * Bounded: whoever fills it delivers it and clears it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"

#define RAW_BATCH_FRAMES_MAX 1024 /* what one writev(2) takes */

/* All zero is an empty one. */
struct raw_batch {
	struct buf bytes; /* owned */
	size_t lengths[RAW_BATCH_FRAMES_MAX]; /* of each frame */
	size_t count;
};

void raw_batch_finish(struct raw_batch *batch);
/* Keeps the memory. */
void raw_batch_clear(struct raw_batch *batch);
/* A text frame of frame_bytes with its header: the payload, then spaces. Longer where the payload
 * needs it, or where no shortest header makes that length (128 and 129 bytes, and a few at 64 KiB).
 * Not for a full batch. */
void raw_batch_append(struct raw_batch *batch, size_t frame_bytes, struct str payload);
bool raw_batch_is_full(const struct raw_batch *batch);
