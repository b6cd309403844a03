/* SPDX-License-Identifier: MIT */
/* The signed cookie and the form token. Owns their texts and checks them strictly; who a session
 * belongs to beyond its id and name is for the stores. One secret serves both: what is signed
 * begins with its purpose, so that neither can be passed off as the other. */
#include "common/session.h"

#include <string.h>

#include "common/base/utf8.h"

#define COOKIE_VERSION 1
#define COOKIE_PAYLOAD_MAX (1 + SESSION_ID_SIZE + SESSION_NAME_SIZE - 1)
#define COOKIE_MAX_AGE_SECONDS (365 * 24 * 60 * 60)

static const struct str cookie_purpose = STR("roomwire cookie:");
static const struct str csrf_purpose = STR("roomwire form:");

static void mac_make(const struct session_secret *secret, struct str purpose, struct str data,
	uint8_t mac_out[static CRYPTO_MAC_SIZE])
{
	struct buf signed_data = { 0 };

	buf_append_str(&signed_data, purpose);
	buf_append_str(&signed_data, data);
	crypto_mac(secret->key, buf_str(&signed_data), mac_out);
	buf_finish(&signed_data);
}

static bool mac_matches(const struct session_secret *secret, struct str purpose, struct str data,
	struct str mac_text)
{
	uint8_t mac[CRYPTO_MAC_SIZE], expected[CRYPTO_MAC_SIZE];
	size_t len;

	if (!crypto_base64_decode(mac_text, mac, sizeof(mac), &len) || len != sizeof(mac))
		return false;
	mac_make(secret, purpose, data, expected);
	return crypto_equals(mac, expected, sizeof(mac));
}

static void mac_append(
	const struct session_secret *secret, struct str purpose, struct str data, struct buf *out)
{
	uint8_t mac[CRYPTO_MAC_SIZE];

	mac_make(secret, purpose, data, mac);
	crypto_base64_encode(out, mac, sizeof(mac));
}

void session_create_guest(struct session *session)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = strlen("guest-");

	*session = (struct session){ .name = "guest-" };
	crypto_random(session->id, sizeof(session->id));
	for (size_t i = 0; i < 2; i++) {
		session->name[len++] = digits[session->id[i] >> 4];
		session->name[len++] = digits[session->id[i] & 15];
	}
}

static bool payload_read(struct session *session, struct str payload)
{
	struct str name = str_skip(payload, 1 + SESSION_ID_SIZE);

	if (name.len == 0 || name.len >= SESSION_NAME_SIZE || payload.data[0] != COOKIE_VERSION)
		return false;
	if (!utf8_is_valid(name) || str_find(name, '\0') < name.len)
		return false;
	*session = (struct session){ 0 };
	memcpy(session->id, payload.data + 1, SESSION_ID_SIZE);
	memcpy(session->name, name.data, name.len);
	return true;
}

static bool value_read(
	struct session *session, const struct session_secret *secret, struct str value)
{
	struct str encoded = str_range(value.data, str_find(value, '.'));
	char payload[COOKIE_PAYLOAD_MAX];
	size_t len;

	/* Decoding stops at the size of ours, so nothing longer is ever hashed. */
	if (!crypto_base64_decode(encoded, (uint8_t *)payload, sizeof(payload), &len))
		return false;
	if (!mac_matches(secret, cookie_purpose, encoded, str_skip(value, encoded.len + 1)))
		return false;
	return payload_read(session, str_range(payload, len));
}

bool session_read(
	struct session *session, const struct session_secret *secret, struct str cookie_header)
{
	struct str pair;

	while (str_next(&cookie_header, ';', &pair)) {
		pair = str_trim(pair);
		if (str_starts_with(pair, STR_OF(SESSION_COOKIE "=")) &&
			value_read(session, secret, str_skip(pair, strlen(SESSION_COOKIE "="))))
			return true;
	}
	return false;
}

void session_write_cookie(const struct session *session, const struct session_secret *secret,
	bool secure, struct buf *out)
{
	char payload[COOKIE_PAYLOAD_MAX] = { COOKIE_VERSION };
	size_t name_len = strnlen(session->name, SESSION_NAME_SIZE - 1);
	struct buf encoded = { 0 };

	memcpy(payload + 1, session->id, SESSION_ID_SIZE);
	memcpy(payload + 1 + SESSION_ID_SIZE, session->name, name_len);
	crypto_base64_encode(&encoded, payload, 1 + SESSION_ID_SIZE + name_len);
	buf_append_text(out, SESSION_COOKIE "=");
	buf_append_str(out, buf_str(&encoded));
	buf_append_char(out, '.');
	mac_append(secret, cookie_purpose, buf_str(&encoded), out);
	buf_append_format(out, "; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s",
		COOKIE_MAX_AGE_SECONDS, secure ? "; Secure" : "");
	buf_finish(&encoded);
}

static struct str id_of(const struct session *session)
{
	return str_range((const char *)session->id, sizeof(session->id));
}

void session_csrf_token(
	const struct session *session, const struct session_secret *secret, struct buf *out)
{
	mac_append(secret, csrf_purpose, id_of(session), out);
}

bool session_csrf_matches(
	const struct session *session, const struct session_secret *secret, struct str token)
{
	return mac_matches(secret, csrf_purpose, id_of(session), token);
}
