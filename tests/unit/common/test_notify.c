/* SPDX-License-Identifier: MIT */
/* The supervisor's side of sd_notify(3): a datagram socket by path or by abstract name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/notify.h"

/* Binds what $NOTIFY_SOCKET will name; '@' stands for the NUL of an abstract name. */
static int supervisor_open(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, name);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	return fd;
}

static void assert_heard(int fd, const char *expected)
{
	char text[64] = "";

	assert_int_equal(recv(fd, text, sizeof(text) - 1, 0), strlen(expected));
	assert_string_equal(text, expected);
}

static void ready_and_stopping_reach_a_socket_by_path_and_by_name(void **state)
{
	char path[64], name[64];

	snprintf(path, sizeof(path), "/tmp/roomwire-notify-%d", (int)getpid());
	snprintf(name, sizeof(name), "@roomwire-notify-%d", (int)getpid());
	for (size_t i = 0; i < 2; i++) {
		int fd = supervisor_open(i == 0 ? path : name);

		notify_ready();
		assert_heard(fd, "READY=1");
		notify_stopping();
		assert_heard(fd, "STOPPING=1");
		close(fd);
	}
	unlink(path);
	(void)state;
}

static void nobody_listening_is_no_reason_not_to_serve(void **state)
{
	char too_long[200];
	int fd = supervisor_open("@roomwire-notify-unused");

	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	setenv("NOTIFY_SOCKET", too_long, 1);
	notify_ready();
	setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
	notify_ready();
	unsetenv("NOTIFY_SOCKET");
	notify_ready();
	assert_int_equal(recv(fd, too_long, sizeof(too_long), 0), -1);
	close(fd);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ready_and_stopping_reach_a_socket_by_path_and_by_name),
		cmocka_unit_test(nobody_listening_is_no_reason_not_to_serve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
