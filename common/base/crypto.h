/* SPDX-License-Identifier: MIT */
/* The only door to libsodium: random bytes, keyed hashes, hashes of passwords, constant-time
 * comparison. crypto_init
 * comes first. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/str.h"

#define CRYPTO_KEY_SIZE 32
#define CRYPTO_MAC_SIZE 32
#define CRYPTO_SHA256_SIZE 32
#define CRYPTO_PASSWORD_HASH_SIZE 128 /* with the NUL */

/* False when the host has no entropy to give; the program must not start then. Harmless a second
 * time. */
bool crypto_init(void) __attribute__((warn_unused_result));
void crypto_random(void *out, size_t len);
uint64_t crypto_random_uint64(void);
/* HMAC-SHA-256. */
void crypto_mac(const uint8_t key[static CRYPTO_KEY_SIZE], struct str data,
	uint8_t out[static CRYPTO_MAC_SIZE]);
/* The same with a key of any length. */
void crypto_mac_any(struct str key, struct str data, uint8_t out[static CRYPTO_MAC_SIZE]);
bool crypto_mac_matches(const uint8_t key[static CRYPTO_KEY_SIZE], struct str data,
	const uint8_t mac[static CRYPTO_MAC_SIZE]) __attribute__((warn_unused_result));
void crypto_sha256(struct str data, uint8_t out[static CRYPTO_SHA256_SIZE]);
/* SipHash-2-4 under a key of this process: for hash tables only. */
uint64_t crypto_table_hash(struct str data);
/* Constant time for equal lengths. */
bool crypto_equals(const void *a, const void *b, size_t len) __attribute__((warn_unused_result));
/* For keys and passwords that are used no more. */
void crypto_wipe(void *data, size_t len);

/* What a hash of a password costs whoever makes one. */
struct crypto_cost {
	uint64_t passes;
	size_t memory_bytes;
};

/* Argon2id with a salt of its own, as text. False when the memory is not to be had. */
bool crypto_password_hash(struct str password, const struct crypto_cost *cost,
	char hash_out[static CRYPTO_PASSWORD_HASH_SIZE]) __attribute__((warn_unused_result));
/* Costs what the hash did. False also when hash is none, and when the memory is not to be had. */
bool crypto_password_matches(struct str password, const char *hash)
	__attribute__((warn_unused_result));
/* Whether hash has another cost, or is none. */
bool crypto_password_costs_other(const char *hash, const struct crypto_cost *cost)
	__attribute__((warn_unused_result));
/* URL-safe base64 without padding (RFC 4648 5), appended. */
void crypto_base64_encode(struct buf *out, const void *data, size_t len);
/* False unless text is exactly the canonical encoding of at most max bytes. */
bool crypto_base64_decode(struct str text, uint8_t *out, size_t max, size_t *len_out)
	__attribute__((warn_unused_result));
