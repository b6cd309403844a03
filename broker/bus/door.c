/* SPDX-License-Identifier: MIT */
/* A knock is a connection that says hello with a protocol that no socket talks to: a listener that
 * lives turns it away, one that is deaf leaves it standing. A new listener is bound under another
 * name and renamed to the path, so that who dials finds the old one or the new one, and the old
 * one, which removes its own name when it is closed, does not take the new one's. With the old one
 * go its connections; nng's clients dial again. */
#include "broker/bus/door.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"

#define MODE 0660
#define NEW_SUFFIX ".new"

/* What both sides of a connection say first (SP over IPC, nng's sp_ipc_v1): the protocol in the
 * fifth and sixth byte. None has the number 0. */
static const char hello[8] = { 0, 'S', 'P', 0, 0, 0, 0, 0 };

static bool check(int result, const char *what, const char *path)
{
	if (result == 0)
		return true;
	log_error("event=listen call=%s path=%s problem=\"%s\"", what, path, nng_strerror(result));
	return false;
}

static bool start_listener(const struct door *door, nng_listener listener, const char *name)
{
	if (!check(nng_listener_set_int(listener, NNG_OPT_IPC_PERMISSIONS, MODE), "permissions",
		    name) ||
		!check(nng_listener_start(listener, 0), "start", name))
		return false;
	if (rename(name, door->path) == 0)
		return true;
	log_errno("event=listen path=%s", door->path);
	return false;
}

static bool listen_anew(struct door *door)
{
	struct sockaddr_un address;
	char url[sizeof("ipc://") + sizeof(address.sun_path)];
	const char *name = url + strlen("ipc://");
	nng_listener listener;

	if (strlen(door->path) + strlen(NEW_SUFFIX) >= sizeof(address.sun_path)) {
		log_error("event=listen problem=\"the path is too long\" path=%s", door->path);
		return false;
	}
	snprintf(url, sizeof(url), "ipc://%s" NEW_SUFFIX, door->path);
	if (!check(nng_listener_create(&listener, door->socket, url), "create", name))
		return false;
	if (!start_listener(door, listener, name)) {
		nng_listener_close(listener);
		return false;
	}
	door->listener = listener;
	return true;
}

static void replace_listener(struct door *door)
{
	nng_listener old = door->listener;

	if (!listen_anew(door))
		return;
	stat_add(door->stats, STAT_LISTENERS_REPLACED, 1);
	log_warning("event=listener_replaced path=%s", door->path);
	nng_listener_close(old);
}

static void end_knock(struct door *door)
{
	if (door->knock_io.fd < 0)
		return;
	reactor_unwatch(door->reactor, &door->knock_io);
	close(door->knock_io.fd);
	door->knock_io.fd = -1;
}

static bool connect_to(int fd, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, path, strlen(path));
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

/* False when the path cannot even be connected to: it is not there, or its queue is full. */
static bool knock(struct door *door)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return true; /* the listener is not to blame */
	door->knock_io.fd = fd;
	if (connect_to(fd, door->path) &&
		send(fd, hello, sizeof(hello), MSG_NOSIGNAL) == sizeof(hello) &&
		reactor_watch(door->reactor, &door->knock_io, EPOLLIN))
		return true;
	close(fd);
	door->knock_io.fd = -1;
	return false;
}

/* nng's own hello comes first and proves nothing; then the end. */
static void handle_answer(struct reactor_io *io, uint32_t events)
{
	struct door *door = list_entry(io, struct door, knock_io);
	char heard[64];
	ssize_t len = recv(io->fd, heard, sizeof(heard), 0);

	(void)events;
	if (len > 0 || (len < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	end_knock(door);
	door->misses = 0;
	reactor_arm(door->reactor, &door->timer, DOOR_KNOCK_EVERY_MS);
}

/* A miss has a second chance, on the same connection: the whole process may have slept. */
static void handle_timer(struct timer *timer)
{
	struct door *door = list_entry(timer, struct door, timer);

	if (door->knock_io.fd >= 0 || !knock(door))
		door->misses++;
	if (door->misses < DOOR_MISSES_MAX) {
		reactor_arm(door->reactor, timer, DOOR_ANSWER_MS);
		return;
	}
	replace_listener(door);
	end_knock(door);
	door->misses = 0;
	reactor_arm(door->reactor, timer, DOOR_KNOCK_EVERY_MS);
}

bool door_open(struct door *door, struct reactor *reactor, struct stats *stats, nng_socket socket,
	const char *path)
{
	*door = (struct door){ .reactor = reactor,
		.stats = stats,
		.socket = socket,
		.path = mem_strdup(path),
		.knock_io = { .handle = handle_answer, .fd = -1 } };
	timer_init(&door->timer, handle_timer);
	if (!listen_anew(door)) {
		mem_free(door->path);
		door->path = NULL;
		return false;
	}
	reactor_arm(reactor, &door->timer, DOOR_KNOCK_EVERY_MS);
	return true;
}

void door_close(struct door *door)
{
	if (door->path == NULL)
		return;
	end_knock(door);
	reactor_disarm(door->reactor, &door->timer);
	unlink(door->path);
	mem_free(door->path);
	door->path = NULL;
}
