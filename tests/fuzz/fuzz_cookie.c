/* SPDX-License-Identifier: MIT */
/* Properties: no Cookie header that we did not sign is taken for a guest's (the secret is random
 * and never shown, so any success is a forgery); a guest with any name that fits comes back as it
 * went out; a cookie's value is what stands between a '=' and the next ';', and looking for the
 * next one comes to an end; a session is read of the text of its bytes alone. */
#include <stdlib.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/base/utf8.h"
#include "common/cookie.h"
#include "common/guest.h"
#include "common/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct secret secret;

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void secret_make_once(void)
{
	static bool is_made;

	if (is_made)
		return;
	require(crypto_init());
	crypto_random(secret.key, sizeof(secret.key));
	is_made = true;
}

static void name_try(struct str name)
{
	struct user user = { .id = "a guest's 128 b" };
	struct user again;
	struct buf cookie = { 0 };
	struct str pair;

	if (name.len == 0 || name.len >= USER_NAME_SIZE || !utf8_is_valid(name) ||
		str_find(name, '\0') < name.len)
		return;
	memcpy(user.name, name.data, name.len);
	guest_write_cookie(&user, &secret, true, &cookie);
	pair = str_range(cookie.data, str_find(buf_str(&cookie), ';'));
	require(guest_read(&again, &secret, pair, true));
	require(memcmp(&again, &user, sizeof(user)) == 0);
	buf_finish(&cookie);
}

static void values_try(struct str header, bool is_https)
{
	struct str rest = header;
	struct str value;

	for (size_t left = rest.len; cookie_next(&rest, GUEST_COOKIE, is_https, &value);
		left = rest.len) {
		require(rest.len < left);
		require(str_find(value, ';') == value.len);
		require(value.len == 0 ||
			(value.data > header.data && value.data[-1] == '=' &&
				value.data + value.len <= header.data + header.len));
	}
}

/* Whether one of the values is the text of a key with that hash. */
static bool has_key(struct str header, bool is_https, const uint8_t hash[static SESSION_HASH_SIZE])
{
	uint8_t key[32], hash_of_key[SESSION_HASH_SIZE];
	struct buf text = { 0 };
	struct str value;
	bool is_it = false;
	size_t len;

	while (!is_it && cookie_next(&header, SESSION_COOKIE, is_https, &value)) {
		if (!crypto_base64_decode(value, key, sizeof(key), &len) || len != sizeof(key))
			continue;
		buf_clear(&text);
		crypto_base64_encode(&text, key, len);
		crypto_sha256(str_range((const char *)key, len), hash_of_key);
		is_it = str_equals(buf_str(&text), value) &&
			memcmp(hash_of_key, hash, SESSION_HASH_SIZE) == 0;
	}
	buf_finish(&text);
	return is_it;
}

static void session_try(struct str header, bool is_https)
{
	uint8_t hash[SESSION_HASH_SIZE];

	if (session_read_cookie(header, is_https, hash))
		require(has_key(header, is_https, hash));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_range((const char *)data, size);
	struct user user = { 0 };

	secret_make_once();
	require(!guest_read(&user, &secret, text, true));
	require(!guest_read(&user, &secret, text, false));
	for (int is_https = 0; is_https <= 1; is_https++) {
		values_try(text, is_https);
		session_try(text, is_https);
	}
	name_try(text);
	return 0;
}
