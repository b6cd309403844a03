/* SPDX-License-Identifier: MIT */
/* The escape begins with "u--", and no plain name does, so the mapping is injective. base32 has no
 * '-', so the hashed form "u--h-" differs from the other one. */
#include "common/room_name.h"

#include <string.h>

#include "common/base/crypto.h"
#include "common/base/utf8.h"

#define PLAIN_NAME_MAX 94
#define ESCAPE "u--"
#define HASH_ESCAPE "u--h-"

/* RFC 4648 6, in lower case and without padding. */
static const char base32_digits[] = "abcdefghijklmnopqrstuvwxyz234567";

/* First path segments of a site whose pages are mounted at "/". */
static const char *const reserved[] = {
	"accounts",
	"admin",
	"api",
	"chat",
	"healthz",
	"metrics",
	"poll",
	"sse",
	"static",
	"ws",
};

static bool is_group_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '-';
}

static bool is_group_text(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_group_char(text.data[i]))
			return false;
	}
	return text.len >= 1 && text.len <= PLAIN_NAME_MAX;
}

static bool is_plain(struct str name)
{
	return is_group_text(name) && !str_starts_with(name, STR_OF(ESCAPE));
}

enum name_problem room_name_normalize(struct str raw, struct buf *out)
{
	enum name_problem problem = name_normalize(raw, PLAIN_NAME_MAX, out);

	if (problem == NAME_OK && !is_plain(buf_str(out)) &&
		utf8_count(buf_str(out)) > NAME_ROOM_MAX)
		return NAME_TOO_LONG;
	return problem;
}

bool room_name_is_normal(struct str name)
{
	struct buf normal = { 0 };
	bool is_normal = room_name_normalize(name, &normal) == NAME_OK &&
			 str_equals(buf_str(&normal), name);

	buf_finish(&normal);
	return is_normal;
}

static void append_base32(struct buf *out, const uint8_t *data, size_t len)
{
	uint32_t bits = 0;
	unsigned count = 0;

	for (size_t i = 0; i < len; i++) {
		bits = (bits << 8) | data[i];
		for (count += 8; count >= 5; count -= 5)
			buf_append_char(out, base32_digits[(bits >> (count - 5)) & 31]);
	}
	if (count > 0)
		buf_append_char(out, base32_digits[(bits << (5 - count)) & 31]);
}

void room_name_group(struct str name, struct buf *out)
{
	uint8_t hash[CRYPTO_SHA256_SIZE];

	buf_append_text(out, ROOM_GROUP_PREFIX);
	if (is_plain(name)) {
		buf_append_str(out, name);
	} else if (strlen(ESCAPE) + (name.len * 8 + 4) / 5 <= PLAIN_NAME_MAX) {
		buf_append_text(out, ESCAPE);
		append_base32(out, (const uint8_t *)name.data, name.len);
	} else {
		crypto_sha256(name, hash);
		buf_append_text(out, HASH_ESCAPE);
		append_base32(out, hash, sizeof(hash));
	}
}

/* False for a text that append_base32 does not write: other letters, or left-over bits that are not
 * zero. */
static bool decode_base32(struct str text, struct buf *out)
{
	uint32_t bits = 0;
	unsigned count = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char *digit = text.data[i] == '\0' ? NULL
							 : strchr(base32_digits, text.data[i]);

		if (digit == NULL)
			return false;
		bits = (bits << 5) | (uint32_t)(digit - base32_digits);
		count += 5;
		if (count >= 8) {
			count -= 8;
			buf_append_char(out, (char)((bits >> count) & 0xff));
		}
	}
	return count < 5 && (bits & ((1U << count) - 1)) == 0;
}

/* Only what room_name_group writes is a group: one name, one group. */
static bool is_group_of(struct str name, struct str group)
{
	struct buf again = { 0 };
	bool is_same;

	room_name_group(name, &again);
	is_same = str_equals(buf_str(&again), group);
	buf_finish(&again);
	return is_same;
}

bool room_name_from_group(struct str group, struct buf *out)
{
	struct buf name = { 0 };
	struct str rest;
	bool is_found;

	if (!room_group_is_valid(group))
		return false;
	rest = str_skip(group, strlen(ROOM_GROUP_PREFIX));
	if (is_plain(rest))
		buf_append_str(&name, rest);
	else if (!decode_base32(str_skip(rest, strlen(ESCAPE)), &name))
		buf_clear(&name);
	is_found = room_name_is_normal(buf_str(&name)) && is_group_of(buf_str(&name), group);
	if (is_found)
		buf_append_str(out, buf_str(&name));
	buf_finish(&name);
	return is_found;
}

bool room_group_is_hash(struct str group)
{
	return str_starts_with(group, STR_OF(ROOM_GROUP_PREFIX HASH_ESCAPE));
}

bool room_group_is_valid(struct str group)
{
	return str_starts_with(group, STR_OF(ROOM_GROUP_PREFIX)) &&
	       is_group_text(str_skip(group, strlen(ROOM_GROUP_PREFIX)));
}

bool room_name_is_reserved(struct str name)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (str_is(name, reserved[i]))
			return true;
	}
	return false;
}
