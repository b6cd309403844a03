/* SPDX-License-Identifier: MIT */
/* Owns the text of the cookie and checks it strictly. */
#include "common/guest.h"

#include <string.h>

#include "common/base/utf8.h"

#define COOKIE_VERSION 1
#define COOKIE_PAYLOAD_MAX (1 + USER_ID_SIZE + USER_NAME_SIZE - 1)
#define COOKIE_MAX_AGE_SECONDS (365 * 24 * 60 * 60)

static const struct str purpose = STR("roomwire cookie:");

void guest_create(struct user *guest)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = strlen("guest-");

	*guest = (struct user){ .name = "guest-" };
	crypto_random(guest->id, sizeof(guest->id));
	for (size_t i = 0; i < 2; i++) {
		guest->name[len++] = digits[guest->id[i] >> 4];
		guest->name[len++] = digits[guest->id[i] & 15];
	}
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

bool guest_read(struct user *guest, const struct secret *secret, struct str cookie_header)
{
	struct str pair;

	while (str_next(&cookie_header, ';', &pair)) {
		pair = str_trim(pair);
		if (str_starts_with(pair, STR_OF(GUEST_COOKIE "=")) &&
			value_read(guest, secret, str_skip(pair, strlen(GUEST_COOKIE "="))))
			return true;
	}
	return false;
}

void guest_write_cookie(
	const struct user *guest, const struct secret *secret, bool secure, struct buf *out)
{
	char payload[COOKIE_PAYLOAD_MAX] = { COOKIE_VERSION };
	size_t name_len = strnlen(guest->name, USER_NAME_SIZE - 1);
	struct buf encoded = { 0 };

	memcpy(payload + 1, guest->id, USER_ID_SIZE);
	memcpy(payload + 1 + USER_ID_SIZE, guest->name, name_len);
	crypto_base64_encode(&encoded, payload, 1 + USER_ID_SIZE + name_len);
	buf_append_text(out, GUEST_COOKIE "=");
	buf_append_str(out, buf_str(&encoded));
	buf_append_char(out, '.');
	secret_sign(secret, purpose, buf_str(&encoded), out);
	buf_append_format(out, "; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s",
		COOKIE_MAX_AGE_SECONDS, secure ? "; Secure" : "");
	buf_finish(&encoded);
}
