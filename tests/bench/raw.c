/* SPDX-License-Identifier: MIT */
/* The kernel's line: what a fan-out costs when a server does nothing but the system calls. One
 * thread, level-triggered epoll, and memory is given back by the end of the process. Never to be
 * reached from outside: it listens on the loopback only. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "common/base/crypto.h"
#include "tests/bench/argument.h"
#include "tests/bench/failure.h"
#include "tests/bench/raw_member.h"
#include "tests/bench/target.h"

#define BACKLOG 4096
#define EVENTS_MAX 512

static const char *const deliveries[] = {
	[RAW_SEND] = "send",
	[RAW_WRITEV] = "writev",
	[RAW_GATHER] = "gather",
};

static void accept_all(struct raw *raw, int listen_fd)
{
	int fd;

	while ((fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
		raw_member_create(raw, fd);
	}
}

static int listen_on(const struct raw *raw, unsigned port)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct epoll_event event = { .events = EPOLLIN }; /* of nobody: the listener */
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
		listen(fd, BACKLOG) != 0 ||
		epoll_ctl(raw->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
		failure("can't listen on port %u: %s", port, strerror(errno));
	return fd;
}

static enum raw_delivery delivery_of(const char *name)
{
	for (size_t i = 0; i < sizeof(deliveries) / sizeof(deliveries[0]); i++) {
		if (strcmp(name, deliveries[i]) == 0)
			return (enum raw_delivery)i;
	}
	failure("--mode takes send, writev or gather");
}

static void parse_arguments(struct raw *raw, int argc, char **argv, unsigned *port_out)
{
	for (int i = 1; i < argc; i += 2) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (strcmp(argv[i], "--listen") == 0)
			*port_out = (unsigned)argument_number(argv[i], value, 1, UINT16_MAX);
		else if (strcmp(argv[i], "--mode") == 0)
			raw->delivery = delivery_of(value);
		else if (strcmp(argv[i], "--frame-bytes") == 0)
			raw->frame_bytes = argument_number(
				argv[i], value, 0, RAW_MESSAGE_MAX_BYTES);
		else if (strcmp(argv[i], "--drop-every") == 0)
			raw->drop_every = argument_number(argv[i], value, 0, UINT32_MAX);
		else
			failure("--listen PORT --mode send|writev|gather --frame-bytes N"
				" [--drop-every K] is what there is, not %s",
				argv[i]);
	}
}

int main(int argc, char **argv)
{
	struct epoll_event events[EVENTS_MAX];
	struct raw raw = { .epoll_fd = epoll_create1(EPOLL_CLOEXEC) };
	unsigned port = 0;
	int listen_fd;

	parse_arguments(&raw, argc, argv, &port);
	target_raise_descriptor_limit();
	signal(SIGPIPE, SIG_IGN);
	if (raw.epoll_fd < 0 || !crypto_init())
		failure("can't start");
	raw.rooms = map_create();
	listen_fd = listen_on(&raw, port);
	for (;;) {
		int count = epoll_wait(raw.epoll_fd, events, EVENTS_MAX, -1);

		for (int i = 0; i < count; i++) {
			if (events[i].data.ptr == NULL)
				accept_all(&raw, listen_fd);
			else
				raw_member_handle(events[i].data.ptr, events[i].events);
		}
	}
}
