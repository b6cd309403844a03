/* SPDX-License-Identifier: MIT */
/* The key of this site, the same in all its programs, and what is signed with it. One key serves
 * many uses: what is signed begins with its purpose, so that none can be passed off as another. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/crypto.h"
#include "common/base/str.h"

struct secret {
	uint8_t key[CRYPTO_KEY_SIZE];
};

/* Reads DIR/secret.key, or makes it (0600; written to a temporary file and linked, so that two
 * programs starting at once agree). False with a sentence in problem_out otherwise: unreadable,
 * of the wrong size, or open to others. */
bool secret_load(struct secret *secret, const char *state_directory, struct buf *problem_out)
	__attribute__((warn_unused_result));
/* Appends the signature of data for a purpose, as base64url without padding. A purpose ends with
 * ':', which keeps it apart from the data. */
void secret_sign(const struct secret *secret, struct str purpose, struct str data, struct buf *out);
/* Whether signature is that of data, in a time that does not depend on it. */
bool secret_verify(const struct secret *secret, struct str purpose, struct str data,
	struct str signature) __attribute__((warn_unused_result));
