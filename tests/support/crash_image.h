/* SPDX-License-Identifier: MIT */
/* What the files in the journal of crash_vfs may look like after the power went at some moment.
 * All that was synced is there; of what was written to a file after its last sync any sectors may
 * have made it, in any order, some of them torn; a new name or a deletion that was not synced may
 * be there or not. Which, is drawn from a seed. Bytes that are not written to stay as they are,
 * which is what SQLite counts on too (SQLITE_IOCAP_POWERSAFE_OVERWRITE). */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct crash_image;

/* Of no moment yet: nothing is there. */
struct crash_image *crash_image_create(void) __attribute__((warn_unused_result));
/* NULL is fine. */
void crash_image_destroy(struct crash_image *image);
/* To the moment after that many operations; only forward. */
void crash_image_advance(struct crash_image *image, size_t moment);
/* Makes the files in an empty folder; a name that did not survive is not made. Aborts when the
 * test's own disk fails. The same seed and sector size give the same files. */
void crash_image_write(
	const struct crash_image *image, const char *folder, size_t sector_bytes, uint64_t seed);
