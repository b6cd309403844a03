/* SPDX-License-Identifier: MIT */
/* Owns the text of the cookie and checks it strictly. */
#include "common/guest.h"

#include <stdio.h>
#include <string.h>

#include "common/base/utf8.h"
#include "common/cookie.h"

#define COOKIE_VERSION 1
#define COOKIE_PAYLOAD_MAX (1 + USER_ID_SIZE + USER_NAME_SIZE - 1)
#define COOKIE_MAX_AGE_SECONDS (365 * 24 * 60 * 60)

static const struct str purpose = STR("roomwire cookie:");

void guest_create(struct user *guest)
{
	*guest = (struct user){ 0 };
	crypto_random(guest->id, sizeof(guest->id));
	guest_name_by_id(guest);
}

void guest_name_by_id(struct user *guest)
{
	snprintf(guest->name, sizeof(guest->name), "guest-%02x%02x", guest->id[0], guest->id[1]);
}

static bool payload_read(struct user *guest, struct str payload)
{
	struct str name = str_skip(payload, 1 + USER_ID_SIZE);

	if (name.len == 0 || name.len >= USER_NAME_SIZE || payload.data[0] != COOKIE_VERSION)
		return false;
	if (!utf8_is_valid(name) || str_find(name, '\0') < name.len)
		return false;
	*guest = (struct user){ 0 };
	memcpy(guest->id, payload.data + 1, USER_ID_SIZE);
	memcpy(guest->name, name.data, name.len);
	return true;
}

static bool value_read(struct user *guest, const struct secret *secret, struct str value)
{
	struct str encoded = str_range(value.data, str_find(value, '.'));
	char payload[COOKIE_PAYLOAD_MAX];
	size_t len;

	/* Decoding stops at the size of ours, so nothing longer is ever hashed. */
	if (!crypto_base64_decode(encoded, (uint8_t *)payload, sizeof(payload), &len))
		return false;
	if (!secret_verify(secret, purpose, encoded, str_skip(value, encoded.len + 1)))
		return false;
	return payload_read(guest, str_range(payload, len));
}

bool guest_read(
	struct user *guest, const struct secret *secret, struct str cookie_header, bool is_https)
{
	struct str value;

	for (int i = 0; i < COOKIE_TRIES_MAX; i++) {
		if (!cookie_next(&cookie_header, GUEST_COOKIE, is_https, &value))
			return false;
		if (value_read(guest, secret, value))
			return true;
	}
	return false;
}

void guest_write_cookie(
	const struct user *guest, const struct secret *secret, bool is_https, struct buf *out)
{
	char payload[COOKIE_PAYLOAD_MAX] = { COOKIE_VERSION };
	size_t name_len = strnlen(guest->name, USER_NAME_SIZE - 1);
	struct buf value = { 0 }, signature = { 0 };

	memcpy(payload + 1, guest->id, USER_ID_SIZE);
	memcpy(payload + 1 + USER_ID_SIZE, guest->name, name_len);
	crypto_base64_encode(&value, payload, 1 + USER_ID_SIZE + name_len);
	secret_sign(secret, purpose, buf_str(&value), &signature);
	buf_append_char(&value, '.');
	buf_append_str(&value, buf_str(&signature));
	cookie_write(out, GUEST_COOKIE, buf_str(&value), is_https, COOKIE_MAX_AGE_SECONDS);
	buf_finish(&value);
	buf_finish(&signature);
}

void guest_forget_cookie(bool is_https, struct buf *out)
{
	cookie_write(out, GUEST_COOKIE, STR_OF(""), is_https, COOKIE_GONE);
}
