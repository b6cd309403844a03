/* SPDX-License-Identifier: MIT */
/* The only user of libsodium. Owns the key that this process hashes its tables with; every other
 * key is its caller's. Nothing here is an algorithm of our own. */
#include "common/base/crypto.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static_assert(CRYPTO_KEY_SIZE == crypto_auth_hmacsha256_KEYBYTES, "the key is libsodium's");
static_assert(CRYPTO_MAC_SIZE == crypto_auth_hmacsha256_BYTES, "the code is libsodium's");
static_assert(CRYPTO_SHA256_SIZE == crypto_hash_sha256_BYTES, "the hash is libsodium's");

static_assert(CRYPTO_PASSWORD_HASH_SIZE == crypto_pwhash_STRBYTES, "the text is libsodium's");

static uint8_t table_key[crypto_shorthash_KEYBYTES];

bool crypto_init(void)
{
	int result = sodium_init(); /* 1: it was done before */

	if (result == 0)
		crypto_random(table_key, sizeof(table_key));
	return result >= 0;
}

void crypto_random(void *out, size_t len)
{
	randombytes_buf(out, len);
}

uint64_t crypto_random_uint64(void)
{
	uint64_t number;

	crypto_random(&number, sizeof(number));
	return number;
}

void crypto_mac(const uint8_t key[static CRYPTO_KEY_SIZE], struct str data,
	uint8_t out[static CRYPTO_MAC_SIZE])
{
	crypto_auth_hmacsha256(out, (const unsigned char *)data.data, data.len, key);
}

void crypto_mac_any(struct str key, struct str data, uint8_t out[static CRYPTO_MAC_SIZE])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.data, key.len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)data.data, data.len);
	crypto_auth_hmacsha256_final(&state, out);
}

bool crypto_mac_matches(const uint8_t key[static CRYPTO_KEY_SIZE], struct str data,
	const uint8_t mac[static CRYPTO_MAC_SIZE])
{
	return crypto_auth_hmacsha256_verify(
		       mac, (const unsigned char *)data.data, data.len, key) == 0;
}

void crypto_sha256(struct str data, uint8_t out[static CRYPTO_SHA256_SIZE])
{
	crypto_hash_sha256(out, (const unsigned char *)data.data, data.len);
}

uint64_t crypto_table_hash(struct str data)
{
	uint64_t hash;

	static_assert(sizeof(hash) == crypto_shorthash_BYTES, "the hash fills a word");
	crypto_shorthash(
		(unsigned char *)&hash, (const unsigned char *)data.data, data.len, table_key);
	return hash;
}

bool crypto_equals(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}

void crypto_wipe(void *data, size_t len)
{
	sodium_memzero(data, len);
}

/* libsodium wants an address for an empty one, too. */
static const char *address_of(struct str password)
{
	return password.len == 0 ? "" : password.data;
}

bool crypto_password_hash(struct str password, const struct crypto_cost *cost,
	char hash_out[static CRYPTO_PASSWORD_HASH_SIZE])
{
	return crypto_pwhash_str_alg(hash_out, address_of(password), password.len, cost->passes,
		       cost->memory_bytes, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

bool crypto_password_matches(struct str password, const char *hash)
{
	return crypto_pwhash_str_verify(hash, address_of(password), password.len) == 0;
}

bool crypto_password_costs_other(const char *hash, const struct crypto_cost *cost)
{
	return crypto_pwhash_str_needs_rehash(hash, cost->passes, cost->memory_bytes) != 0;
}

void crypto_base64_encode(struct buf *out, const void *data, size_t len)
{
	size_t size = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);

	sodium_bin2base64(
		buf_reserve(out, size), size, data, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	out->len += size - 1; /* without its NUL */
}

/* Every byte above ASCII passes for a letter with libsodium 1.0.18, where char is signed. */
static bool is_ascii(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.data[i] >= 0x80)
			return false;
	}
	return true;
}

bool crypto_base64_decode(struct str text, uint8_t *out, size_t max, size_t *len_out)
{
	if (text.len == 0) {
		*len_out = 0;
		return true;
	}
	if (!is_ascii(text))
		return false;
	return sodium_base642bin(out, max, text.data, text.len, NULL, len_out, NULL,
		       sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
}
