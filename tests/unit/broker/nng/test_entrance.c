/* SPDX-License-Identifier: MIT */
/* A listener that does not answer a knock is replaced. The stage's clock is the test's; nng's
 * threads are real, and the test waits for what they do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nng/nng.h>
#include <nng/protocol/pipeline0/pull.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "broker/nng/entrance.h"
#include "common/base/crypto.h"
#include "tests/support/stage.h"

#define LOOKS_MAX 2000 /* of 10 ms */

struct setting {
	struct stage stage;
	nng_socket socket;
	struct entrance entrance;
	char folder[64];
	char path[96];
};

static int setting_set_up(void **state)
{
	static struct setting setting;

	setting = (struct setting){ .folder = "/tmp/roomwire-test-XXXXXX" };
	stage_start(&setting.stage);
	if (mkdtemp(setting.folder) == NULL || nng_pull0_open(&setting.socket) != 0)
		return -1;
	snprintf(setting.path, sizeof(setting.path), "%s/socket", setting.folder);
	*state = &setting;
	return entrance_open(&setting.entrance, &setting.stage.broker.reactor,
		       &setting.stage.broker.stats, setting.socket, setting.path)
		       ? 0
		       : -1;
}

static int setting_take_down(void **state)
{
	struct setting *setting = *state;

	entrance_close(&setting->entrance);
	entrance_close(&setting->entrance);
	nng_close(setting->socket);
	stage_finish(&setting->stage);
	return rmdir(setting->folder); /* nothing is left in it */
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Puts a socket at the path that takes connections and never says a word. */
static int make_deaf(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(unlink(path), 0);
	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void assert_nng_listens(const char *path)
{
	struct timeval deadline = { .tv_sec = 20 };
	int fd = connect_to(path);
	char hello[8];

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline)), 0);
	assert_int_equal(recv(fd, hello, sizeof(hello), MSG_WAITALL), sizeof(hello));
	assert_memory_equal(hello, "\0SP\0", 4);
	close(fd);
}

static void wait_for_answer(struct setting *setting)
{
	struct timespec pause = { .tv_nsec = 10000000 };

	for (int i = 0; i < LOOKS_MAX && setting->entrance.knock_io.fd >= 0; i++) {
		nanosleep(&pause, NULL);
		stage_turn(&setting->stage);
	}
	assert_int_equal(setting->entrance.knock_io.fd, -1);
}

static uint64_t replaced(const struct setting *setting)
{
	return stage_stat(&setting->stage, STAT_LISTENERS_REPLACED);
}

static void listener_that_opens_is_kept(void **state)
{
	struct setting *setting = *state;
	struct stat info;

	assert_int_equal(stat(setting->path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0660);
	for (int i = 0; i < 3; i++) {
		stage_pass_ms(&setting->stage, ENTRANCE_KNOCK_EVERY_MS);
		assert_true(setting->entrance.knock_io.fd >= 0);
		wait_for_answer(setting);
	}
	assert_int_equal(replaced(setting), 0);
}

static void answer_that_is_late_is_one(void **state)
{
	struct setting *setting = *state;

	stage_pass_ms(&setting->stage, ENTRANCE_KNOCK_EVERY_MS);
	/* As after SIGCONT: the time has passed for nng, too. */
	stage_pass_ms(&setting->stage, 60000);
	wait_for_answer(setting);
	stage_pass_ms(&setting->stage, ENTRANCE_KNOCK_EVERY_MS);
	wait_for_answer(setting);
	assert_int_equal(replaced(setting), 0);
}

static void deaf_listener_is_replaced(void **state)
{
	struct setting *setting = *state;
	int deaf_fd = make_deaf(setting->path);
	struct stat info;

	stage_pass_ms(&setting->stage, ENTRANCE_KNOCK_EVERY_MS);
	stage_pass_ms(&setting->stage, ENTRANCE_ANSWER_MS);
	assert_int_equal(replaced(setting), 0);
	stage_pass_ms(&setting->stage, ENTRANCE_ANSWER_MS);
	assert_int_equal(replaced(setting), 1);
	assert_nng_listens(setting->path);
	assert_int_equal(stat(setting->path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0660);
	stage_pass_ms(&setting->stage, ENTRANCE_KNOCK_EVERY_MS);
	wait_for_answer(setting);
	assert_int_equal(replaced(setting), 1);
	close(deaf_fd);
}

static void path_that_was_removed_comes_back(void **state)
{
	struct setting *setting = *state;

	assert_int_equal(unlink(setting->path), 0);
	stage_pass_ms(&setting->stage, ENTRANCE_KNOCK_EVERY_MS);
	stage_pass_ms(&setting->stage, ENTRANCE_ANSWER_MS);
	assert_int_equal(replaced(setting), 1);
	assert_nng_listens(setting->path);
}

static void path_that_is_too_long_is_refused(void **state)
{
	struct setting *setting = *state;
	struct entrance entrance;
	char path[108];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[104] = '\0';
	assert_false(entrance_open(&entrance, &setting->stage.broker.reactor,
		&setting->stage.broker.stats, setting->socket, path));
	entrance_close(&entrance);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setting_set_up, setting_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(listener_that_opens_is_kept),
		TEST(answer_that_is_late_is_one),
		TEST(deaf_listener_is_replaced),
		TEST(path_that_was_removed_comes_back),
		TEST(path_that_is_too_long_is_refused),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
