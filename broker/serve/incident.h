/* SPDX-License-Identifier: MIT */
/* What a program's end calls for: how long to wait before the next start, and whether to tell of
 * it. A program that gets anywhere is soon back, so that a room does not miss it; one that does not
 * is tried less and less often, but never given up. Ends that follow each other are one incident,
 * of which people are told once. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define INCIDENT_PAUSE_MS 100 /* bounds what a program costs that ends with every line */
#define INCIDENT_PAUSE_MAX_MS 30000
#define INCIDENT_LIFE_MS 10000 /* who lives so long has got somewhere */
#define INCIDENT_QUIET_MS 600000 /* without an end: the next one is another incident */

/* All zero at the start. */
struct incident {
	uint64_t pause_ms; /* private */
	uint64_t ended_ms;
	bool is_open;
};

/* A program that was started at started_ms has ended now; has_read says whether it has read a
 * line. Returns the milliseconds to wait. */
uint64_t incident_add(struct incident *incident, uint64_t started_ms, uint64_t now_ms,
	bool has_read, bool *is_new_out);
