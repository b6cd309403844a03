/* SPDX-License-Identifier: MIT */
/* When connections came, by their serials, which count up: a connection itself does not know, and
 * keeps nothing for it. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct arrivals_mark {
	uint64_t time_ms; /* monotonic */
	uint32_t serial; /* the first that came then */
};

/* All zero in the beginning. */
struct arrivals {
	struct arrivals_mark *list; /* owned; both go up */
	uint32_t count;
	uint32_t capacity;
	uint32_t last_serial;
};

void arrivals_finish(struct arrivals *arrivals);
/* Notes that the connection of this serial comes now. After 2^30 of them serials begin anew, and
 * those of before are not known any more. */
void arrivals_note(struct arrivals *arrivals, uint32_t serial, uint64_t now_ms);
/* When the connection of a serial came: at most a second too early, or 1/256 of the time since. */
bool arrivals_find(const struct arrivals *arrivals, uint32_t serial, uint64_t *time_ms_out)
	__attribute__((warn_unused_result));
