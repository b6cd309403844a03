/* SPDX-License-Identifier: MIT */
/* The key's file, in a folder of its own: made once, read again, refused when it is not what it
 * should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/crypto.h"
#include "common/secret.h"

struct folder {
	char path[64];
	char file[80];
};

static int folder_make(void **state)
{
	static struct folder folder;

	snprintf(folder.path, sizeof(folder.path), "/tmp/roomwire-test-XXXXXX");
	if (mkdtemp(folder.path) == NULL)
		return -1;
	snprintf(folder.file, sizeof(folder.file), "%s/secret.key", folder.path);
	*state = &folder;
	return 0;
}

static int folder_remove(void **state)
{
	const struct folder *folder = *state;

	unlink(folder->file);
	/* Fails when the code left a temporary file behind. */
	return rmdir(folder->path);
}

static void secret_is_made_once_with_mode_0600(void **state)
{
	const struct folder *folder = *state;
	struct secret first, second;
	struct buf problem = { 0 };
	struct stat status;

	assert_true(secret_load(&first, folder->path, &problem));
	assert_int_equal(stat(folder->file, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(status.st_size, CRYPTO_KEY_SIZE);
	assert_true(secret_load(&second, folder->path, &problem));
	assert_memory_equal(first.key, second.key, CRYPTO_KEY_SIZE);
	assert_int_equal(problem.len, 0);
	buf_finish(&problem);
}

static void programs_that_start_at_once_agree(void **state)
{
	const struct folder *folder = *state;
	struct buf problem = { 0 };
	uint8_t keys[4][CRYPTO_KEY_SIZE];
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	for (int i = 0; i < 4; i++) {
		struct secret secret;

		if (fork() == 0)
			_exit(!secret_load(&secret, folder->path, &problem) ||
				write(ends[1], secret.key, sizeof(secret.key)) !=
					(ssize_t)sizeof(secret.key));
	}
	for (int i = 0; i < 4; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(read(ends[0], keys[i], CRYPTO_KEY_SIZE), CRYPTO_KEY_SIZE);
		assert_memory_equal(keys[i], keys[0], CRYPTO_KEY_SIZE);
	}
	close(ends[0]);
	close(ends[1]);
}

static void secret_that_others_can_read_is_refused_by_its_path(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0666 };
	const struct folder *folder = *state;
	struct secret secret;
	struct buf problem = { 0 };

	assert_true(secret_load(&secret, folder->path, &problem));
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		buf_clear(&problem);
		assert_int_equal(chmod(folder->file, modes[i]), 0);
		assert_false(secret_load(&secret, folder->path, &problem));
		assert_non_null(strstr(buf_text(&problem), folder->file));
	}
	buf_finish(&problem);
}

static void secret_of_the_wrong_size_is_refused(void **state)
{
	const struct folder *folder = *state;
	struct secret secret;
	struct buf problem = { 0 };

	assert_true(secret_load(&secret, folder->path, &problem));
	assert_int_equal(truncate(folder->file, CRYPTO_KEY_SIZE - 1), 0);
	assert_false(secret_load(&secret, folder->path, &problem));
	assert_non_null(strstr(buf_text(&problem), "32 bytes"));
	assert_int_equal(truncate(folder->file, CRYPTO_KEY_SIZE + 1), 0);
	assert_false(secret_load(&secret, folder->path, &problem));
	buf_finish(&problem);
}

static void missing_folder_is_told_by_its_path(void **state)
{
	struct secret secret;
	struct buf problem = { 0 };

	assert_false(secret_load(&secret, "/nonexistent/state", &problem));
	assert_string_equal(buf_text(&problem),
		"cannot make /nonexistent/state/secret.key: No such file or directory");
	buf_finish(&problem);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			secret_is_made_once_with_mode_0600, folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(
			programs_that_start_at_once_agree, folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(secret_that_others_can_read_is_refused_by_its_path,
			folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(
			secret_of_the_wrong_size_is_refused, folder_make, folder_remove),
		cmocka_unit_test(missing_folder_is_told_by_its_path),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
