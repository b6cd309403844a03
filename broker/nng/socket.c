/* SPDX-License-Identifier: MIT */
/* Uses NNG_OPT_RECVFD in epoll and non-blocking receives, and no callbacks on nng's threads: a
 * message is handled on the main thread alone. */
#include "broker/nng/socket.h"

#include <nng/supplemental/util/platform.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "common/base/log.h"

/* A busy sender must not hold up the other descriptors; epoll reports again what is left. */
#define MESSAGES_PER_TURN 64
#define BYTES_PER_TURN (256 * 1024)
#define RECONNECT_MIN_MS 100
#define RECONNECT_MAX_MS 2000
#define LINGER_QUIET_MS 200 /* a reader on a busy host pauses longer than 100 */
#define LINGER_LOOK_MS 10
#define CLOSE_MAX_SECONDS 1 /* closing takes a few ms */

static bool check(int result, const char *what)
{
	if (result == 0)
		return true;
	log_error("event=nng call=%s problem=\"%s\"", what, nng_strerror(result));
	return false;
}

static void handle_io(struct reactor_io *io, uint32_t events)
{
	struct watched_socket *socket = list_entry(io, struct watched_socket, io);
	size_t bytes = 0;

	(void)events;
	for (int i = 0; i < MESSAGES_PER_TURN && bytes < BYTES_PER_TURN && io->events != 0; i++) {
		nng_msg *message;

		if (nng_recvmsg(socket->socket, &message, NNG_FLAG_NONBLOCK) != 0)
			return;
		bytes += nng_msg_len(message);
		socket->protocol->receive(socket, message);
	}
}

bool watched_socket_open(struct watched_socket *socket, struct reactor *reactor,
	const struct watched_protocol *protocol)
{
	*socket = (struct watched_socket){
		.reactor = reactor, .protocol = protocol, .io = { .handle = handle_io }
	};
	if (!check(protocol->open(&socket->socket), "open"))
		return false;
	nng_socket_set_size(socket->socket, NNG_OPT_RECVMAXSZ, protocol->message_bytes_max);
	if (protocol->send_queue > 0)
		nng_socket_set_int(socket->socket, NNG_OPT_SENDBUF, protocol->send_queue);
	if (protocol->receive_queue > 0)
		nng_socket_set_int(socket->socket, NNG_OPT_RECVBUF, protocol->receive_queue);
	nng_socket_set_ms(socket->socket, NNG_OPT_RECONNMINT, RECONNECT_MIN_MS);
	nng_socket_set_ms(socket->socket, NNG_OPT_RECONNMAXT, RECONNECT_MAX_MS);
	if (protocol->receive == NULL)
		return true;
	if (!check(nng_socket_get_int(socket->socket, NNG_OPT_RECVFD, &socket->io.fd), "recvfd"))
		return false;
	return reactor_watch(reactor, &socket->io, EPOLLIN);
}

bool watched_socket_listen(struct watched_socket *socket, struct stats *stats, const char *path)
{
	return entrance_open(&socket->entrance, socket->reactor, stats, socket->socket, path);
}

bool watched_socket_dial(struct watched_socket *socket, const char *url)
{
	return check(nng_dial(socket->socket, url, NULL, NNG_FLAG_NONBLOCK), url);
}

void watched_socket_pause(struct watched_socket *socket)
{
	reactor_unwatch(socket->reactor, &socket->io);
}

void watched_socket_resume(struct watched_socket *socket)
{
	if (socket->socket.id == 0 || socket->io.events != 0)
		return;
	if (!reactor_watch(socket->reactor, &socket->io, EPOLLIN))
		log_errno("event=watch");
}

/* The messages that nng has written to those who are connected now. */
static uint64_t count_written(const struct watched_socket *watched_socket)
{
	uint64_t socket_id = (uint64_t)nng_socket_id(watched_socket->socket);
	uint64_t count = 0;
	nng_stat *all;

	if (nng_stats_get(&all) != 0)
		return 0;
	for (nng_stat *stat = nng_stat_child(all); stat != NULL; stat = nng_stat_next(stat)) {
		nng_stat *socket = nng_stat_find(stat, "socket");
		nng_stat *messages = nng_stat_find(stat, "tx_msgs");

		if (strcmp(nng_stat_name(stat), "pipe") == 0 && socket != NULL &&
			messages != NULL && nng_stat_value(socket) == socket_id)
			count += nng_stat_value(messages);
	}
	nng_stats_free(all);
	return count;
}

/* nng cannot say whether anything waits, so it gets time as long as it writes. */
void watched_socket_linger(const struct watched_socket *socket, unsigned max_ms)
{
	uint64_t written = count_written(socket);
	unsigned quiet_ms = 0;

	for (unsigned ms = 0; ms < max_ms && quiet_ms < LINGER_QUIET_MS; ms += LINGER_LOOK_MS) {
		uint64_t before = written;

		nng_msleep(LINGER_LOOK_MS);
		written = count_written(socket);
		quiet_ms = written == before ? quiet_ms + LINGER_LOOK_MS : 0;
	}
}

/* Runs on a thread of its own. */
static void *run_close(void *context)
{
	nng_close((nng_socket){ (uint32_t)(uintptr_t)context });
	return NULL;
}

/* nng 1.5.2 can wait for ever for a control connection whose client has asked twice and gone, and
 * so does its reaper, which all sockets share. Such sockets are left open until the process
 * ends. */
static void close_in_time(nng_socket socket)
{
	static bool reaper_hangs;
	struct timespec deadline;
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_close, (void *)(uintptr_t)socket.id) != 0) {
		nng_close(socket);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += reaper_hangs ? 0 : CLOSE_MAX_SECONDS;
	if (pthread_timedjoin_np(thread, NULL, &deadline) == 0)
		return;
	if (!reaper_hangs)
		log_warning("event=nng_hangs");
	reaper_hangs = true;
	pthread_detach(thread);
}

void watched_socket_close(struct watched_socket *socket)
{
	if (socket->socket.id == 0)
		return;
	entrance_close(&socket->entrance);
	reactor_unwatch(socket->reactor, &socket->io);
	close_in_time(socket->socket);
	socket->socket.id = 0;
}

struct str message_text(nng_msg *message)
{
	return str_range(nng_msg_body(message), nng_msg_len(message));
}
