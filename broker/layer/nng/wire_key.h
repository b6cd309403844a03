/* SPDX-License-Identifier: MIT */
/* Who has written a message between hub and edges. With a shared key each has an HMAC-SHA-256 over
 * its direction and all of it, so that a message is taken only by whom and for what it was written;
 * without one (a socket in the file system, whose permissions say who writes) it is as it is.
 * What must not be taken twice says so itself: batches by session and number, frames by number.
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/str.h"

/* Of a key file without white space at its ends. */
#define WIRE_KEY_BYTES_MIN 32
/* Before the records of a message. */
#define WIRE_HEAD_BYTES_MAX 64

enum wire_direction {
	WIRE_ASKS = 'a', /* edge to hub */
	WIRE_ANSWERS = 'b',
	WIRE_STREAM = 's',
};

enum wire_problem {
	WIRE_OK,
	WIRE_TOO_SHORT,
	WIRE_OTHER_VERSION,
	WIRE_NO_KEY, /* only one of the two has a key */
	WIRE_WRONG_KEY,
};

/* Reads a key file (common/key_file.h). False with a sentence. */
bool wire_key_read(const char *path, struct buf *key_out, struct buf *problem_out)
	__attribute__((warn_unused_result));
/* Appends the message that has these records. An empty key is none. */
void wire_seal(struct str key, enum wire_direction direction, struct str records, struct buf *out);
/* The records of a message, borrowed from it. */
enum wire_problem wire_unseal(struct str key, enum wire_direction direction, struct str message,
	struct str *records_out) __attribute__((warn_unused_result));
/* A word for logs. */
const char *wire_problem_name(enum wire_problem problem);
