/* SPDX-License-Identifier: MIT */
/* The file of the signing key. A key that others can read is refused rather than repaired: who
 * has read it may sign as anybody, so a person has to decide. Programs that start at once each
 * write their own file, and link(2) lets exactly one of them have the name. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/secret.h"

#define SECRET_FILE "secret.key"

static bool problem_errno(struct buf *problem, const char *verb, const char *path)
{
	const char *reason = strerrordesc_np(errno);

	buf_append_format(
		problem, "cannot %s %s: %s", verb, path, reason == NULL ? "unknown error" : reason);
	return false;
}

static bool key_read(struct secret *secret, int fd, const char *path, struct buf *problem)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return problem_errno(problem, "read", path);
	if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		buf_append_format(problem,
			"%s is open to others than its owner; chmod 600 it, or remove "
			"it if they may have read it",
			path);
		return false;
	}
	if (status.st_size != sizeof(secret->key)) {
		buf_append_format(problem,
			"%s is not a key of %zu bytes; remove it to have a new one made", path,
			sizeof(secret->key));
		return false;
	}
	if (read(fd, secret->key, sizeof(secret->key)) != (ssize_t)sizeof(secret->key))
		return problem_errno(problem, "read", path);
	return true;
}

static bool key_write(int fd)
{
	uint8_t key[CRYPTO_KEY_SIZE];

	crypto_random(key, sizeof(key));
	return write(fd, key, sizeof(key)) == (ssize_t)sizeof(key) && fsync(fd) == 0;
}

/* Makes the file, unless another program was faster. */
static bool key_make(const char *path, struct buf *problem)
{
	struct buf temporary = { 0 };
	int fd;
	bool is_made;

	buf_append_format(&temporary, "%s.XXXXXX", path);
	buf_text(&temporary);
	fd = mkostemp(temporary.data, O_CLOEXEC); /* mode 0600 */
	if (fd < 0) {
		buf_finish(&temporary);
		return problem_errno(problem, "make", path);
	}
	is_made = key_write(fd) && (link(temporary.data, path) == 0 || errno == EEXIST);
	if (!is_made)
		problem_errno(problem, "make", path);
	unlink(temporary.data);
	close(fd);
	buf_finish(&temporary);
	return is_made;
}

static bool key_load(struct secret *secret, const char *path, struct buf *problem)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is_read;

	if (fd < 0 && errno == ENOENT) {
		if (!key_make(path, problem))
			return false;
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd < 0)
		return problem_errno(problem, "read", path);
	is_read = key_read(secret, fd, path, problem);
	close(fd);
	return is_read;
}

bool secret_load(struct secret *secret, const char *state_directory, struct buf *problem_out)
{
	struct buf path = { 0 };
	bool is_loaded;

	buf_append_format(&path, "%s/" SECRET_FILE, state_directory);
	is_loaded = key_load(secret, buf_text(&path), problem_out);
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
