/* SPDX-License-Identifier: MIT */
/* Bytes in, lines out. Bounded: of a line that is too long nothing comes out, and it is counted;
 * no more than one line's bytes are kept of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"

struct lines {
	size_t len_max; /* of a line without its newline; the user's to set */
	struct buf pending; /* private */
	size_t taken; /* bytes of pending that were handed out */
	bool skips; /* in the middle of a line that is too long */
	uint64_t skipped; /* lines that were too long; the user may set it back */
};

void lines_finish(struct lines *lines);
/* Invalidates what lines_next has handed out. */
void lines_feed(struct lines *lines, const char *data, size_t len);
/* The next complete line without its newline, borrowed until the next lines_feed. */
bool lines_next(struct lines *lines, struct str *line_out);
/* Drops the line that has not come to its end. Returns whether there was one. After lines_next has
 * come to false. */
bool lines_drop_rest(struct lines *lines);
