/* SPDX-License-Identifier: MIT */
/* The cookie comes back as it went out, and only so; the form token belongs to its session alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/session.h"

static const struct session_secret secret = { "an example key of thirty-two byt" };
static const struct session_secret other_secret = { "another example of a key of 32 b" };

static struct session example(void)
{
	return (struct session){ .id = "0123456789abcde", .name = "J\xc3\xbcrgen \xe6\x88\xbf" };
}

/* The "roomwire=…" of a Set-Cookie header, as a browser sends it back. */
static struct str cookie_pair(const struct session *session, struct buf *out)
{
	struct str pair;

	buf_clear(out);
	session_write_cookie(session, &secret, false, out);
	pair = buf_str(out);
	pair.len = str_find(pair, ';');
	return pair;
}

static void cookie_comes_back_with_id_and_name(void **state)
{
	struct session session = example();
	struct session again;
	struct buf cookie = { 0 };

	assert_true(session_read(&again, &secret, cookie_pair(&session, &cookie)));
	assert_memory_equal(again.id, session.id, SESSION_ID_SIZE);
	assert_string_equal(again.name, session.name);
	buf_finish(&cookie);
	(void)state;
}

static void name_of_full_length_fits_the_cookie(void **state)
{
	struct session session = example();
	struct session again;
	struct buf cookie = { 0 };

	memset(session.name, 'x', SESSION_NAME_SIZE - 1);
	assert_true(session_read(&again, &secret, cookie_pair(&session, &cookie)));
	assert_string_equal(again.name, session.name);
	buf_finish(&cookie);
	(void)state;
}

static void cookie_is_found_among_others(void **state)
{
	struct session session = example();
	struct session again;
	struct buf cookie = { 0 }, header = { 0 };
	struct str pair = cookie_pair(&session, &cookie);

	buf_append_text(&header, "xroomwire=1; roomwire=; roomwire=bad.bad;a=b ;  ");
	buf_append_str(&header, pair);
	assert_true(session_read(&again, &secret, buf_str(&header)));
	buf_append_text(&header, "; z=1");
	assert_true(session_read(&again, &secret, buf_str(&header)));
	assert_string_equal(again.name, session.name);
	buf_finish(&cookie);
	buf_finish(&header);
	(void)state;
}

static void cookie_changed_or_cut_anywhere_is_refused(void **state)
{
	struct session session = example();
	struct session again;
	struct buf cookie = { 0 };
	struct str pair = cookie_pair(&session, &cookie);

	for (size_t i = 0; i < pair.len; i++) {
		assert_false(session_read(&again, &secret, str_range(pair.data, i)));
		cookie.data[i] ^= 1;
		assert_false(session_read(&again, &secret, pair));
		cookie.data[i] ^= 1;
	}
	assert_true(session_read(&again, &secret, pair));
	assert_false(session_read(&again, &other_secret, pair));
	cookie.data[pair.len] = 'A'; /* where the attributes begin */
	assert_false(session_read(&again, &secret, str_range(pair.data, pair.len + 1)));
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
		struct session session;

		crypto_base64_encode(&encoded, payloads[i].data, payloads[i].len);
		buf_append_text(&data, "roomwire cookie:");
		buf_append_str(&data, buf_str(&encoded));
		crypto_mac(secret.key, buf_str(&data), mac);
		buf_append_format(&header, "roomwire=%.*s.", STR_ARG(buf_str(&encoded)));
		crypto_base64_encode(&header, mac, sizeof(mac));
		assert_false(session_read(&session, &secret, buf_str(&header)));
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
	struct session session;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_false(session_read(&session, &secret, str_from(headers[i])));
	(void)state;
}

static void set_cookie_has_its_attributes(void **state)
{
	struct session session = example();
	struct buf cookie = { 0 };

	session_write_cookie(&session, &secret, true, &cookie);
	assert_true(str_ends_with(buf_str(&cookie),
		STR_OF("; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure")));
	buf_clear(&cookie);
	session_write_cookie(&session, &secret, false, &cookie);
	assert_true(str_ends_with(buf_str(&cookie), STR_OF("; SameSite=Lax")));
	buf_finish(&cookie);
	(void)state;
}

static void guest_is_named_after_its_random_id(void **state)
{
	struct session one, two;
	char expected[SESSION_NAME_SIZE];

	session_create_guest(&one);
	session_create_guest(&two);
	assert_memory_not_equal(one.id, two.id, SESSION_ID_SIZE);
	snprintf(expected, sizeof(expected), "guest-%02x%02x", one.id[0], one.id[1]);
	assert_string_equal(one.name, expected);
	(void)state;
}

static void form_token_belongs_to_one_id_and_secret(void **state)
{
	struct session session = example(), renamed = example(), other = example();
	struct buf token = { 0 };

	other.id[0] ^= 1;
	renamed.name[0] = 'j';
	session_csrf_token(&session, &secret, &token);
	assert_true(session_csrf_matches(&session, &secret, buf_str(&token)));
	assert_true(session_csrf_matches(&renamed, &secret, buf_str(&token)));
	assert_false(session_csrf_matches(&other, &secret, buf_str(&token)));
	assert_false(session_csrf_matches(&session, &other_secret, buf_str(&token)));
	assert_false(session_csrf_matches(&session, &secret, (struct str){ 0 }));
	for (size_t len = 0; len < token.len; len++)
		assert_false(session_csrf_matches(&session, &secret, str_range(token.data, len)));
	buf_finish(&token);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cookie_comes_back_with_id_and_name),
		cmocka_unit_test(name_of_full_length_fits_the_cookie),
		cmocka_unit_test(cookie_is_found_among_others),
		cmocka_unit_test(cookie_changed_or_cut_anywhere_is_refused),
		cmocka_unit_test(signed_payload_of_another_form_is_refused),
		cmocka_unit_test(header_without_a_cookie_is_nobodys),
		cmocka_unit_test(set_cookie_has_its_attributes),
		cmocka_unit_test(guest_is_named_after_its_random_id),
		cmocka_unit_test(form_token_belongs_to_one_id_and_secret),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
