/* SPDX-License-Identifier: MIT */
/* A unix socket's file outlives a killed broker: whether somebody is behind it is found out by
 * knocking. */
#include "broker/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/mem.h"

#define SOCKET_FLAGS (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)
/* All that the kernel allows, which is net.core.somaxconn: whoever finds the queue full comes back
 * only after a second, or not at all. */
#define BACKLOG 65535
#define PROXY_PREFIX "proxy:"

static int fail(int fd, struct buf *problem, const char *what)
{
	buf_append_format(problem, "%s: %s", what, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool somebody_answers(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCKET_FLAGS, 0);
	bool is_answered = fd >= 0 &&
			   connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;

	if (fd >= 0)
		close(fd);
	return is_answered;
}

/* A mistyped path may be that of a file with something in it. */
static void unlink_socket(const char *path)
{
	struct stat status;

	if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
		unlink(path);
}

static int open_unix(const char *path, struct buf *problem)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		buf_append_format(problem, "%s: the path of a unix socket has at most %zu bytes",
			path, sizeof(address.sun_path) - 1);
		return -1;
	}
	strcpy(address.sun_path, path);
	if (somebody_answers(&address)) {
		buf_append_format(problem, "%s: another broker is listening there", path);
		return -1;
	}
	unlink_socket(path);
	fd = socket(AF_UNIX, SOCKET_FLAGS, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		chmod(path, 0660) != 0 || listen(fd, BACKLOG) != 0)
		return fail(fd, problem, path);
	return fd;
}

static int open_tcp(const char *name, const struct addrinfo *info, struct buf *problem)
{
	int one = 1;
	int fd = socket(info->ai_family, SOCKET_FLAGS, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
		bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0)
		return fail(fd, problem, name);
	return fd;
}

static int open_host_port(const char *name, struct buf *problem)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *info = NULL;
	const char *colon = strrchr(name, ':');
	char *host = mem_strndup(name, colon == NULL ? 0 : (size_t)(colon - name));
	size_t host_len = strlen(host);
	int fd = -1;

	if (host_len > 1 && host[0] == '[' && host[host_len - 1] == ']') {
		memmove(host, host + 1, host_len - 2);
		host[host_len - 2] = '\0';
	}
	if (colon != NULL && getaddrinfo(host, colon + 1, &hints, &info) == 0)
		fd = open_tcp(name, info, problem);
	else
		buf_append_format(problem, "%s: give unix:PATH or a numeric HOST:PORT", name);
	if (info != NULL)
		freeaddrinfo(info);
	mem_free(host);
	return fd;
}

const char *listen_address(const char *name, bool *is_proxied_out)
{
	*is_proxied_out = strncmp(name, PROXY_PREFIX, strlen(PROXY_PREFIX)) == 0;
	return *is_proxied_out ? name + strlen(PROXY_PREFIX) : name;
}

int listen_open(const char *address, struct buf *problem)
{
	if (strncmp(address, "unix:", 5) == 0)
		return open_unix(address + 5, problem);
	return open_host_port(address, problem);
}

static bool is_loopback6(const struct in6_addr *address)
{
	return IN6_IS_ADDR_LOOPBACK(address) ||
	       (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == IN_LOOPBACKNET);
}

bool listen_is_local(int fd)
{
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof(address);
	const struct sockaddr_in *four = (const struct sockaddr_in *)&address;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address;

	if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		return false;
	if (address.ss_family == AF_INET)
		return ntohl(four->sin_addr.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
	return address.ss_family == AF_UNIX ||
	       (address.ss_family == AF_INET6 && is_loopback6(&six->sin6_addr));
}

void listen_unlink(const char *name)
{
	bool is_proxied;
	const char *address = listen_address(name, &is_proxied);

	if (strncmp(address, "unix:", 5) == 0)
		unlink_socket(address + 5);
}
