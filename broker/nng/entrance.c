/* SPDX-License-Identifier: MIT */
/* A knock is a connection that says hello with a protocol that no socket speaks: a listener that
 * works turns it away, a deaf one does not answer. A new listener is bound under another name and
 * then renamed to the path. So a client finds the old one or the new one, and the old one, which
 * removes its own name when it is closed, does not remove the new one's. The old one's connections
 * end with it; nng's clients dial again. */
#include "broker/nng/entrance.h"

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

/* What both sides of a connection send first (SP over IPC, nng's sp_ipc_v1), with the protocol in
 * the fifth and sixth byte. No protocol has the number 0. */
static const char hello[8] = { 0, 'S', 'P', 0, 0, 0, 0, 0 };

static bool check(int result, const char *what, const char *path)
{
	if (result == 0)
		return true;
	log_error("event=listen call=%s path=%s problem=\"%s\"", what, path, nng_strerror(result));
	return false;
}

static bool start_listener(const struct entrance *entrance, nng_listener listener, const char *name)
{
	if (!check(nng_listener_set_int(listener, NNG_OPT_IPC_PERMISSIONS, MODE), "permissions",
		    name) ||
		!check(nng_listener_start(listener, 0), "start", name))
		return false;
	if (rename(name, entrance->path) == 0)
		return true;
	log_errno("event=listen path=%s", entrance->path);
	return false;
}

static bool listen_anew(struct entrance *entrance)
{
	struct sockaddr_un address;
	char url[sizeof("ipc://") + sizeof(address.sun_path)];
	const char *name = url + strlen("ipc://");
	nng_listener listener;

	if (strlen(entrance->path) + strlen(NEW_SUFFIX) >= sizeof(address.sun_path)) {
		log_error("event=listen problem=\"the path is too long\" path=%s", entrance->path);
		return false;
	}
	snprintf(url, sizeof(url), "ipc://%s" NEW_SUFFIX, entrance->path);
	if (!check(nng_listener_create(&listener, entrance->socket, url), "create", name))
		return false;
	if (!start_listener(entrance, listener, name)) {
		nng_listener_close(listener);
		return false;
	}
	entrance->listener = listener;
	return true;
}

static void replace_listener(struct entrance *entrance)
{
	nng_listener old = entrance->listener;

	if (!listen_anew(entrance))
		return;
	stat_add(entrance->stats, STAT_LISTENERS_REPLACED, 1);
	log_warning("event=listener_replaced path=%s", entrance->path);
	nng_listener_close(old);
}

static void end_knock(struct entrance *entrance)
{
	if (entrance->knock_io.fd < 0)
		return;
	reactor_unwatch(entrance->reactor, &entrance->knock_io);
	close(entrance->knock_io.fd);
	entrance->knock_io.fd = -1;
}

static bool connect_to(int fd, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, path, strlen(path));
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

/* False when connecting to the path fails: it is missing, or its queue is full. */
static bool knock(struct entrance *entrance)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return true; /* it is not the listener's fault */
	entrance->knock_io.fd = fd;
	if (connect_to(fd, entrance->path) &&
		send(fd, hello, sizeof(hello), MSG_NOSIGNAL) == sizeof(hello) &&
		reactor_watch(entrance->reactor, &entrance->knock_io, EPOLLIN))
		return true;
	close(fd);
	entrance->knock_io.fd = -1;
	return false;
}

/* nng's own hello comes first and proves nothing; the end of the connection does. */
static void handle_answer(struct reactor_io *io, uint32_t events)
{
	struct entrance *entrance = list_entry(io, struct entrance, knock_io);
	char heard[64];
	ssize_t len = recv(io->fd, heard, sizeof(heard), 0);

	(void)events;
	if (len > 0 || (len < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	end_knock(entrance);
	entrance->misses = 0;
	reactor_arm(entrance->reactor, &entrance->timer, ENTRANCE_KNOCK_EVERY_MS);
}

/* A miss gets a second chance on the same connection, because the whole process may have slept. */
static void handle_timer(struct timer *timer)
{
	struct entrance *entrance = list_entry(timer, struct entrance, timer);

	if (entrance->knock_io.fd >= 0 || !knock(entrance))
		entrance->misses++;
	if (entrance->misses < ENTRANCE_MISSES_MAX) {
		reactor_arm(entrance->reactor, timer, ENTRANCE_ANSWER_MS);
		return;
	}
	replace_listener(entrance);
	end_knock(entrance);
	entrance->misses = 0;
	reactor_arm(entrance->reactor, timer, ENTRANCE_KNOCK_EVERY_MS);
}

bool entrance_open(struct entrance *entrance, struct reactor *reactor, struct stats *stats,
	nng_socket socket, const char *path)
{
	*entrance = (struct entrance){ .reactor = reactor,
		.stats = stats,
		.socket = socket,
		.path = mem_strdup(path),
		.knock_io = { .handle = handle_answer, .fd = -1 } };
	timer_init(&entrance->timer, handle_timer);
	if (!listen_anew(entrance)) {
		mem_free(entrance->path);
		entrance->path = NULL;
		return false;
	}
	reactor_arm(reactor, &entrance->timer, ENTRANCE_KNOCK_EVERY_MS);
	return true;
}

void entrance_close(struct entrance *entrance)
{
	if (entrance->path == NULL)
		return;
	end_knock(entrance);
	reactor_disarm(entrance->reactor, &entrance->timer);
	unlink(entrance->path);
	mem_free(entrance->path);
	entrance->path = NULL;
}
