/* SPDX-License-Identifier: MIT */
/* The id is in the key, so that one row is looked up and one hash compared, whatever is tried. */
#include "common/store/api_key.h"

#define PREFIX "rw_"

static const struct {
	struct str word;
	enum api_scope scope;
} scopes[] = {
	{ STR("admin"), API_ADMIN },
	{ STR("channels:send"), API_CHANNELS_SEND },
	{ STR("messages:read"), API_MESSAGES_READ },
	{ STR("messages:send"), API_MESSAGES_SEND },
	{ STR("rooms:moderate"), API_ROOMS_MODERATE },
	{ STR("rooms:read"), API_ROOMS_READ },
};

#define SCOPE_COUNT (sizeof(scopes) / sizeof(scopes[0]))

void api_key_write(int64_t id, const uint8_t secret[static API_KEY_SECRET_SIZE], struct buf *out)
{
	buf_append_text(out, PREFIX);
	buf_append_number(out, id);
	buf_append_char(out, '_');
	crypto_base64_encode(out, secret, API_KEY_SECRET_SIZE);
}

bool api_key_read(struct str text, int64_t *id_out, uint8_t secret_out[static API_KEY_SECRET_SIZE])
{
	struct str id;
	uint64_t number;
	size_t len;

	if (!str_starts_with(text, STR_OF(PREFIX)))
		return false;
	text = str_skip(text, STR_OF(PREFIX).len);
	if (!str_next(&text, '_', &id) || !str_to_uint64(id, &number) || number > INT64_MAX)
		return false;
	*id_out = (int64_t)number;
	return crypto_base64_decode(text, secret_out, API_KEY_SECRET_SIZE, &len) &&
	       len == API_KEY_SECRET_SIZE;
}

bool api_key_has_secret(const struct api_key *key, const uint8_t secret[static API_KEY_SECRET_SIZE])
{
	uint8_t hash[CRYPTO_SHA256_SIZE];

	crypto_sha256(str_range((const char *)secret, API_KEY_SECRET_SIZE), hash);
	return crypto_equals(hash, key->secret_hash, sizeof(hash));
}

bool api_key_is_over(const struct api_key *key, int64_t now_ms)
{
	return key->expires_ms != 0 && now_ms >= key->expires_ms;
}

bool api_key_has_scope(const struct api_key *key, enum api_scope scope)
{
	return (key->scopes & (API_ADMIN | (unsigned)scope)) != 0;
}

static bool pattern_matches(struct str pattern, struct str name)
{
	if (!str_ends_with(pattern, STR_OF("*")))
		return str_equals(pattern, name);
	return str_starts_with(name, str_range(pattern.data, pattern.len - 1));
}

bool api_key_opens_room(const struct api_key *key, struct str name)
{
	struct str rest = str_from(key->rooms), pattern;

	if (rest.len == 0)
		return true;
	while (str_next(&rest, '\n', &pattern)) {
		if (pattern_matches(pattern, name))
			return true;
	}
	return false;
}

unsigned api_scope_find(struct str word)
{
	for (size_t i = 0; i < SCOPE_COUNT; i++) {
		if (str_equals(word, scopes[i].word))
			return scopes[i].scope;
	}
	return 0;
}

void api_scopes_write(unsigned wanted, struct buf *out)
{
	const char *separator = "";

	for (size_t i = 0; i < SCOPE_COUNT; i++) {
		if ((wanted & scopes[i].scope) == 0)
			continue;
		buf_append_text(out, separator);
		buf_append_str(out, scopes[i].word);
		separator = " ";
	}
}

unsigned api_scopes_read(struct str words)
{
	unsigned found = 0;
	struct str word;

	while (str_next_word(&words, " ", &word))
		found |= api_scope_find(word);
	return found;
}
