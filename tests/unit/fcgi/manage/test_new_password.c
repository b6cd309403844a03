/* SPDX-License-Identifier: MIT */
/* The way of a password that is not typed: the first line of a file, judged and hashed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/crypto.h"
#include "fcgi/manage/new_password.h"
#include "fcgi/manage/options.h"
#include "tests/support/folder.h"

#define GOOD "correct horse"

struct manage_options manage_options;

static const struct config config = {
	.accounts_password_kibibytes = 8192,
	.accounts_password_passes = 1,
};

/* The exit status of reading a file with these bytes. */
static int read_file(const struct folder *folder, const char *data, size_t len,
	char hash[static PASSWORD_HASH_SIZE])
{
	const char *path = folder_path(folder, "password");
	struct new_password source;
	int status = EX_OK;

	file_write(path, data, len);
	assert_true(new_password_open(&source, path, &status));
	if (new_password_read(&source, &config, "ann", hash, &status))
		assert_int_equal(status, EX_OK);
	new_password_close(&source);
	return status;
}

static void first_line_is_the_password(void **state)
{
	static const char *const contents[] = { GOOD, GOOD "\n", GOOD "\r\n", GOOD "\nmore\n",
		GOOD "\n\n" };

	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		char hash[PASSWORD_HASH_SIZE] = "";

		assert_int_equal(read_file(*state, contents[i], strlen(contents[i]), hash), EX_OK);
		assert_true(password_matches(STR_OF(GOOD), hash, &config));
		assert_false(password_matches(STR_OF(GOOD " "), hash, &config));
	}
}

static void longest_password_is_taken_whole_and_one_more_byte_is_refused(void **state)
{
	char data[PASSWORD_BYTES_MAX + 3];
	char hash[PASSWORD_HASH_SIZE] = "";

	memset(data, 'x', sizeof(data));
	data[PASSWORD_BYTES_MAX] = '\r';
	data[PASSWORD_BYTES_MAX + 1] = '\n';
	assert_int_equal(read_file(*state, data, PASSWORD_BYTES_MAX + 2, hash), EX_OK);
	assert_true(password_matches(str_range(data, PASSWORD_BYTES_MAX), hash, &config));
	data[PASSWORD_BYTES_MAX] = 'x';
	assert_int_equal(read_file(*state, data, PASSWORD_BYTES_MAX + 2, hash), EX_DATAERR);
	assert_int_equal(read_file(*state, data, PASSWORD_BYTES_MAX + 1, hash), EX_DATAERR);
}

static void what_is_no_password_has_its_status(void **state)
{
	static const struct {
		struct str data;
		int status;
	} cases[] = {
		{ STR(""), EX_NOINPUT },
		{ STR("\n"), EX_DATAERR },
		{ STR("\n" GOOD), EX_DATAERR },
		{ STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\n"), EX_DATAERR },
		{ STR(GOOD "\0" GOOD "\n"), EX_NOINPUT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char hash[PASSWORD_HASH_SIZE] = "";

		assert_int_equal(read_file(*state, cases[i].data.data, cases[i].data.len, hash),
			cases[i].status);
		assert_string_equal(hash, "");
	}
}

static void folder_is_no_password_file(void **state)
{
	const struct folder *folder = *state;
	char hash[PASSWORD_HASH_SIZE] = "";
	struct new_password source;
	int status = EX_OK;

	assert_true(new_password_open(&source, folder->path, &status));
	assert_false(new_password_read(&source, &config, "ann", hash, &status));
	assert_int_equal(status, EX_NOINPUT);
	new_password_close(&source);
}

static void password_of_the_command_line_is_found(void **state)
{
	static const struct {
		const char *argument;
		bool is_exposed;
	} cases[] = {
		{ "--password", true },
		{ "--password=x", true },
		{ "--password=", true },
		{ "--password-file", false },
		{ "--password-file=x", false },
		{ "password", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char argument[32];
		char *argv[] = { (char[]){ "roomwire-manage" }, argument, NULL };
		char *hidden[] = { argv[0], (char[]){ "--" }, argument, NULL };

		snprintf(argument, sizeof(argument), "%s", cases[i].argument);
		assert_true(new_password_is_exposed(2, argv) == cases[i].is_exposed);
		assert_false(new_password_is_exposed(3, hidden));
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(first_line_is_the_password),
		FOLDER_TEST(longest_password_is_taken_whole_and_one_more_byte_is_refused),
		FOLDER_TEST(what_is_no_password_has_its_status),
		FOLDER_TEST(folder_is_no_password_file),
		cmocka_unit_test(password_of_the_command_line_is_found),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
