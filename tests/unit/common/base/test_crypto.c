/* SPDX-License-Identifier: MIT */
/* Known answers (RFC 4231, FIPS 180-2, RFC 4648), and that nothing but the canonical encoding is
 * taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/crypto.h"

static void sha256_gives_the_known_answer(void **state)
{
	static const uint8_t expected[CRYPTO_SHA256_SIZE] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01,
		0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3,
		0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad };
	uint8_t hash[CRYPTO_SHA256_SIZE];

	crypto_sha256(STR_OF("abc"), hash);
	assert_memory_equal(hash, expected, sizeof(hash));
	(void)state;
}

static void mac_gives_the_known_answer(void **state)
{
	/* RFC 4231 4.3: a key shorter than a block is padded with zeroes, as ours is here. */
	static const uint8_t key[CRYPTO_KEY_SIZE] = "Jefe";
	static const uint8_t expected[CRYPTO_MAC_SIZE] = { 0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75,
		0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d,
		0x27, 0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43 };
	const struct str data = STR("what do ya want for nothing?");
	uint8_t mac[CRYPTO_MAC_SIZE];

	crypto_mac(key, data, mac);
	assert_memory_equal(mac, expected, sizeof(mac));
	assert_true(crypto_mac_matches(key, data, mac));
	mac[31] ^= 1;
	assert_false(crypto_mac_matches(key, data, mac));
	(void)state;
}

static void base64_round_trips_at_every_length(void **state)
{
	uint8_t bytes[70], again[70];

	crypto_random(bytes, sizeof(bytes));
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct buf text = { 0 };
		size_t again_len = 99;

		crypto_base64_encode(&text, bytes, len);
		assert_int_equal(text.len, (len * 4 + 2) / 3);
		assert_true(crypto_base64_decode(buf_str(&text), again, sizeof(again), &again_len));
		assert_int_equal(again_len, len);
		assert_memory_equal(again, bytes, len);
		buf_finish(&text);
	}
	(void)state;
}

static void base64_refuses_all_but_the_canonical_form(void **state)
{
	static const char *const refused[] = { "YQ==", "YR", "Y", "YW\n", "YW J", "Y+==", "YW/i",
		"YWJj!", "YWJjZA" };
	uint8_t out[3];
	size_t len;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_false(crypto_base64_decode(str_from(refused[i]), out, sizeof(out), &len));
	assert_true(crypto_base64_decode(STR_OF("YWJj"), out, sizeof(out), &len));
	assert_memory_equal(out, "abc", 3);
	(void)state;
}

static void base64_knows_sixty_four_characters(void **state)
{
	uint8_t out[3];
	size_t len;

	for (size_t position = 0; position < 4; position++) {
		char text[] = "AAAA";
		size_t count = 0;

		for (int c = 0; c <= UINT8_MAX; c++) {
			text[position] = (char)c;
			count += crypto_base64_decode(str_range(text, 4), out, sizeof(out), &len);
		}
		assert_int_equal(count, 64);
	}
	(void)state;
}

static const struct crypto_cost cost = { .passes = 1, .memory_bytes = 8192 };

static void password_matches_its_hash_alone(void **state)
{
	char hash[CRYPTO_PASSWORD_HASH_SIZE], again[CRYPTO_PASSWORD_HASH_SIZE];
	struct str password = STR("correct\0horse");

	assert_true(crypto_password_hash(password, &cost, hash));
	assert_true(crypto_password_hash(password, &cost, again));
	assert_true(str_starts_with(str_from(hash), STR_OF("$argon2id$v=19$m=8,t=1,p=1$")));
	assert_string_not_equal(hash, again);
	assert_true(crypto_password_matches(password, hash));
	assert_true(crypto_password_matches(password, again));
	assert_false(crypto_password_matches(STR_OF("correct\0horsf"), hash));
	assert_false(crypto_password_matches(STR_OF("correct"), hash));
	assert_false(crypto_password_matches((struct str){ 0 }, hash));
	(void)state;
}

static void empty_password_is_one(void **state)
{
	char hash[CRYPTO_PASSWORD_HASH_SIZE];

	assert_true(crypto_password_hash((struct str){ 0 }, &cost, hash));
	assert_true(crypto_password_matches((struct str){ 0 }, hash));
	assert_false(crypto_password_matches(STR_OF("a"), hash));
	(void)state;
}

static void what_is_no_hash_matches_nothing(void **state)
{
	static const char *const hashes[] = { "", "x", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$",
		"$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$",
		"$2b$12$abcdefghijklmnopqrstuv" };

	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		assert_false(crypto_password_matches(STR_OF("a"), hashes[i]));
		assert_false(crypto_password_matches(STR_OF(""), hashes[i]));
		assert_true(crypto_password_costs_other(hashes[i], &cost));
	}
	(void)state;
}

static void cost_is_read_from_a_hash(void **state)
{
	static const struct crypto_cost others[] = { { 2, 8192 }, { 1, 16384 }, { 3, 16384 } };
	char hash[CRYPTO_PASSWORD_HASH_SIZE];

	assert_true(crypto_password_hash(STR_OF("a"), &cost, hash));
	assert_false(crypto_password_costs_other(hash, &cost));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_true(crypto_password_costs_other(hash, &others[i]));
	(void)state;
}

static void memory_that_nobody_has_is_an_answer(void **state)
{
	static const struct crypto_cost huge = { .passes = 1, .memory_bytes = (size_t)1 << 62 };
	char hash[CRYPTO_PASSWORD_HASH_SIZE];

	assert_false(crypto_password_hash(STR_OF("a"), &huge, hash));
	(void)state;
}

static void wiped_data_is_zero(void **state)
{
	char data[] = "secret";

	crypto_wipe(data, sizeof(data));
	crypto_wipe(NULL, 0);
	for (size_t i = 0; i < sizeof(data); i++)
		assert_int_equal(data[i], 0);
	(void)state;
}

static void equals_sees_every_byte(void **state)
{
	assert_true(crypto_equals("abc", "abc", 3));
	assert_false(crypto_equals("abc", "abd", 3));
	assert_false(crypto_equals("xbc", "abc", 3));
	(void)state;
}

static void randomness_does_not_repeat(void **state)
{
	assert_true(crypto_random_uint64() != crypto_random_uint64());
	assert_true(crypto_table_hash(STR_OF("a")) != crypto_table_hash(STR_OF("b")));
	assert_true(crypto_table_hash(STR_OF("a")) == crypto_table_hash(STR_OF("a")));
	(void)state;
}

static void second_init_keeps_the_table_key(void **state)
{
	uint64_t before = crypto_table_hash(STR_OF("room"));

	assert_true(crypto_init());
	assert_true(crypto_table_hash(STR_OF("room")) == before);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_gives_the_known_answer),
		cmocka_unit_test(mac_gives_the_known_answer),
		cmocka_unit_test(base64_round_trips_at_every_length),
		cmocka_unit_test(base64_refuses_all_but_the_canonical_form),
		cmocka_unit_test(base64_knows_sixty_four_characters),
		cmocka_unit_test(password_matches_its_hash_alone),
		cmocka_unit_test(empty_password_is_one),
		cmocka_unit_test(what_is_no_hash_matches_nothing),
		cmocka_unit_test(cost_is_read_from_a_hash),
		cmocka_unit_test(memory_that_nobody_has_is_an_answer),
		cmocka_unit_test(wiped_data_is_zero),
		cmocka_unit_test(equals_sees_every_byte),
		cmocka_unit_test(randomness_does_not_repeat),
		cmocka_unit_test(second_init_keeps_the_table_key),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
