/* SPDX-License-Identifier: MIT */
/* Passwords: what one may be, and its argon2id hash (RFC 9106) at the configured cost. Hashing
 * takes tens of milliseconds and its memory: callers choose the thread. */
#pragma once

#include <stdbool.h>

#include "common/base/crypto.h"
#include "common/base/str.h"
#include "common/config.h"

#define PASSWORD_HASH_SIZE CRYPTO_PASSWORD_HASH_SIZE
#define PASSWORD_BYTES_MAX 1024

/* A sentence for people, untranslated, about what is wrong with it as a new password of username;
 * NULL when nothing is. At least 8 characters, at most PASSWORD_BYTES_MAX bytes of UTF-8, not the
 * user name, none of the most common ones. */
const char *password_problem(struct str password, struct str username);
/* Compared in NFC, whatever the keyboard wrote. False when the memory for it is not to be had, and
 * for what password_problem refuses to read. */
bool password_hash(struct str password, const struct config *config,
	char hash_out[static PASSWORD_HASH_SIZE]) __attribute__((warn_unused_result));
/* False for anything longer than PASSWORD_BYTES_MAX and what is not UTF-8, too, at once. "" as hash
 * takes as long as any other and never matches. */
bool password_matches(struct str password, const char *hash, const struct config *config)
	__attribute__((warn_unused_result));
/* Whether the configured cost is another than that of hash. */
bool password_is_outdated(const char *hash, const struct config *config)
	__attribute__((warn_unused_result));
