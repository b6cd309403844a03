/* SPDX-License-Identifier: MIT */
/* Sec-WebSocket-Extensions (RFC 6455 9.1): what a client offers, and what we agree to. There is one
 * extension that we know, permessage-deflate (RFC 7692), and it is always agreed upon without
 * context takeover, so that no connection has to remember what was said before. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/str.h"

struct extensions {
	uint8_t window_bits; /* of what we send, DEFLATE_WINDOW_BITS_MIN to MAX; 0: nothing was
			      * agreed upon */
	bool names_window; /* the offer did, so that the answer has to */
};

/* Reads all lines of the header and chooses the first offer that we can keep, one of at least
 * least_window_bits (DEFLATE_WINDOW_BITS_MIN to MAX); without one window_bits is 0. False when the
 * header itself is broken: 400. */
bool extensions_choose(const struct str *lines, size_t line_count, uint8_t least_window_bits,
	struct extensions *chosen_out) __attribute__((warn_unused_result));
/* Appends the answer's value; nothing when nothing was agreed upon. */
void extensions_write(const struct extensions *chosen, struct buf *out);
