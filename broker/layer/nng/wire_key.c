/* SPDX-License-Identifier: MIT */
/* A message is a byte for the version, a byte that says whether there is a code (the HMAC), the
 * code and the records. The code is made of the direction, the version and the records. */
#include "broker/layer/nng/wire_key.h"

#include <string.h>

#include "common/base/crypto.h"
#include "common/key_file.h"

#define VERSION 2
#define HEAD_BYTES 2
#define IS_PLAIN 0
#define IS_SIGNED 1

static const char *const problem_names[] = {
	[WIRE_OK] = "none",
	[WIRE_TOO_SHORT] = "too_short",
	[WIRE_OTHER_VERSION] = "other_version",
	[WIRE_NO_KEY] = "no_key",
	[WIRE_WRONG_KEY] = "wrong_key",
};

const char *wire_problem_name(enum wire_problem problem)
{
	return problem_names[problem];
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void trim(struct buf *key)
{
	while (key->len > 0 && is_white(key->data[key->len - 1]))
		key->len--;
	while (key->len > 0 && is_white(key->data[0]))
		buf_drop(key, 1);
}

bool wire_key_read(const char *path, struct buf *key_out, struct buf *problem_out)
{
	if (!key_file_read(path, key_out, problem_out))
		return false;
	trim(key_out);
	if (key_out->len >= WIRE_KEY_BYTES_MIN)
		return true;
	buf_append_format(problem_out, "%s is too short for a key: it takes %d bytes or more", path,
		WIRE_KEY_BYTES_MIN);
	return false;
}

static void sign(struct str key, enum wire_direction direction, struct str records,
	uint8_t code_out[static CRYPTO_MAC_SIZE])
{
	struct buf signed_text = { 0 };

	buf_append_char(&signed_text, (char)direction);
	buf_append_char(&signed_text, VERSION);
	buf_append_str(&signed_text, records);
	crypto_mac_any(key, buf_str(&signed_text), code_out);
	buf_finish(&signed_text);
}

void wire_seal(struct str key, enum wire_direction direction, struct str records, struct buf *out)
{
	uint8_t code[CRYPTO_MAC_SIZE];

	buf_append_char(out, VERSION);
	buf_append_char(out, key.len > 0 ? IS_SIGNED : IS_PLAIN);
	if (key.len > 0) {
		sign(key, direction, records, code);
		buf_append(out, code, sizeof(code));
	}
	buf_append_str(out, records);
}

static enum wire_problem check_code(
	struct str key, enum wire_direction direction, struct str message, struct str *records_out)
{
	uint8_t code[CRYPTO_MAC_SIZE];

	if (message.len < HEAD_BYTES + sizeof(code))
		return WIRE_TOO_SHORT;
	*records_out = str_skip(message, HEAD_BYTES + sizeof(code));
	sign(key, direction, *records_out, code);
	return crypto_equals(code, message.data + HEAD_BYTES, sizeof(code)) ? WIRE_OK
									    : WIRE_WRONG_KEY;
}

enum wire_problem wire_unseal(
	struct str key, enum wire_direction direction, struct str message, struct str *records_out)
{
	*records_out = STR_OF("");
	if (message.len < HEAD_BYTES)
		return WIRE_TOO_SHORT;
	if (message.data[0] != VERSION)
		return WIRE_OTHER_VERSION;
	if (message.data[1] != (key.len > 0 ? IS_SIGNED : IS_PLAIN))
		return WIRE_NO_KEY;
	if (key.len > 0)
		return check_code(key, direction, message, records_out);
	*records_out = str_skip(message, HEAD_BYTES);
	return WIRE_OK;
}
