/* SPDX-License-Identifier: MIT */
/* Files and sockets as they should be, and as they should not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fcgi/manage/look.h"
#include "fcgi/manage/options.h"
#include "tests/support/folder.h"

struct manage_options manage_options;

static void file_is_held_to_its_owner_and_its_permissions(void **state)
{
	static const struct {
		mode_t mode, forbidden;
		const char *words; /* NULL: it may stay */
	} cases[] = {
		{ 0600, 0077, NULL },
		{ 0640, 0077, "chmod 0600" },
		{ 0644, 0022, NULL },
		{ 0666, 0022, "chmod 0644" },
		{ 0602, 0022, "chmod 0600" },
	};
	const char *path = folder_path(*state, "file");

	file_write(path, "x", 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf problem = { 0 };
		bool is_good;

		assert_int_equal(chmod(path, cases[i].mode), 0);
		is_good = look_at_file(path, geteuid(), cases[i].forbidden, &problem);
		assert_true(is_good == (cases[i].words == NULL));
		assert_true(is_good || strstr(buf_text(&problem), cases[i].words) != NULL);
		buf_finish(&problem);
	}
}

static void file_of_somebody_else_may_not_stay(void **state)
{
	const char *path = folder_path(*state, "file");
	struct buf problem = { 0 };

	file_write(path, "x", 1);
	assert_false(look_at_file(path, geteuid() + 1, 0, &problem));
	assert_non_null(strstr(buf_text(&problem), "belongs to user"));
	buf_finish(&problem);
}

static void missing_file_may_stay_missing(void **state)
{
	struct buf problem = { 0 };

	assert_true(look_at_file(folder_path(*state, "file"), geteuid(), 0777, &problem));
	assert_int_equal(problem.len, 0);
	buf_finish(&problem);
}

static void socket_connects_when_somebody_listens(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = folder_path(*state, "socket");
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_false(look_connects(path));
	assert_int_equal(errno, ENOENT);
	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_false(look_connects(path));
	assert_int_equal(errno, ECONNREFUSED);
	assert_int_equal(listen(fd, 4), 0);
	assert_true(look_connects(path));
	assert_int_equal(shutdown(fd, SHUT_RDWR), 0);
	assert_false(look_greets(path));
	assert_int_equal(errno, ECONNREFUSED);
	close(fd);
}

static void path_that_is_too_long_is_no_socket(void **state)
{
	char path[200];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_false(look_connects(path));
	assert_int_equal(errno, ENAMETOOLONG);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(file_is_held_to_its_owner_and_its_permissions),
		FOLDER_TEST(file_of_somebody_else_may_not_stay),
		FOLDER_TEST(missing_file_may_stay_missing),
		FOLDER_TEST(socket_connects_when_somebody_listens),
		FOLDER_TEST(path_that_is_too_long_is_no_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
