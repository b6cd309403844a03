/* SPDX-License-Identifier: MIT */
/* Most newcomers have said everything by the time they are accepted, and are judged there and
 * then. The others wait edge-triggered: each new piece of a head is one event, and a client that
 * sends nothing costs nothing. One absolute deadline from accept on holds whoever drips. When too
 * many wait, one of the client that has the most goes. */
#include "broker/admission.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/broker.h"
#include "broker/crowd.h"
#include "broker/door.h"
#include "broker/identity.h"
#include "broker/listener.h"
#include "broker/proxy_header.h"
#include "broker/refusal.h"
#include "broker/report.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/origin.h"

#define HEAD_BYTES_MAX (16 * 1024)
/* Newcomers that may wait at the same time: more than come back at once after a restart, and never
 * more than one of so many descriptors. */
#define ARRIVALS_MAX (16 * 1024)
#define DESCRIPTORS_PER_ARRIVAL 2
/* How long a refused client may take to read its answer, and what it may send meanwhile. */
#define LINGER_MS 1000
#define LINGER_BYTES_MAX (256 * 1024)
/* A client behind a proxy that does not tell its address: one for all, and trusted with nothing. */
#define PEER_UNKNOWN "unknown"

enum arrival_state { ARRIVAL_PROXY_HEADER, ARRIVAL_HEAD, ARRIVAL_LINGERING, ARRIVAL_GONE };

/* A connection whose head has not come, or whose refusal has not been read. */
struct arrival {
	struct reactor_io io;
	struct timer deadline;
	struct patience patience;
	struct crowd_member place; /* while it waits */
	struct list link; /* of all; in the graveyard when it is gone */
	struct admission *admission;
	enum arrival_state state;
	bool has_ended; /* the client has sent all that it will */
	enum door_kind kind;
	size_t discarded_bytes;
	uint64_t accept_us; /* monotonic */
	char peer[64];
};

struct admission {
	struct broker *broker;
	struct doors *doors;
	struct list arrivals;
	struct list graveyard;
	struct crowd *crowd;
	size_t arrivals_max;
	struct reactor_task reap_task;
	char head[HEAD_BYTES_MAX];
};

static struct reactor *reactor_of(const struct admission *admission)
{
	return &admission->broker->reactor;
}

static void count(const struct arrival *arrival, enum stat_id stat)
{
	stat_add(&arrival->admission->broker->stats, stat, 1);
}

/* Frees an arrival at the turn's end, because its events of this turn may still come. fd is closed
 * unless it went on to the listener. */
static void bury(struct arrival *arrival, bool close_fd)
{
	struct admission *admission = arrival->admission;

	reactor_unwatch(reactor_of(admission), &arrival->io);
	reactor_disarm(reactor_of(admission), &arrival->deadline);
	list_remove(&arrival->patience.waiter.link);
	crowd_remove(admission->crowd, &arrival->place);
	if (close_fd)
		close(arrival->io.fd);
	arrival->state = ARRIVAL_GONE;
	list_remove(&arrival->link);
	list_append(&admission->graveyard, &arrival->link);
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

/* Throws away a piece of what a refused client still sends; whether there is more is for the next
 * turn to see. */
static void discard(struct arrival *arrival)
{
	ssize_t len = recv(arrival->io.fd, arrival->admission->head, HEAD_BYTES_MAX, MSG_DONTWAIT);

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len > 0)
		arrival->discarded_bytes += (size_t)len;
	if (len <= 0 || arrival->discarded_bytes > LINGER_BYTES_MAX)
		bury(arrival, true);
}

static void send_refusal(int fd, int status, enum stat_id cause, struct str allowed_origin)
{
	struct buf response = { 0 };
	ssize_t sent;

	refusal_write(status, cause, allowed_origin, &response);
	/* A fresh socket's buffer holds the whole answer; a client that has filled the buffer gets
	 * none. */
	sent = send(fd, response.data, response.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)sent;
	shutdown(fd, SHUT_WR);
	buf_finish(&response);
}

/* Answers, and waits until the client has closed: closing first would reset the connection over
 * what it still sends, and the answer would be lost. */
static void refuse_origin(
	struct arrival *arrival, int status, enum stat_id cause, struct str allowed_origin)
{
	struct admission *admission = arrival->admission;
	struct log_quoted peer;

	count(arrival, cause);
	log_debug("event=refused status=%d peer=%s", status,
		log_quote(&peer, str_from(arrival->peer)));
	send_refusal(arrival->io.fd, status, cause, allowed_origin);
	arrival->state = ARRIVAL_LINGERING;
	if (arrival->io.events != 0)
		reactor_rewatch(reactor_of(admission), &arrival->io, EPOLLIN);
	reactor_arm(reactor_of(admission), &arrival->deadline, LINGER_MS);
	discard(arrival);
}

static void refuse(struct arrival *arrival, int status, enum stat_id cause)
{
	refuse_origin(arrival, status, cause, STR_OF(""));
}

/* Reports are for this host only, and what comes through a proxy does not come from it. */
static void judge_report(
	struct arrival *arrival, const struct handshake *handshake, const struct report *report)
{
	if (arrival->kind != DOOR_LOCAL || handshake->is_forwarded) {
		refuse(arrival, 404, refusal_stat(404));
		return;
	}
	bury(arrival, false);
	listener_report(arrival->admission->broker->listener, arrival->io.fd, report);
}

/* The listener answers on the one descriptor and closes it; the connection lives on the other. It
 * is made before the answer is, so that there is still one to give when it cannot be made. */
static void hand_over(struct arrival *arrival, struct scope *scope)
{
	struct broker *broker = arrival->admission->broker;
	int answer_fd = fcntl(arrival->io.fd, F_DUPFD_CLOEXEC, 0);

	if (answer_fd < 0) {
		broker_abandon(broker, scope);
		refuse(arrival, 503, STAT_REFUSED_DESCRIPTORS);
		return;
	}
	bury(arrival, false);
	listener_take(broker->listener, answer_fd, arrival->io.fd, scope);
}

static void judge(struct arrival *arrival, struct str head)
{
	struct scope *scope = scope_create(head);
	int status = handshake_parse(buf_str(&scope->head), &scope->handshake);
	const struct report *report = NULL;
	enum stat_id cause;

	snprintf(scope->peer, sizeof(scope->peer), "%s", arrival->peer);
	scope->accept_us = arrival->accept_us;
	if (status == HANDSHAKE_OK)
		report = report_find(scope->handshake.path);
	if (report != NULL) {
		judge_report(arrival, &scope->handshake, report);
		scope_destroy(scope);
		return;
	}
	scope->patience = &arrival->patience;
	if (status == HANDSHAKE_OK)
		status = broker_admit(arrival->admission->broker, scope);
	if (status == IDENTITY_LATER) {
		scope_destroy(scope);
		return;
	}
	if (status == 101) {
		hand_over(arrival, scope);
		return;
	}
	cause = scope->refused_as != 0 ? scope->refused_as : refusal_stat(status);
	refuse_origin(arrival, status, cause, scope->allowed_origin);
	scope_destroy(scope);
}

/* Peeks at what has come so far. Empty when there is nothing new, and when the client has gone,
 * which is buried then. */
static struct str peek(struct arrival *arrival)
{
	char *head = arrival->admission->head;
	ssize_t len = recv(arrival->io.fd, head, HEAD_BYTES_MAX, MSG_PEEK | MSG_DONTWAIT);

	if (len > 0)
		return str_range(head, (size_t)len);
	if (len == 0 || (errno != EAGAIN && errno != EINTR))
		bury(arrival, true);
	return STR_OF("");
}

static void drop_violator(struct arrival *arrival)
{
	count(arrival, STAT_PROXY_HEADERS_REFUSED);
	bury(arrival, true);
}

/* From now on the peer is the client that a proxy has named. */
static void rename_peer(struct arrival *arrival, const char *name)
{
	struct crowd *crowd = arrival->admission->crowd;
	bool is_waiting = arrival->place.group != NULL;

	snprintf(arrival->peer, sizeof(arrival->peer), "%s", name);
	crowd_remove(crowd, &arrival->place);
	if (is_waiting)
		crowd_add(crowd, &arrival->place, str_from(arrival->peer));
}

/* Reads the header away; what is behind it is a connection like any other. */
static void look_at_proxy_header(struct arrival *arrival)
{
	struct proxy_header header;
	enum proxy_result result = proxy_header_parse(peek(arrival), &header);

	if (result == PROXY_NEED_MORE)
		return;
	if (result == PROXY_VIOLATION || recv(arrival->io.fd, arrival->admission->head, header.len,
						 MSG_DONTWAIT) != (ssize_t)header.len) {
		drop_violator(arrival);
		return;
	}
	if (result == PROXY_OK)
		rename_peer(arrival, header.source);
	else if (result == PROXY_UNKNOWN)
		rename_peer(arrival, PEER_UNKNOWN);
	arrival->state = ARRIVAL_HEAD;
}

/* RFC 9112 3: a target that is too long gets another status than a head that is too large. */
static void refuse_long_head(struct arrival *arrival, struct str bytes)
{
	int status = str_find(bytes, '\n') == bytes.len ? 414 : 431;

	refuse(arrival, status, refusal_stat(status));
}

static void look_at_head(struct arrival *arrival)
{
	struct str bytes = peek(arrival);
	size_t head_len = handshake_head_length(bytes);

	if (head_len > 0)
		judge(arrival, str_range(bytes.data, head_len));
	else if (bytes.len == HEAD_BYTES_MAX)
		refuse_long_head(arrival, bytes);
	else if (bytes.len > 0 && arrival->has_ended)
		refuse(arrival, 400, refusal_stat(400)); /* the rest never comes */
}

/* Judges a newcomer again; its head is still in the socket. */
static void look_again(struct answer_waiter *waiter)
{
	struct patience *patience = list_entry(waiter, struct patience, waiter);

	look_at_head(list_entry(patience, struct arrival, patience));
}

static void look(struct arrival *arrival)
{
	if (arrival->state == ARRIVAL_PROXY_HEADER)
		look_at_proxy_header(arrival);
	if (arrival->state == ARRIVAL_HEAD)
		look_at_head(arrival);
}

static void handle_arrival(struct reactor_io *io, uint32_t events)
{
	struct arrival *arrival = list_entry(io, struct arrival, io);

	arrival->has_ended |= (events & (EPOLLRDHUP | EPOLLHUP)) != 0;
	if (arrival->state == ARRIVAL_LINGERING)
		discard(arrival);
	else
		look(arrival);
}

static void expire(struct timer *timer)
{
	struct arrival *arrival = list_entry(timer, struct arrival, deadline);

	if (arrival->state == ARRIVAL_LINGERING) {
		bury(arrival, true);
		return;
	}
	if (arrival->state == ARRIVAL_PROXY_HEADER)
		drop_violator(arrival);
	else
		refuse(arrival, 408, refusal_stat(408));
}

static void shed_one(struct admission *admission)
{
	struct crowd_member *place = crowd_choose(admission->crowd);

	stat_add(&admission->broker->stats, STAT_HANDSHAKES_SHED, 1);
	bury(list_entry(place, struct arrival, place), true);
}

/* Keeps a newcomer that is not judged after the first look. */
static void wait_for_more(struct arrival *arrival)
{
	struct admission *admission = arrival->admission;
	bool is_lingering = arrival->state == ARRIVAL_LINGERING;

	if (crowd_count(admission->crowd) >= admission->arrivals_max)
		shed_one(admission);
	crowd_add(admission->crowd, &arrival->place, str_from(arrival->peer));
	if (!reactor_watch(reactor_of(admission), &arrival->io,
		    is_lingering ? EPOLLIN : EPOLLIN | EPOLLRDHUP | EPOLLET)) {
		log_errno("event=watch");
		bury(arrival, true);
		return;
	}
	if (!is_lingering)
		reactor_arm(reactor_of(admission), &arrival->deadline,
			(uint64_t)admission->broker->config->limits_handshake_seconds * 1000);
}

void admission_welcome(struct admission *admission, int fd, const char *peer, enum door_kind kind)
{
	struct arrival *arrival = mem_new(struct arrival);
	bool is_proxied = kind == DOOR_PROXIED;

	arrival->kind = kind;
	arrival->accept_us = clock_monotonic_us();
	arrival->admission = admission;
	arrival->io = (struct reactor_io){ .handle = handle_arrival, .fd = fd };
	arrival->state = is_proxied ? ARRIVAL_PROXY_HEADER : ARRIVAL_HEAD;
	arrival->patience.waiter.wake = look_again;
	list_init(&arrival->patience.waiter.link);
	timer_init(&arrival->deadline, expire);
	snprintf(arrival->peer, sizeof(arrival->peer), "%s", peer);
	list_append(&admission->arrivals, &arrival->link);
	/* proxy-protocol.txt 2: a header is believed from proxies only. */
	if (is_proxied && !origin_peer_is_trusted(admission->broker->config, str_from(peer)))
		drop_violator(arrival);
	else
		look(arrival);
	if (arrival->state != ARRIVAL_GONE)
		wait_for_more(arrival);
}

static size_t find_arrivals_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
		limit.rlim_cur / DESCRIPTORS_PER_ARRIVAL > ARRIVALS_MAX)
		return ARRIVALS_MAX;
	return (size_t)limit.rlim_cur / DESCRIPTORS_PER_ARRIVAL + 1;
}

struct admission *admission_create(struct broker *broker)
{
	struct admission *admission = mem_new(struct admission);

	admission->broker = broker;
	admission->arrivals_max = find_arrivals_max();
	admission->crowd = crowd_create(admission->arrivals_max);
	list_init(&admission->arrivals);
	list_init(&admission->graveyard);
	reactor_task_init(&admission->reap_task, reap);
	admission->doors = doors_open(broker, admission);
	if (admission->doors != NULL)
		return admission;
	admission_destroy(admission);
	return NULL;
}

void admission_close_doors(struct admission *admission)
{
	doors_close(admission->doors);
	admission->doors = NULL;
}

void admission_destroy(struct admission *admission)
{
	if (admission == NULL)
		return;
	admission_close_doors(admission);
	list_each_safe (link, &admission->arrivals) {
		bury(list_entry(link, struct arrival, link), true);
	}
	reactor_unschedule(&admission->reap_task);
	reap(&admission->reap_task);
	crowd_destroy(admission->crowd);
	mem_free(admission);
}
