/* SPDX-License-Identifier: MIT */
/* What a connection that comes back has missed: payloads that it shares with all who come back to
 * that room, from a place in the first one on. */
#pragma once

#include <stddef.h>

#include "broker/payload.h"

struct replay {
	enum dialect dialect; /* in which the payloads have frames */
	size_t skipped; /* bytes of the first one: whole frames */
	size_t count;
	struct payload *payloads[]; /* a reference each */
};

/* For count payloads, which the caller puts in. */
struct replay *replay_create(enum dialect dialect, size_t count)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void replay_destroy(struct replay *replay);
