/* SPDX-License-Identifier: MIT */
/* Who was put out of a room between two polls, and hears so by the next one. Bounded: beyond
 * KICKS_MAX the earliest is forgotten, and after KICK_KEPT_MS everybody; who is forgotten comes in
 * again without a word. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "broker/history/refs.h"
#include "common/user.h"

#define KICKS_MAX 256
#define KICK_KEPT_MS (60 * 1000)

/* All zero: none. */
struct kicks {
	struct kick {
		uint8_t key[REFS_KEY_SIZE]; /* of room and user */
		uint64_t until_ms; /* 0: none, or told */
	} rows[KICKS_MAX];
	uint32_t next;
	uint64_t last_until_ms;
};

/* now_ms is monotonic. */
void kicks_note(struct kicks *kicks, struct str room, const uint8_t user[static USER_ID_SIZE],
	uint64_t now_ms);
/* Whether somebody was put out and has not heard it; it is forgotten then. */
bool kicks_take(struct kicks *kicks, struct str room, const uint8_t user[static USER_ID_SIZE],
	uint64_t now_ms) __attribute__((warn_unused_result));
