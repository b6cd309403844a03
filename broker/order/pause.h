/* SPDX-License-Identifier: MIT */
/* Who has said something in a slow room, and when; open or not, because who speaks by way of a page
 * is in no room. Bounded: beyond PAUSES_MAX the one who spoke first is forgotten, and may speak
 * before the pause is over. Pure. */
#pragma once

#include <stdint.h>

#include "common/base/str.h"
#include "common/user.h"

#define PAUSES_MAX 20000

struct pauses;

struct pauses *pauses_create(void) __attribute__((warn_unused_result));
/* NULL is fine. */
void pauses_destroy(struct pauses *pauses);
/* 0, or how many milliseconds somebody has to wait yet. A message with the ref of the last one is
 * sent again and has not to wait. now_ms is monotonic. */
int64_t pauses_wait(const struct pauses *pauses, struct str room,
	const uint8_t user[static USER_ID_SIZE], struct str ref, uint64_t now_ms, uint64_t pause_ms)
	__attribute__((warn_unused_result));
/* Notes that somebody has said something now; ref is copied, and may be empty. */
void pauses_note(struct pauses *pauses, struct str room, const uint8_t user[static USER_ID_SIZE],
	struct str ref, uint64_t now_ms);
