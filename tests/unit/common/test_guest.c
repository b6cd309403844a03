/* SPDX-License-Identifier: MIT */
/* The cookie comes back as it went out, and only so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/cookie.h"
#include "common/guest.h"

static const struct secret secret = { "an example key of thirty-two byt" };
static const struct secret other_secret = { "another example of a key of 32 b" };

static struct user example(void)
{
	return (struct user){ .id = "0123456789abcde", .name = "J\xc3\xbcrgen \xe6\x88\xbf" };
}

/* The "roomwire=…" of a Set-Cookie header, as a browser sends it back. */
static struct str cookie_pair(const struct user *user, struct buf *out)
{
	struct str pair;

	buf_clear(out);
	guest_write_cookie(user, &secret, false, out);
	pair = buf_str(out);
	pair.len = str_find(pair, ';');
	return pair;
}

static void cookie_comes_back_with_id_and_name(void **state)
{
	struct user user = example();
	struct user again;
	struct buf cookie = { 0 };

	assert_true(guest_read(&again, &secret, cookie_pair(&user, &cookie), false));
	assert_memory_equal(again.id, user.id, USER_ID_SIZE);
	assert_string_equal(again.name, user.name);
	buf_finish(&cookie);
	(void)state;
}

static void name_of_full_length_fits_the_cookie(void **state)
{
	struct user user = example();
	struct user again;
	struct buf cookie = { 0 };

	memset(user.name, 'x', USER_NAME_SIZE - 1);
	assert_true(guest_read(&again, &secret, cookie_pair(&user, &cookie), false));
	assert_string_equal(again.name, user.name);
	buf_finish(&cookie);
	(void)state;
}

static void cookie_is_found_among_others(void **state)
{
	struct user user = example();
	struct user again;
	struct buf cookie = { 0 }, header = { 0 };
	struct str pair = cookie_pair(&user, &cookie);

	buf_append_text(&header, "xroomwire=1; roomwire=; roomwire=bad.bad;a=b ;  ");
	buf_append_str(&header, pair);
	assert_true(guest_read(&again, &secret, buf_str(&header), false));
	buf_append_text(&header, "; z=1");
	assert_true(guest_read(&again, &secret, buf_str(&header), false));
	assert_string_equal(again.name, user.name);
	buf_finish(&cookie);
	buf_finish(&header);
	(void)state;
}

static void cookie_changed_or_cut_anywhere_is_refused(void **state)
{
	struct user user = example();
	struct user again;
	struct buf cookie = { 0 };
	struct str pair = cookie_pair(&user, &cookie);

	for (size_t i = 0; i < pair.len; i++) {
		assert_false(guest_read(&again, &secret, str_range(pair.data, i), false));
		cookie.data[i] ^= 1;
		assert_false(guest_read(&again, &secret, pair, false));
		cookie.data[i] ^= 1;
	}
	assert_true(guest_read(&again, &secret, pair, false));
	assert_false(guest_read(&again, &other_secret, pair, false));
	cookie.data[pair.len] = 'A'; /* where the attributes begin */
	assert_false(guest_read(&again, &secret, str_range(pair.data, pair.len + 1), false));
	buf_finish(&cookie);
	(void)state;
}

/* The last characters of both parts have bits that say nothing: they are not to be changed either.
 */
static void no_bit_of_a_cookie_can_be_flipped(void **state)
{
	struct user user = example();
	struct user again;
	struct buf cookie = { 0 };
	struct str pair = cookie_pair(&user, &cookie);

	for (size_t bit = 0; bit < pair.len * 8; bit++) {
		cookie.data[bit / 8] ^= (char)(1 << bit % 8);
		if (guest_read(&again, &secret, pair, false))
			fail_msg("bit %zu of the cookie does not count", bit);
		cookie.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	assert_true(guest_read(&again, &secret, pair, false));
	buf_finish(&cookie);
	(void)state;
}

static void plain_cookie_is_not_believed_over_https(void **state)
{
	struct user user = example();
	struct user again;
	struct buf cookie = { 0 };

	assert_false(guest_read(&again, &secret, cookie_pair(&user, &cookie), true));
	buf_clear(&cookie);
	guest_write_cookie(&user, &secret, true, &cookie);
	assert_true(guest_read(&again, &secret, buf_str(&cookie), true));
	assert_true(guest_read(&again, &secret, buf_str(&cookie), false));
	buf_finish(&cookie);
	(void)state;
}

static void only_so_many_cookies_are_tried(void **state)
{
	struct user user = example();
	struct user again;
	struct buf cookie = { 0 }, header = { 0 };
	struct str pair = cookie_pair(&user, &cookie);

	for (int i = 1; i < COOKIE_TRIES_MAX; i++)
		buf_append_text(&header, "roomwire=x; ");
	buf_append_str(&header, pair);
	assert_true(guest_read(&again, &secret, buf_str(&header), false));
	buf_clear(&header);
	for (int i = 0; i < COOKIE_TRIES_MAX; i++)
		buf_append_text(&header, "roomwire=x; ");
	buf_append_str(&header, pair);
	assert_false(guest_read(&again, &secret, buf_str(&header), false));
	buf_finish(&cookie);
	buf_finish(&header);
	(void)state;
}

static void cookie_is_forgotten_by_its_name(void **state)
{
	struct buf cookie = { 0 };

	guest_forget_cookie(true, &cookie);
	assert_string_equal(buf_text(&cookie),
		"__Host-roomwire=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
	buf_clear(&cookie);
	guest_forget_cookie(false, &cookie);
	assert_string_equal(
		buf_text(&cookie), "roomwire=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
	buf_finish(&cookie);
	(void)state;
}

/* Signed by us, but of no form that this version writes. */
static void signed_payload_of_another_form_is_refused(void **state)
{
	static const struct str payloads[] = {
		STR("\x02"
		    "0123456789abcdefann"), /* another version */
		STR("\x01"
		    "0123456789abcdef"), /* no name */
		STR("\x01"
		    "0123456789abcde"),
		STR("\x01"
		    "0123456789abcdef\xff"),
		STR("\x01"
		    "0123456789abcdefa\0b"),
		STR(""),
	};

	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		struct buf encoded = { 0 }, data = { 0 }, header = { 0 };
		uint8_t mac[CRYPTO_MAC_SIZE];
		struct user user;

		crypto_base64_encode(&encoded, payloads[i].data, payloads[i].len);
		buf_append_text(&data, "roomwire cookie:");
		buf_append_str(&data, buf_str(&encoded));
		crypto_mac(secret.key, buf_str(&data), mac);
		buf_append_format(&header, "roomwire=%.*s.", STR_ARG(buf_str(&encoded)));
		crypto_base64_encode(&header, mac, sizeof(mac));
		assert_false(guest_read(&user, &secret, buf_str(&header), false));
		buf_finish(&encoded);
		buf_finish(&data);
		buf_finish(&header);
	}
	(void)state;
}

static void header_without_a_cookie_is_nobodys(void **state)
{
	static const char *const headers[] = { "", ";", "roomwire", "roomwire=", "roomwire=.",
		"roomwire=..", "=;=", "ROOMWIRE=a.b" };
	struct user user;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_false(guest_read(&user, &secret, str_from(headers[i]), false));
	(void)state;
}

static void set_cookie_has_its_attributes(void **state)
{
	struct user user = example();
	struct buf cookie = { 0 };

	guest_write_cookie(&user, &secret, true, &cookie);
	assert_true(str_starts_with(buf_str(&cookie), STR_OF("__Host-roomwire=")));
	assert_true(str_ends_with(buf_str(&cookie),
		STR_OF("; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure")));
	buf_clear(&cookie);
	guest_write_cookie(&user, &secret, false, &cookie);
	assert_true(str_starts_with(buf_str(&cookie), STR_OF("roomwire=")));
	assert_true(str_ends_with(buf_str(&cookie), STR_OF("; SameSite=Lax")));
	buf_finish(&cookie);
	(void)state;
}

static void guest_is_named_after_its_random_id(void **state)
{
	struct user one, two;
	char expected[USER_NAME_SIZE];

	guest_create(&one);
	guest_create(&two);
	assert_memory_not_equal(one.id, two.id, USER_ID_SIZE);
	snprintf(expected, sizeof(expected), "guest-%02x%02x", one.id[0], one.id[1]);
	assert_string_equal(one.name, expected);
	memset(one.name, 'x', sizeof(one.name) - 1);
	guest_name_by_id(&one);
	assert_string_equal(one.name, expected);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cookie_comes_back_with_id_and_name),
		cmocka_unit_test(name_of_full_length_fits_the_cookie),
		cmocka_unit_test(cookie_is_found_among_others),
		cmocka_unit_test(cookie_changed_or_cut_anywhere_is_refused),
		cmocka_unit_test(no_bit_of_a_cookie_can_be_flipped),
		cmocka_unit_test(plain_cookie_is_not_believed_over_https),
		cmocka_unit_test(only_so_many_cookies_are_tried),
		cmocka_unit_test(cookie_is_forgotten_by_its_name),
		cmocka_unit_test(signed_payload_of_another_form_is_refused),
		cmocka_unit_test(header_without_a_cookie_is_nobodys),
		cmocka_unit_test(set_cookie_has_its_attributes),
		cmocka_unit_test(guest_is_named_after_its_random_id),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
