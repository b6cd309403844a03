/* SPDX-License-Identifier: MIT */
/* Hands lines to a program, one at a time. The pipe has room for one page, and a pipe of one page
 * can be written exactly when it is empty: so poll(2) tells when the program has read all there
 * was, however much its library reads at once, and no line is in the pipe behind another. Owns the
 * line until it was read to its end; one that was not is handed to the next program from its
 * beginning. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"

struct handover {
	int fd; /* what we write to; -1: no program */
	bool is_broken; /* nobody has the other end open */
	struct buf line; /* with its newline; empty: none in hand */
	size_t written;
};

void handover_init(struct handover *handover);
void handover_finish(struct handover *handover);
/* A new pipe. Returns the end to read from, which the caller closes; -1 when there are no more
 * descriptors. */
int handover_open(struct handover *handover) __attribute__((warn_unused_result));
/* Whether the next line can be taken. */
bool handover_is_free(const struct handover *handover);
void handover_take(struct handover *handover, struct str line);
/* Whether to poll fd for POLLOUT, which is followed by handover_proceed. */
bool handover_waits(const struct handover *handover);
/* Returns true when the line has now been read to its end. */
bool handover_proceed(struct handover *handover);
/* The program is gone, or is to see an end. Returns true when the line in hand was read to its end
 * before. */
bool handover_close(struct handover *handover);
