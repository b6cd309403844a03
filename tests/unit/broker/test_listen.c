/* SPDX-License-Identifier: MIT */
/* Listening sockets in a folder of their own and on ports that the kernel chooses: what is refused
 * is told by its name, and nothing that is not a dead socket is removed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "broker/listen.h"

struct folder {
	char path[64];
	char name[96]; /* "unix:PATH" of a socket in it */
};

static const char *socket_path(const struct folder *folder)
{
	return folder->name + strlen("unix:");
}

static int folder_make(void **state)
{
	static struct folder folder;

	snprintf(folder.path, sizeof(folder.path), "/tmp/roomwire-test-XXXXXX");
	if (mkdtemp(folder.path) == NULL)
		return -1;
	snprintf(folder.name, sizeof(folder.name), "unix:%s/broker.sock", folder.path);
	*state = &folder;
	return 0;
}

static int folder_remove(void **state)
{
	const struct folder *folder = *state;

	unlink(socket_path(folder));
	return rmdir(folder->path);
}

static int connect_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int status;

	strcpy(address.sun_path, path);
	status = connect(fd, (struct sockaddr *)&address, sizeof(address));
	close(fd);
	return status;
}

static void unix_socket_is_there_for_the_web_servers_group(void **state)
{
	const struct folder *folder = *state;
	struct buf problem = { 0 };
	struct stat status;
	int fd = listen_open(folder->name, &problem);

	assert_true(fd >= 0);
	assert_int_equal(stat(socket_path(folder), &status), 0);
	assert_true(S_ISSOCK(status.st_mode));
	assert_int_equal(status.st_mode & 0777, 0660);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(connect_unix(socket_path(folder)), 0);
	close(fd);
	listen_unlink(folder->name);
	assert_int_not_equal(stat(socket_path(folder), &status), 0);
	buf_finish(&problem);
}

static void dead_brokers_socket_is_replaced(void **state)
{
	const struct folder *folder = *state;
	struct buf problem = { 0 };
	int fd = listen_open(folder->name, &problem);

	assert_true(fd >= 0);
	close(fd);
	assert_int_not_equal(connect_unix(socket_path(folder)), 0);
	fd = listen_open(folder->name, &problem);
	assert_true(fd >= 0);
	assert_int_equal(connect_unix(socket_path(folder)), 0);
	close(fd);
	buf_finish(&problem);
}

static void living_brokers_socket_is_left_alone(void **state)
{
	const struct folder *folder = *state;
	struct buf problem = { 0 };
	int fd = listen_open(folder->name, &problem);

	assert_int_equal(listen_open(folder->name, &problem), -1);
	assert_non_null(strstr(buf_text(&problem), "another broker is listening there"));
	assert_int_equal(connect_unix(socket_path(folder)), 0);
	close(fd);
	buf_finish(&problem);
}

static void file_that_is_no_socket_is_left_alone(void **state)
{
	const struct folder *folder = *state;
	struct buf problem = { 0 };
	struct stat status;
	int file = open(socket_path(folder), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(file >= 0);
	close(file);
	assert_int_equal(listen_open(folder->name, &problem), -1);
	assert_non_null(strstr(buf_text(&problem), socket_path(folder)));
	assert_int_equal(stat(socket_path(folder), &status), 0);
	assert_true(S_ISREG(status.st_mode));
	buf_finish(&problem);
}

static void proxied_name_is_an_address_behind_its_mark(void **state)
{
	const struct folder *folder = *state;
	struct buf problem = { 0 }, name = { 0 };
	bool is_proxied;
	int fd = listen_open(folder->name, &problem);

	assert_string_equal(listen_address("127.0.0.1:80", &is_proxied), "127.0.0.1:80");
	assert_false(is_proxied);
	assert_string_equal(listen_address("proxy:[::1]:80", &is_proxied), "[::1]:80");
	assert_true(is_proxied);
	buf_append_format(&name, "proxy:%s", folder->name);
	assert_string_equal(listen_address(buf_text(&name), &is_proxied), folder->name);
	assert_true(is_proxied);
	assert_true(fd >= 0);
	close(fd);
	listen_unlink(buf_text(&name));
	assert_int_not_equal(access(socket_path(folder), F_OK), 0);
	buf_finish(&name);
	buf_finish(&problem);
}

static void names_that_cannot_be_opened_are_told(void **state)
{
	static const struct {
		const char *name;
		const char *problem;
	} cases[] = {
		{ "unix:/nonexistent/broker.sock", "No such file or directory" },
		{ "unix:/a/path/that/is/much/too/long/for/a/unix/socket/whose/name/has/a/limit/of/"
		  "one/hundred/and/seven/bytes/broker.sock",
			"at most 107 bytes" },
		{ "127.0.0.1", "give unix:PATH or a numeric HOST:PORT" },
		{ "localhost:0", "give unix:PATH or a numeric HOST:PORT" },
		{ "127.0.0.1:http", "give unix:PATH or a numeric HOST:PORT" },
		{ "", "give unix:PATH or a numeric HOST:PORT" },
		{ "192.0.2.1:0", "Cannot assign requested address" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf problem = { 0 };

		assert_int_equal(listen_open(cases[i].name, &problem), -1);
		assert_non_null(strstr(buf_text(&problem), cases[i].problem));
		buf_finish(&problem);
	}
	(void)state;
}

static void tcp_port_takes_connections(void **state)
{
	struct buf problem = { 0 };
	struct sockaddr_in address = { 0 };
	socklen_t len = sizeof(address);
	int fd = listen_open("127.0.0.1:0", &problem);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&address, len), 0);
	close(client);
	close(fd);
	listen_unlink("127.0.0.1:0");
	buf_finish(&problem);
	(void)state;
}

static void bracketed_host_is_ipv6(void **state)
{
	struct buf problem = { 0 };
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t len = sizeof(address);
	int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd;

	if (probe < 0 || bind(probe, (struct sockaddr *)&address, len) != 0)
		skip(); /* a host without IPv6 */
	close(probe);
	fd = listen_open("[::1]:0", &problem);
	assert_true(fd >= 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(address.sin6_family, AF_INET6);
	close(fd);
	buf_finish(&problem);
	(void)state;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

static void local_is_what_only_this_host_reaches(void **state)
{
	static const struct {
		const char *name;
		bool is_local;
	} cases[] = {
		{ "127.0.0.1:0", true },
		{ "127.9.9.9:0", true },
		{ "[::1]:0", true },
		{ "[::ffff:127.0.0.1]:0", true },
		{ "0.0.0.0:0", false },
		{ "[::]:0", false },
	};
	const struct folder *folder = *state;
	struct buf problem = { 0 };
	int fd = listen_open(folder->name, &problem);

	assert_true(listen_is_local(fd));
	close(fd);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fd = listen_open(cases[i].name, &problem);
		assert_true(fd >= 0);
		assert_int_equal(listen_is_local(fd), cases[i].is_local);
		close(fd);
	}
	assert_false(listen_is_local(-1));
	buf_finish(&problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(unix_socket_is_there_for_the_web_servers_group),
		TEST(dead_brokers_socket_is_replaced),
		TEST(living_brokers_socket_is_left_alone),
		TEST(proxied_name_is_an_address_behind_its_mark),
		TEST(file_that_is_no_socket_is_left_alone),
		cmocka_unit_test(names_that_cannot_be_opened_are_told),
		cmocka_unit_test(tcp_port_takes_connections),
		cmocka_unit_test(bracketed_host_is_ipv6),
		TEST(local_is_what_only_this_host_reaches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
