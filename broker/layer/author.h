/* SPDX-License-Identifier: MIT */
/* The ref of an author, by which a retry is recognized. */
#pragma once

#include "broker/history/refs.h"
#include "broker/layer/layer.h"

bool author_has_ref(const struct author *author);
/* The key (broker/history/refs.h) of the author's ref for a channel ('c') or a group ('g'): equal
 * refs for different ones have different keys. False when it has no ref. */
bool author_ref_key(const struct author *author, char kind, struct str name,
	uint8_t key_out[static REFS_KEY_SIZE]) __attribute__((warn_unused_result));
