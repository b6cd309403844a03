/* SPDX-License-Identifier: MIT */
/* Proves who wrote a message between hub and edges. With a shared key, each message carries an
 * HMAC-SHA-256 over its direction and its records, so that nobody can change it or use it in
 * another direction. Without a key a message is not signed: then the socket is in the file system,
 * and its permissions say who may write. A signature does not stop a replay: batches have session
 * and number, and frames a number, so that each is taken once. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/str.h"

/* The shortest key; white space at both ends of the key file does not count. */
#define WIRE_KEY_BYTES_MIN 32
/* The most bytes of a message before its records. */
#define WIRE_HEAD_BYTES_MAX 64

enum wire_direction {
	WIRE_ASKS = 'a', /* edge to hub */
	WIRE_ANSWERS = 'b', /* hub to edge */
	WIRE_STREAM = 's', /* hub to all edges */
};

enum wire_problem {
	WIRE_OK,
	WIRE_TOO_SHORT,
	WIRE_OTHER_VERSION,
	WIRE_NO_KEY, /* only one of the two sides has a key */
	WIRE_WRONG_KEY,
};

/* Reads a key file (common/key_file.h). False with a sentence in problem_out. */
bool wire_key_read(const char *path, struct buf *key_out, struct buf *problem_out)
	__attribute__((warn_unused_result));
/* Appends the message with these records to out. Signs it unless key is empty. */
void wire_seal(struct str key, enum wire_direction direction, struct str records, struct buf *out);
/* Checks a message and gives its records, which borrow from it. Use them only with WIRE_OK. */
enum wire_problem wire_unseal(struct str key, enum wire_direction direction, struct str message,
	struct str *records_out) __attribute__((warn_unused_result));
/* A word for logs. */
const char *wire_problem_name(enum wire_problem problem);
