/* SPDX-License-Identifier: MIT */
/* An arrival waits edge-triggered: each new piece of its head is one event, and a client that
 * sends nothing costs nothing. One absolute deadline from accept on holds whoever drips. When too
 * many wait, the oldest goes. */
#include "broker/admission.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/broker.h"
#include "broker/listen.h"
#include "broker/listener.h"
#include "broker/refusal.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define HEAD_BYTES_MAX (16 * 1024)
#define ARRIVALS_MAX 4096
#define ACCEPTS_PER_TURN 256
/* How long a refused client may take to read its answer. */
#define LINGER_MS 1000

struct door {
	struct reactor_io io;
	struct admission *admission;
	char *name; /* as configured */
};

enum arrival_state { ARRIVAL_READING, ARRIVAL_LINGERING, ARRIVAL_GONE };

/* A connection whose head has not come, or whose refusal has not been read. */
struct arrival {
	struct reactor_io io;
	struct timer deadline;
	struct list link; /* oldest first; in the graveyard when it is gone */
	struct admission *admission;
	enum arrival_state state;
	char peer[64];
};

struct admission {
	struct broker *broker;
	struct door *doors;
	size_t door_count;
	int reserve_fd; /* given up to say 503 when there is no other descriptor */
	struct list arrivals;
	struct list graveyard;
	size_t arrival_count;
	struct reactor_task reap_task;
	char head[HEAD_BYTES_MAX];
};

static struct reactor *reactor_of(const struct admission *admission)
{
	return &admission->broker->reactor;
}

/* Its events of this turn may still come: freed at the end of it. fd is closed unless it went on
 * to the listener. */
static void bury(struct arrival *arrival, bool close_fd)
{
	struct admission *admission = arrival->admission;

	reactor_unwatch(reactor_of(admission), &arrival->io);
	reactor_disarm(reactor_of(admission), &arrival->deadline);
	if (close_fd)
		close(arrival->io.fd);
	arrival->state = ARRIVAL_GONE;
	list_remove(&arrival->link);
	list_append(&admission->graveyard, &arrival->link);
	admission->arrival_count--;
	reactor_schedule(reactor_of(admission), &admission->reap_task);
}

static void reap(struct reactor_task *task)
{
	struct admission *admission = list_entry(task, struct admission, reap_task);

	list_each_safe (link, &admission->graveyard) {
		list_remove(link);
		mem_free(list_entry(link, struct arrival, link));
	}
}

static void send_refusal(int fd, int status)
{
	struct buf response = { 0 };
	ssize_t sent;

	refusal_write(status, &response);
	/* A fresh socket's buffer holds it whole; a client that has filled it gets none. */
	sent = send(fd, response.data, response.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)sent;
	shutdown(fd, SHUT_WR);
	buf_finish(&response);
}

/* Throws away what has come; false when the client has closed. */
static bool discard(struct arrival *arrival)
{
	ssize_t len;

	do {
		len = recv(arrival->io.fd, arrival->admission->head, HEAD_BYTES_MAX, MSG_DONTWAIT);
	} while (len > 0);
	return len < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Answers, and waits until the client has closed: closing first would reset the connection over
 * what it still sends, and the answer would be lost. */
static void refuse(struct arrival *arrival, int status)
{
	struct admission *admission = arrival->admission;
	struct log_quoted peer;

	stat_add(&admission->broker->stats, STAT_HANDSHAKES_REFUSED, 1);
	log_debug("event=refused status=%d peer=%s", status,
		log_quote(&peer, str_from(arrival->peer)));
	send_refusal(arrival->io.fd, status);
	arrival->state = ARRIVAL_LINGERING;
	reactor_arm(reactor_of(admission), &arrival->deadline, LINGER_MS);
	if (!discard(arrival))
		bury(arrival, true);
}

static bool is_health_check(const struct handshake *handshake)
{
	return str_is(handshake->path, "/healthz");
}

static void hand_over(struct arrival *arrival, struct scope *scope)
{
	int fd = arrival->io.fd;
	struct admission *admission = arrival->admission;

	bury(arrival, false);
	listener_take(admission->broker->listener, fd, scope);
}

static void judge(struct arrival *arrival, struct str head)
{
	struct broker *broker = arrival->admission->broker;
	struct scope *scope = scope_create(head);
	int status = handshake_parse(buf_str(&scope->head), &scope->handshake);

	strcpy(scope->peer, arrival->peer);
	if (status == HANDSHAKE_OK && is_health_check(&scope->handshake)) {
		scope_destroy(scope);
		hand_over(arrival, NULL);
		return;
	}
	if (status == HANDSHAKE_OK)
		status = broker_admit(broker, scope);
	if (status == 101) {
		hand_over(arrival, scope);
		return;
	}
	scope_destroy(scope);
	refuse(arrival, status);
}

static void look_at_head(struct arrival *arrival)
{
	char *head = arrival->admission->head;
	ssize_t len = recv(arrival->io.fd, head, HEAD_BYTES_MAX, MSG_PEEK | MSG_DONTWAIT);
	size_t head_len;

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len <= 0) {
		bury(arrival, true);
		return;
	}
	head_len = handshake_head_length(str_range(head, (size_t)len));
	if (head_len > 0)
		judge(arrival, str_range(head, head_len));
	else if (len == HEAD_BYTES_MAX)
		refuse(arrival, 431);
}

static void handle_arrival(struct reactor_io *io, uint32_t events)
{
	struct arrival *arrival = list_entry(io, struct arrival, io);

	(void)events;
	if (arrival->state == ARRIVAL_READING)
		look_at_head(arrival);
	else if (arrival->state == ARRIVAL_LINGERING && !discard(arrival))
		bury(arrival, true);
}

static void expire(struct timer *timer)
{
	struct arrival *arrival = list_entry(timer, struct arrival, deadline);

	if (arrival->state == ARRIVAL_LINGERING) {
		bury(arrival, true);
		return;
	}
	stat_add(&arrival->admission->broker->stats, STAT_HANDSHAKES_EXPIRED, 1);
	refuse(arrival, 408);
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

static void welcome_arrival(
	struct admission *admission, int fd, const struct sockaddr_storage *address)
{
	struct arrival *arrival = mem_new(struct arrival);

	arrival->admission = admission;
	arrival->io = (struct reactor_io){ .handle = handle_arrival, .fd = fd };
	timer_init(&arrival->deadline, expire);
	write_peer(address, arrival->peer, sizeof(arrival->peer));
	list_append(&admission->arrivals, &arrival->link);
	admission->arrival_count++;
	if (!reactor_watch(reactor_of(admission), &arrival->io, EPOLLIN | EPOLLET)) {
		log_errno("event=watch");
		bury(arrival, true);
		return;
	}
	if (admission->broker->config->limits_handshake_seconds > 0)
		reactor_arm(reactor_of(admission), &arrival->deadline,
			(uint64_t)admission->broker->config->limits_handshake_seconds * 1000);
}

static void shed_oldest(struct admission *admission)
{
	stat_add(&admission->broker->stats, STAT_HANDSHAKES_SHED, 1);
	bury(list_entry(list_first(&admission->arrivals), struct arrival, link), true);
}

/* No descriptor is left: the reserved one is given up for the time of one answer. */
static void refuse_without_descriptor(struct admission *admission, int door_fd)
{
	int fd;

	close(admission->reserve_fd);
	fd = accept4(door_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0) {
		send_refusal(fd, 503);
		close(fd);
	}
	admission->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	stat_add(&admission->broker->stats, STAT_CONNECTIONS_OVER_LIMIT, 1);
}

static void handle_door(struct reactor_io *io, uint32_t events)
{
	struct door *door = list_entry(io, struct door, io);
	struct admission *admission = door->admission;

	(void)events;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		struct sockaddr_storage address = { 0 };
		socklen_t len = sizeof(address);
		int fd = accept4(
			io->fd, (struct sockaddr *)&address, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0 && (errno == EMFILE || errno == ENFILE))
			refuse_without_descriptor(admission, io->fd);
		if (fd < 0)
			return;
		if (admission->arrival_count >= ARRIVALS_MAX)
			shed_oldest(admission);
		welcome_arrival(admission, fd, &address);
	}
}

static bool open_door(struct admission *admission, struct door *door, const char *name)
{
	struct buf problem = { 0 };
	struct log_quoted quoted;

	door->admission = admission;
	door->io.handle = handle_door;
	door->io.fd = listen_open(name, &problem);
	if (door->io.fd < 0 || !reactor_watch(reactor_of(admission), &door->io, EPOLLIN)) {
		log_error("event=listen problem=%s", log_quote(&quoted, buf_str(&problem)));
		buf_finish(&problem);
		return false;
	}
	door->name = mem_strdup(name);
	log_info("event=listening on=%s", log_quote(&quoted, str_from(name)));
	return true;
}

struct admission *admission_create(struct broker *broker)
{
	const struct config_list *names = &broker->config->broker_listen;
	struct admission *admission = mem_new(struct admission);

	admission->broker = broker;
	admission->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	list_init(&admission->arrivals);
	list_init(&admission->graveyard);
	reactor_task_init(&admission->reap_task, reap);
	admission->doors = mem_alloc_array(names->count, sizeof(struct door));
	for (size_t i = 0; i < names->count; i++) {
		admission->door_count = i + 1;
		if (!open_door(admission, &admission->doors[i], names->items[i])) {
			admission_destroy(admission);
			return NULL;
		}
	}
	return admission;
}

void admission_destroy(struct admission *admission)
{
	if (admission == NULL)
		return;
	for (size_t i = 0; i < admission->door_count; i++) {
		struct door *door = &admission->doors[i];

		reactor_unwatch(reactor_of(admission), &door->io);
		if (door->io.fd >= 0)
			close(door->io.fd);
		if (door->name != NULL)
			listen_unlink(door->name);
		mem_free(door->name);
	}
	list_each_safe (link, &admission->arrivals) {
		bury(list_entry(link, struct arrival, link), true);
	}
	reactor_unschedule(&admission->reap_task);
	reap(&admission->reap_task);
	close(admission->reserve_fd);
	mem_free(admission->doors);
	mem_free(admission);
}
