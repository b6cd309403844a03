/* SPDX-License-Identifier: MIT */
/* A Unix socket whose queue is full refuses with EAGAIN where TCP would wait: that is not a
 * failure, and told apart here. */
#include "tests/bench/target.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "tests/bench/failure.h"

#define UNIX_PREFIX "unix:"
#define SOURCES 64

static void parse_unix(struct target *target, const char *path)
{
	struct sockaddr_un *address = (struct sockaddr_un *)&target->address;

	if (strlen(path) >= sizeof(address->sun_path))
		failure("the path of the socket %s is too long", path);
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, path, strlen(path) + 1);
	target->address_len = sizeof(*address);
	memcpy(target->host, "localhost", sizeof("localhost"));
}

static void parse_tcp(struct target *target, const char *text)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	const char *colon = strrchr(text, ':');
	struct addrinfo *found;
	char *host = target->host;
	char bare[TARGET_HOST_SIZE];
	size_t len = colon == NULL ? 0 : (size_t)(colon - text);
	int error;

	if (len == 0 || strlen(text) >= TARGET_HOST_SIZE)
		failure("--target takes HOST:PORT or unix:PATH, not \"%s\"", text);
	memcpy(host, text, strlen(text) + 1);
	memcpy(bare, text, len);
	bare[len] = '\0';
	if (bare[0] == '[' && bare[len - 1] == ']') {
		bare[len - 1] = '\0';
		memmove(bare, bare + 1, len - 1);
	}
	error = getaddrinfo(bare, colon + 1, &hints, &found);
	if (error != 0)
		failure("%s can't be found: %s", text, gai_strerror(error));
	memcpy(&target->address, found->ai_addr, found->ai_addrlen);
	target->address_len = found->ai_addrlen;
	freeaddrinfo(found);
}

static void target_parse(struct target *target, const char *text)
{
	*target = (struct target){ 0 };
	if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
		parse_unix(target, text + strlen(UNIX_PREFIX));
	else
		parse_tcp(target, text);
}

size_t targets_parse(struct target *targets, const char *text)
{
	char *copy = mem_strdup(text);
	char *rest = copy;
	size_t count = 0;

	for (char *one = strsep(&rest, ","); one != NULL; one = strsep(&rest, ",")) {
		if (count == TARGETS_MAX)
			failure("--target is more than %d addresses", TARGETS_MAX);
		target_parse(&targets[count++], one);
	}
	mem_free(copy);
	return count;
}

/* An address has 28,000 ports by default. When most of them are taken, by the open and by those
 * that wait out their last minute, finding a free one takes longer than a handshake: on the
 * loopback, connections come from many addresses in turn. */
static void spread_sources(int fd, const struct target *target)
{
	const struct sockaddr_in *to = (const struct sockaddr_in *)&target->address;
	struct sockaddr_in from = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)fd % SOURCES),
	};

	if (to->sin_family != AF_INET || to->sin_addr.s_addr != htonl(INADDR_LOOPBACK))
		return;
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){ 1 }, sizeof(int));
	if (bind(fd, (const struct sockaddr *)&from, sizeof(from)) != 0)
		failure("can't come from an address of the loopback: %s", strerror(errno));
}

enum target_result target_connect(const struct target *target, int *fd_out)
{
	int family = target->address.ss_family;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return TARGET_FAILED;
	*fd_out = fd;
	if (family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	spread_sources(fd, target);
	if (connect(fd, (const struct sockaddr *)&target->address, target->address_len) == 0)
		return TARGET_CONNECTED;
	if (errno == EINPROGRESS)
		return TARGET_CONNECTING;
	error = errno;
	close(fd);
	errno = error;
	return error == EAGAIN ? TARGET_BUSY : TARGET_FAILED;
}

size_t target_raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit); /* to what is allowed, which can't be refused */
	return (size_t)limit.rlim_cur;
}
