/* SPDX-License-Identifier: MIT */
#include "broker/layer/notice.h"

#include "common/base/crypto.h"
#include "common/session.h"
#include "common/user.h"

static const struct row {
	const char *name;
	bool has_key;
} kinds[] = {
	[NOTICE_ANNOUNCE] = { "announce", false },
	[NOTICE_CLOSE] = { "close", false },
	[NOTICE_REVOKE] = { "revoke", true },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

_Static_assert(NOTICE_KEY_MAX >= SESSION_HASH_SIZE && NOTICE_KEY_MAX >= USER_ID_SIZE, "any key");

void notice_write(const struct layer_notice *notice, const char *key, struct json_writer *writer)
{
	json_begin_object(writer, key);
	json_add_string(writer, "kind", str_from(kinds[notice->kind].name));
	json_add_string(writer, "text", notice->text);
	if (kinds[notice->kind].has_key)
		json_add_bytes(writer, "key", notice->key, notice->key_size);
	json_end_object(writer);
}

static bool read_kind(const struct json *json, enum layer_notice_kind *kind_out)
{
	struct str name;

	if (!json_get_string(json_find(json, "kind"), &name))
		return false;
	for (size_t i = 0; i < KINDS; i++) {
		if (str_is(name, kinds[i].name)) {
			*kind_out = (enum layer_notice_kind)i;
			return true;
		}
	}
	return false;
}

static bool read_key(
	const struct json *json, uint8_t key[static NOTICE_KEY_MAX], struct layer_notice *notice)
{
	struct str encoded;

	notice->key = key;
	return json_get_string(json_find(json, "key"), &encoded) &&
	       crypto_base64_decode(encoded, key, NOTICE_KEY_MAX, &notice->key_size) &&
	       (notice->key_size == SESSION_HASH_SIZE || notice->key_size == USER_ID_SIZE);
}

bool notice_read(const struct json *json, uint8_t key[static NOTICE_KEY_MAX],
	struct layer_notice *notice_out)
{
	*notice_out = (struct layer_notice){ 0 };
	return read_kind(json, &notice_out->kind) &&
	       json_get_string(json_find(json, "text"), &notice_out->text) &&
	       notice_out->text.len > 0 &&
	       (!kinds[notice_out->kind].has_key || read_key(json, key, notice_out));
}
