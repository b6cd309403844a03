/* SPDX-License-Identifier: MIT */
/* A state directory in a folder of its own: made with its modes, taken once, left as an admin had
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/state.h"

struct folder {
	char root[64];
	char state[80]; /* in root; not there at first */
	struct config config;
};

static const char *below(const struct folder *folder, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder->state, name);
	return path;
}

static int folder_make(void **state)
{
	static struct folder folder;

	snprintf(folder.root, sizeof(folder.root), "/tmp/roomwire-test-XXXXXX");
	if (mkdtemp(folder.root) == NULL)
		return -1;
	snprintf(folder.state, sizeof(folder.state), "%s/state", folder.root);
	folder.config = (struct config){ .paths_state = folder.state };
	umask(077); /* modes do not depend on who starts the program */
	*state = &folder;
	return 0;
}

static int folder_remove(void **state)
{
	static const char *const names[] = { "run/broker.lock", "run/fcgi.lock", "run", "log", "" };
	const struct folder *folder = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove(below(folder, names[i]));
	remove(folder->state); /* where a test put a file */
	return rmdir(folder->root);
}

static int mode_of(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? (int)(status.st_mode & 07777) : -1;
}

static void missing_folders_are_made_with_their_modes(void **state)
{
	const struct folder *folder = *state;
	struct buf problem = { 0 };

	assert_true(state_prepare(&folder->config, &problem));
	assert_int_equal(mode_of(folder->state), 0750);
	assert_int_equal(mode_of(below(folder, "run")), 0711);
	assert_int_equal(mode_of(below(folder, "log")), 0750);
	assert_int_equal(problem.len, 0);
	buf_finish(&problem);
}

static void modes_of_folders_that_are_there_stay(void **state)
{
	const struct folder *folder = *state;
	struct buf problem = { 0 };

	assert_true(state_prepare(&folder->config, &problem));
	assert_int_equal(chmod(below(folder, "run"), 0700), 0);
	assert_true(state_prepare(&folder->config, &problem));
	assert_int_equal(mode_of(below(folder, "run")), 0700);
	buf_finish(&problem);
}

static void folder_that_cannot_be_made_is_told_by_its_path(void **state)
{
	const struct folder *folder = *state;
	struct config config = { .paths_state = (char[]){ "/nonexistent/state" } };
	struct buf problem = { 0 };
	int file = open(folder->state, O_CREAT | O_CLOEXEC, 0600);

	close(file);
	assert_false(state_prepare(&config, &problem));
	assert_string_equal(buf_text(&problem), "/nonexistent/state: No such file or directory");
	buf_clear(&problem);
	assert_false(state_prepare(&folder->config, &problem));
	assert_non_null(strstr(buf_text(&problem), "/state/run: Not a directory"));
	buf_finish(&problem);
}

static void state_is_taken_once_by_each_kind_of_program(void **state)
{
	const struct folder *folder = *state;
	struct buf problem = { 0 };

	assert_true(state_prepare(&folder->config, &problem));
	assert_true(state_lock(&folder->config, "broker", &problem));
	assert_false(state_lock(&folder->config, "broker", &problem));
	assert_non_null(
		strstr(buf_text(&problem), "/state: another broker uses this state directory"));
	assert_true(state_lock(&folder->config, "fcgi", &problem));
	buf_finish(&problem);
}

static void lock_goes_with_its_process(void **state)
{
	const struct folder *folder = *state;
	struct buf problem = { 0 };
	int status;

	assert_true(state_prepare(&folder->config, &problem));
	if (fork() == 0)
		_exit(!state_lock(&folder->config, "broker", &problem));
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	assert_true(state_lock(&folder->config, "broker", &problem));
	buf_finish(&problem);
}

static void lock_without_a_state_directory_is_told_by_its_path(void **state)
{
	const struct folder *folder = *state;
	struct buf problem = { 0 };

	assert_false(state_lock(&folder->config, "broker", &problem));
	assert_non_null(
		strstr(buf_text(&problem), "/state/run/broker.lock: No such file or directory"));
	buf_finish(&problem);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(missing_folders_are_made_with_their_modes),
		TEST(modes_of_folders_that_are_there_stay),
		TEST(folder_that_cannot_be_made_is_told_by_its_path),
		TEST(state_is_taken_once_by_each_kind_of_program),
		TEST(lock_goes_with_its_process),
		TEST(lock_without_a_state_directory_is_told_by_its_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
