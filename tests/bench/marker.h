/* SPDX-License-Identifier: MIT */
/* What a measured message carries in its text, found again whatever a server puts around it:
 * "@room.speaker.number.time@", hexadecimal digits of fixed widths, which no JSON writer escapes
 * and no site rewrites. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/str.h"

#define MARKER_SIZE (sizeof("@rrrrrrrr.ssssssss.nnnnnnnn.tttttttttttttttt@") - 1)

struct marker {
	uint32_t room;
	uint32_t speaker; /* within the room */
	uint32_t number; /* of the speaker's messages, from 0 */
	uint64_t time_ns; /* monotonic: when it was due */
};

/* Not NUL-terminated. */
void marker_write(const struct marker *marker, char out[static MARKER_SIZE]);
/* The first whole marker in text; false when there is none. */
bool marker_find(struct str text, struct marker *marker_out) __attribute__((warn_unused_result));
