/* SPDX-License-Identifier: MIT */
/* The key of the site is made of random bytes by the program that first needs it. */
#include "common/secret.h"

#include <errno.h>
#include <string.h>

#include "common/key_file.h"

#define SECRET_FILE "secret.key"

static bool make_key(const char *path, struct buf *problem)
{
	uint8_t key[CRYPTO_KEY_SIZE];

	crypto_random(key, sizeof(key));
	return key_file_make(path, str_range((const char *)key, sizeof(key)), problem);
}

/* Also one that another program is just making. */
static bool find_key(const char *path, struct buf *key, struct buf *problem)
{
	struct buf first_problem = { 0 };
	bool is_found = key_file_read(path, key, &first_problem);

	if (!is_found && errno == ENOENT)
		is_found = make_key(path, problem) && key_file_read(path, key, problem);
	else if (!is_found)
		buf_append_str(problem, buf_str(&first_problem));
	buf_finish(&first_problem);
	return is_found;
}

static bool take_key(
	struct secret *secret, const char *path, const struct buf *key, struct buf *problem)
{
	if (key->len == sizeof(secret->key)) {
		memcpy(secret->key, key->data, key->len);
		return true;
	}
	buf_append_format(problem, "%s is not a key of %zu bytes; remove it to have a new one made",
		path, sizeof(secret->key));
	return false;
}

bool secret_load(struct secret *secret, const char *state_directory, struct buf *problem_out)
{
	struct buf path = { 0 }, key = { 0 };
	bool is_loaded;

	buf_append_format(&path, "%s/" SECRET_FILE, state_directory);
	is_loaded = find_key(buf_text(&path), &key, problem_out) &&
		    take_key(secret, buf_text(&path), &key, problem_out);
	buf_finish(&key);
	buf_finish(&path);
	return is_loaded;
}

static void make_mac(const struct secret *secret, struct str purpose, struct str data,
	uint8_t mac_out[static CRYPTO_MAC_SIZE])
{
	struct buf signed_data = { 0 };

	buf_append_str(&signed_data, purpose);
	buf_append_str(&signed_data, data);
	crypto_mac(secret->key, buf_str(&signed_data), mac_out);
	buf_finish(&signed_data);
}

void secret_sign(const struct secret *secret, struct str purpose, struct str data, struct buf *out)
{
	uint8_t mac[CRYPTO_MAC_SIZE];

	make_mac(secret, purpose, data, mac);
	crypto_base64_encode(out, mac, sizeof(mac));
}

bool secret_verify(
	const struct secret *secret, struct str purpose, struct str data, struct str signature)
{
	uint8_t mac[CRYPTO_MAC_SIZE], expected[CRYPTO_MAC_SIZE];
	size_t len;

	if (!crypto_base64_decode(signature, mac, sizeof(mac), &len) || len != sizeof(mac))
		return false;
	make_mac(secret, purpose, data, expected);
	return crypto_equals(mac, expected, sizeof(mac));
}
