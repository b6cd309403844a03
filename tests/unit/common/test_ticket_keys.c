/* SPDX-License-Identifier: MIT */
/* The files of the keys that tickets are signed with, in a folder of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/crypto.h"
#include "common/ticket_keys.h"
#include "tests/support/folder.h"

static void put(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void assert_keys(const struct ticket_keys *keys, const char *present, const char *previous)
{
	assert_true(str_is(ticket_keys_text(keys, 0), present));
	assert_true(str_is(ticket_keys_text(keys, 1), previous));
}

static void without_files_there_is_no_key_and_no_problem(void **state)
{
	const struct folder *folder = *state;
	struct ticket_keys keys = { 0 };
	struct buf problem = { 0 };

	ticket_keys_refresh(&keys, folder->path, &problem);
	assert_keys(&keys, "", "");
	assert_int_equal(problem.len, 0);
	ticket_keys_finish(&keys);
	buf_finish(&problem);
}

static void key_that_changes_counts_at_once(void **state)
{
	const struct folder *folder = *state;
	struct ticket_keys keys = { 0 };
	struct buf problem = { 0 };

	put(folder_path(folder, "ticket.key"), "0123456789abcdef0123456789abcdef\r\n", 0600);
	ticket_keys_refresh(&keys, folder->path, &problem);
	assert_keys(&keys, "0123456789abcdef0123456789abcdef", "");
	put(folder_path(folder, "ticket.key"), "0123456789abcdef0123456789abcdeF\n", 0600);
	ticket_keys_refresh(&keys, folder->path, &problem);
	assert_keys(&keys, "0123456789abcdef0123456789abcdeF", "");
	assert_int_equal(remove(folder_path(folder, "ticket.key")), 0);
	ticket_keys_refresh(&keys, folder->path, &problem);
	assert_keys(&keys, "", "");
	assert_int_equal(problem.len, 0);
	ticket_keys_finish(&keys);
	buf_finish(&problem);
}

static void bad_file_signs_nothing_and_is_told_once(void **state)
{
	const struct folder *folder = *state;
	static const struct {
		const char *text;
		mode_t mode;
		const char *problem;
	} rows[] = {
		{ "0123456789abcdef0123456789abcde\n", 0600, "shorter than a key of 32 bytes" },
		{ "\n", 0600, "shorter" },
		{ "0123456789abcdef0123456789abcdef\n", 0640, "open to others" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ticket_keys keys = { 0 };
		struct buf problem = { 0 };

		put(folder_path(folder, "ticket.key"), rows[i].text, rows[i].mode);
		ticket_keys_refresh(&keys, folder->path, &problem);
		assert_keys(&keys, "", "");
		assert_non_null(strstr(buf_text(&problem), rows[i].problem));
		buf_clear(&problem);
		ticket_keys_refresh(&keys, folder->path, &problem);
		assert_int_equal(problem.len, 0);
		ticket_keys_finish(&keys);
		buf_finish(&problem);
	}
}

static void rotation_keeps_the_last_key_for_a_while(void **state)
{
	const struct folder *folder = *state;
	struct ticket_keys keys = { 0 };
	struct buf problem = { 0 }, first = { 0 }, second = { 0 };

	assert_true(ticket_keys_rotate(folder->path, &problem));
	ticket_keys_refresh(&keys, folder->path, &problem);
	buf_append_str(&first, ticket_keys_text(&keys, 0));
	assert_int_equal(first.len, 43);
	assert_keys(&keys, buf_text(&first), "");
	assert_true(ticket_keys_rotate(folder->path, &problem));
	ticket_keys_refresh(&keys, folder->path, &problem);
	buf_append_str(&second, ticket_keys_text(&keys, 0));
	assert_string_not_equal(buf_text(&first), buf_text(&second));
	assert_keys(&keys, buf_text(&second), buf_text(&first));
	assert_true(ticket_keys_rotate(folder->path, &problem));
	ticket_keys_refresh(&keys, folder->path, &problem);
	assert_true(str_is(ticket_keys_text(&keys, 1), buf_text(&second)));
	assert_int_equal(problem.len, 0);
	assert_false(ticket_keys_rotate("/nonexistent", &problem));
	assert_non_null(strstr(buf_text(&problem), "/nonexistent/ticket.key"));
	ticket_keys_finish(&keys);
	buf_finish(&first);
	buf_finish(&second);
	buf_finish(&problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(without_files_there_is_no_key_and_no_problem),
		FOLDER_TEST(key_that_changes_counts_at_once),
		FOLDER_TEST(bad_file_signs_nothing_and_is_told_once),
		FOLDER_TEST(rotation_keeps_the_last_key_for_a_while),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
