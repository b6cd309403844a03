/* SPDX-License-Identifier: MIT */
/* Listening sockets are watched level-triggered: what one turn leaves is the next one's. Whoever
 * cannot be accepted would be reported again at once and for ever, so that the doors are left
 * alone for a moment then. */
#include "broker/door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/admission.h"
#include "broker/broker.h"
#include "broker/listen.h"
#include "broker/refusal.h"
#include "common/base/log.h"
#include "common/base/mem.h"

/* About two milliseconds of handshakes; then those who are in get their turn. */
#define ACCEPTS_PER_TURN 64
/* Until an accept that failed for want of something is tried again. */
#define PAUSE_MS 100
#define WARNING_INTERVAL_MS 1000
#define REQUEST_BYTES_TO_DISCARD 4096

struct door {
	struct reactor_io io;
	struct doors *doors;
	char *name; /* as configured */
	enum door_kind kind;
};

struct doors {
	struct broker *broker;
	struct admission *admission;
	int reserve_fd; /* given up to answer one newcomer; -1 while somebody else has taken it */
	struct timer pause;
	uint64_t next_warning_ms;
	size_t count;
	struct door doors[];
};

enum accepted { ACCEPTED_ONE, ACCEPTED_ALL, ACCEPTED_NOBODY };

static struct reactor *reactor_of(const struct doors *doors)
{
	return &doors->broker->reactor;
}

static void write_peer(const struct sockaddr_storage *address, char *out, size_t size)
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;

	if (address->ss_family == AF_INET)
		inet_ntop(AF_INET, &four->sin_addr, out, (socklen_t)size);
	else if (address->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &six->sin6_addr, out, (socklen_t)size);
	else
		snprintf(out, size, "unix");
}

static void warn(struct doors *doors, const char *problem)
{
	uint64_t now_ms = reactor_of(doors)->now_ms;

	if (now_ms < doors->next_warning_ms)
		return;
	doors->next_warning_ms = now_ms + WARNING_INTERVAL_MS;
	log_warning(
		"event=accept problem=\"%s\" connections=%zu", problem, doors->broker->connections);
}

static void take_reserve(struct doors *doors)
{
	if (doors->reserve_fd < 0)
		doors->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void turn_away(int fd)
{
	char request[REQUEST_BYTES_TO_DISCARD];
	struct buf response = { 0 };
	ssize_t sent, discarded;

	refusal_write(503, STAT_REFUSED_DESCRIPTORS, STR_OF(""), &response);
	sent = send(fd, response.data, response.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	/* What is left unread when a socket closes resets the connection, and the answer may be
	 * lost with it. */
	discarded = recv(fd, request, sizeof(request), MSG_DONTWAIT);
	(void)sent, (void)discarded;
	buf_finish(&response);
	close(fd);
}

/* The reserve is given up for the time of one answer. */
static enum accepted turn_away_next(struct doors *doors, int door_fd)
{
	int fd, problem;

	warn(doors, "no descriptor is left");
	take_reserve(doors);
	if (doors->reserve_fd < 0)
		return ACCEPTED_NOBODY;
	close(doors->reserve_fd);
	doors->reserve_fd = -1;
	fd = accept4(door_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	problem = errno;
	if (fd >= 0) {
		turn_away(fd);
		stat_add(&doors->broker->stats, STAT_REFUSED_DESCRIPTORS, 1);
	}
	take_reserve(doors);
	if (fd < 0)
		return problem == EAGAIN ? ACCEPTED_ALL : ACCEPTED_NOBODY;
	return doors->reserve_fd < 0 ? ACCEPTED_NOBODY : ACCEPTED_ONE;
}

static enum accepted handle_problem(struct doors *doors, int door_fd, int problem)
{
	switch (problem) {
	case EAGAIN:
		return ACCEPTED_ALL;
	case EMFILE:
	case ENFILE:
		return turn_away_next(doors, door_fd);
	case ENOBUFS:
	case ENOMEM:
		warn(doors, "the kernel is out of memory");
		return ACCEPTED_NOBODY;
	default:
		/* accept(2): the newcomer's network has failed, or it has left again. */
		return ACCEPTED_ONE;
	}
}

static enum accepted accept_next(struct door *door)
{
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof(address);
	char peer[INET6_ADDRSTRLEN];
	int fd = accept4(
		door->io.fd, (struct sockaddr *)&address, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return handle_problem(door->doors, door->io.fd, errno);
	write_peer(&address, peer, sizeof(peer));
	admission_welcome(door->doors->admission, fd, peer, door->kind);
	return ACCEPTED_ONE;
}

static void watch_all(struct timer *timer)
{
	struct doors *doors = list_entry(timer, struct doors, pause);

	take_reserve(doors);
	for (size_t i = 0; i < doors->count; i++) {
		if (!reactor_watch(reactor_of(doors), &doors->doors[i].io, EPOLLIN))
			log_errno("event=watch door=%zu", i);
	}
}

static void pause_all(struct doors *doors)
{
	for (size_t i = 0; i < doors->count; i++)
		reactor_unwatch(reactor_of(doors), &doors->doors[i].io);
	reactor_arm(reactor_of(doors), &doors->pause, PAUSE_MS);
}

static void handle_door(struct reactor_io *io, uint32_t events)
{
	struct door *door = list_entry(io, struct door, io);
	enum accepted accepted = ACCEPTED_ONE;

	(void)events;
	for (int i = 0; i < ACCEPTS_PER_TURN && accepted == ACCEPTED_ONE; i++)
		accepted = accept_next(door);
	if (accepted == ACCEPTED_NOBODY)
		pause_all(door->doors);
}

static bool open_door(struct door *door, const char *name)
{
	struct buf problem = { 0 };
	struct log_quoted quoted;
	bool is_proxied;

	door->io.handle = handle_door;
	door->io.fd = listen_open(listen_address(name, &is_proxied), &problem);
	if (door->io.fd < 0 || !reactor_watch(reactor_of(door->doors), &door->io, EPOLLIN)) {
		log_error("event=listen problem=%s", log_quote(&quoted, buf_str(&problem)));
		buf_finish(&problem);
		return false;
	}
	door->kind = is_proxied                     ? DOOR_PROXIED
		     : listen_is_local(door->io.fd) ? DOOR_LOCAL
						    : DOOR_PUBLIC;
	door->name = mem_strdup(name);
	log_info("event=listening on=%s", log_quote(&quoted, str_from(name)));
	return true;
}

struct doors *doors_open(struct broker *broker, struct admission *admission)
{
	const struct config_list *names = &broker->config->broker_listen;
	struct doors *doors = mem_alloc(sizeof(*doors) + names->count * sizeof(struct door));

	*doors = (struct doors){ .broker = broker, .admission = admission, .reserve_fd = -1 };
	timer_init(&doors->pause, watch_all);
	take_reserve(doors);
	while (doors->count < names->count) {
		struct door *door = &doors->doors[doors->count++];

		*door = (struct door){ .doors = doors, .io.fd = -1 };
		if (!open_door(door, names->items[doors->count - 1])) {
			doors_close(doors);
			return NULL;
		}
	}
	return doors;
}

void doors_close(struct doors *doors)
{
	if (doors == NULL)
		return;
	reactor_disarm(reactor_of(doors), &doors->pause);
	for (size_t i = 0; i < doors->count; i++) {
		struct door *door = &doors->doors[i];

		reactor_unwatch(reactor_of(doors), &door->io);
		if (door->io.fd >= 0)
			close(door->io.fd);
		if (door->name != NULL)
			listen_unlink(door->name);
		mem_free(door->name);
	}
	if (doors->reserve_fd >= 0)
		close(doors->reserve_fd);
	mem_free(doors);
}
