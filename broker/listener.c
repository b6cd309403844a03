/* SPDX-License-Identifier: MIT */
/* libmicrohttpd runs inside our own epoll loop. A socket is added with its whole head waiting in
 * it, so that one run reads the request, sends the 101 and calls us back, and the next forgets the
 * connection. A run costs the same for one and for many: those of a turn are added together. */
#include "broker/listener.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/broker.h"
#include "broker/report.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/guest.h"

/* Freed at take-over, so that long cookies cost nothing later (twice the largest head). */
#define POOL_BYTES (32 * 1024)
#define HANDSHAKES_MAX 1024
/* So few that their memory pools are still in the cache when the run comes to them. */
#define HANDSHAKES_PER_RUN 16
#define RUNS_AT_ONCE 4

/* A handshake that is libmicrohttpd's; the context of its connection. */
struct pending {
	struct list link;
	struct listener *listener;
	int fd; /* what the connection will live on; owned until it has been opened */
	struct scope *scope; /* owned; NULL for reports, and once it has been opened */
	const struct report *report; /* NULL for a connection */
};

struct listener {
	struct broker *broker;
	struct MHD_Daemon *daemon;
	struct reactor_io io;
	struct timer timer; /* what libmicrohttpd wants to do later */
	struct reactor_task run_task;
	struct list pending;
	size_t pending_count;
	struct pending *added; /* while its connection is being added */
	struct log_rate log_rate;
};

static struct pending *pending_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info != NULL ? info->socket_context : NULL;
}

static void forget_pending(struct pending *pending)
{
	struct listener *listener = pending->listener;

	if (pending->scope != NULL) {
		broker_abandon(listener->broker, pending->scope);
		close(pending->fd);
	}
	if (listener->added == pending)
		listener->added = NULL;
	list_remove(&pending->link);
	listener->pending_count--;
	mem_free(pending);
}

/* Nagle's delay would hold a message back; libmicrohttpd switches it on when it upgrades. Not for
 * unix sockets, where it fails. */
static void disable_delay(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* A stream's client sends nothing that shows it is there: TCP drops what is not acknowledged for as
 * long as a WebSocket may be silent. */
static void limit_silence(int fd, const struct config *config)
{
	int64_t seconds = config->limits_idle_ping_seconds + config->limits_pong_seconds;
	unsigned ms = (unsigned)seconds * 1000;

	if (config->limits_idle_ping_seconds > 0)
		setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
}

static void open_connection(struct pending *pending, struct str early_bytes)
{
	struct broker *broker = pending->listener->broker;
	struct scope *scope = pending->scope;

	disable_delay(pending->fd);
	if (dialect_is_stream(scope->dialect))
		limit_silence(pending->fd, broker->config);
	pending->scope = NULL;
	stat_observe(&broker->stats, HISTOGRAM_HANDSHAKE, clock_monotonic_us() - scope->accept_us);
	broker_open(broker, scope, pending->fd, early_bytes);
}

static void handle_upgrade(void *context, struct MHD_Connection *connection, void *request,
	const char *extra, size_t extra_len, MHD_socket socket,
	struct MHD_UpgradeResponseHandle *handle)
{
	(void)connection, (void)request, (void)socket;
	open_connection(context, str_range(extra, extra_len));
	MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}

static void add_upgrade_headers(struct MHD_Response *response, const struct pending *pending)
{
	const struct scope *scope = pending->scope;
	char accept[HANDSHAKE_ACCEPT_SIZE];
	struct buf cookie = { 0 };
	struct buf extensions = { 0 };

	handshake_accept_key(scope->handshake.key, accept);
	MHD_add_response_header(response, "Upgrade", "websocket");
	MHD_add_response_header(response, "Sec-WebSocket-Accept", accept);
	if (dialect_is_v1(scope->dialect))
		MHD_add_response_header(response, "Sec-WebSocket-Protocol", DIALECT_V1_SUBPROTOCOL);
	extensions_write(&scope->extensions, &extensions);
	if (extensions.len > 0)
		MHD_add_response_header(
			response, "Sec-WebSocket-Extensions", buf_text(&extensions));
	if (scope->who.guest_is_new) {
		guest_write_cookie(&scope->who.user, &pending->listener->broker->secret,
			scope->is_https, &cookie);
		MHD_add_response_header(response, "Set-Cookie", buf_text(&cookie));
	}
	buf_finish(&cookie);
	buf_finish(&extensions);
}

static enum MHD_Result queue(
	struct MHD_Connection *connection, unsigned status, struct MHD_Response *response)
{
	enum MHD_Result result = MHD_queue_response(connection, status, response);

	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer_upgrade(struct MHD_Connection *connection, struct pending *pending)
{
	struct MHD_Response *response = MHD_create_response_for_upgrade(handle_upgrade, pending);

	if (response == NULL)
		return MHD_NO;
	add_upgrade_headers(response, pending);
	return queue(connection, MHD_HTTP_SWITCHING_PROTOCOLS, response);
}

/* A stream begins with a head of its own. Libmicrohttpd is told that nobody answers: with
 * MHD_USE_TURBO it closes its descriptor then and says nothing to the client. */
static enum MHD_Result take_over(struct pending *pending)
{
	open_connection(pending, STR_OF(""));
	return MHD_NO;
}

static enum MHD_Result answer_report(
	struct MHD_Connection *connection, const struct broker *broker, const struct report *report)
{
	struct buf body = { 0 };
	unsigned status = report->write(broker, &body) ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
	struct MHD_Response *response;

	response = MHD_create_response_from_buffer(body.len, body.data, MHD_RESPMEM_MUST_COPY);
	buf_finish(&body);
	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", report->content_type);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "Connection", "close");
	return queue(connection, status, response);
}

static enum MHD_Result handle_request(void *context, struct MHD_Connection *connection,
	const char *url, const char *method, const char *version, const char *upload,
	size_t *upload_len, void **request)
{
	struct listener *listener = context;
	struct pending *pending = pending_of(connection);

	(void)url, (void)method, (void)version, (void)upload, (void)upload_len, (void)request;
	if (pending == NULL)
		return MHD_NO;
	if (pending->report != NULL)
		return answer_report(connection, listener->broker, pending->report);
	if (pending->scope == NULL)
		return MHD_NO;
	return dialect_is_stream(pending->scope->dialect) ? take_over(pending)
							  : answer_upgrade(connection, pending);
}

static void handle_connection(void *context, struct MHD_Connection *connection,
	void **socket_context, enum MHD_ConnectionNotificationCode code)
{
	struct listener *listener = context;

	(void)connection;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*socket_context = listener->added;
	else if (*socket_context != NULL)
		forget_pending(*socket_context);
}

/* The next time it wants to run: its time-outs, and connections to reap. */
static void arm(struct listener *listener)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;

	if (MHD_get_timeout(listener->daemon, &timeout_ms) == MHD_YES)
		reactor_arm(&listener->broker->reactor, &listener->timer, timeout_ms);
	else
		reactor_disarm(&listener->broker->reactor, &listener->timer);
}

static void run(struct listener *listener)
{
	reactor_unschedule(&listener->run_task);
	MHD_run(listener->daemon);
	for (int i = 1; i < RUNS_AT_ONCE && listener->pending_count > 0; i++)
		MHD_run(listener->daemon);
	arm(listener);
}

static void handle_task(struct reactor_task *task)
{
	run(list_entry(task, struct listener, run_task));
}

static void handle_io(struct reactor_io *io, uint32_t events)
{
	(void)events;
	run(list_entry(io, struct listener, io));
}

static void handle_timer(struct timer *timer)
{
	run(list_entry(timer, struct listener, timer));
}

/* libmicrohttpd logs this for every answer on a unix socket, which has no such options and needs
 * none, and for every stream (take_over). */
static bool is_idle_talk(struct str line)
{
	return str_starts_with(line, STR_OF("Setting TCP_")) ||
	       str_starts_with(line, STR_OF("Failed to push the data")) ||
	       str_starts_with(line, STR_OF("Application reported internal error"));
}

__attribute__((format(printf, 2, 0))) static void log_library(
	void *context, const char *format, va_list arguments)
{
	struct listener *listener = context;
	char line[256];
	struct log_quoted quoted;
	uint64_t suppressed;

	vsnprintf(line, sizeof(line), format, arguments);
	if (!is_idle_talk(str_from(line)) &&
		log_rate_admits(&listener->log_rate, listener->broker->reactor.now_ms, &suppressed))
		log_info("event=libmicrohttpd text=%s suppressed=%" PRIu64,
			log_quote(&quoted, str_trim(str_from(line))), suppressed);
}

static struct MHD_Daemon *start_daemon(struct listener *listener, unsigned timeout_seconds)
{
	struct MHD_OptionItem options[] = {
		{ MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_BYTES, NULL },
		{ MHD_OPTION_CONNECTION_LIMIT, HANDSHAKES_MAX, NULL },
		{ MHD_OPTION_CONNECTION_TIMEOUT, timeout_seconds, NULL },
		{ MHD_OPTION_STRICT_FOR_CLIENT, -1,
			NULL }, /* heads are judged before; this level refuses the least */
		{ MHD_OPTION_END, 0, NULL },
	};

	return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_UPGRADE |
					MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG,
		0, NULL, NULL, handle_request, listener, MHD_OPTION_EXTERNAL_LOGGER, log_library,
		listener, MHD_OPTION_NOTIFY_CONNECTION, handle_connection, listener,
		MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

static bool watch_daemon(struct listener *listener)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(
		listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);

	if (info == NULL)
		return false;
	listener->io.fd = info->epoll_fd;
	listener->io.handle = handle_io;
	return reactor_watch(&listener->broker->reactor, &listener->io, EPOLLIN);
}

struct listener *listener_create(struct broker *broker)
{
	struct listener *listener = mem_new(struct listener);

	listener->broker = broker;
	list_init(&listener->pending);
	timer_init(&listener->timer, handle_timer);
	reactor_task_init(&listener->run_task, handle_task);
	listener->daemon = start_daemon(
		listener, (unsigned)broker->config->limits_handshake_seconds);
	if (listener->daemon != NULL && watch_daemon(listener))
		return listener;
	log_errno("event=start_libmicrohttpd");
	listener_destroy(listener);
	return NULL;
}

void listener_destroy(struct listener *listener)
{
	if (listener == NULL)
		return;
	reactor_unwatch(&listener->broker->reactor, &listener->io);
	reactor_disarm(&listener->broker->reactor, &listener->timer);
	reactor_unschedule(&listener->run_task);
	if (listener->daemon != NULL)
		MHD_stop_daemon(listener->daemon);
	list_each_safe (link, &listener->pending) {
		forget_pending(list_entry(link, struct pending, link));
	}
	mem_free(listener);
}

static void take(struct listener *listener, int answer_fd, int fd, struct scope *scope,
	const struct report *report)
{
	/* libmicrohttpd wants an address, also of unix sockets; it is not looked at. */
	struct sockaddr_in nowhere = { .sin_family = AF_INET };
	struct pending *pending = mem_new(struct pending);

	*pending = (struct pending){
		.listener = listener, .fd = fd, .scope = scope, .report = report
	};
	list_append(&listener->pending, &pending->link);
	listener->pending_count++;
	listener->added = pending;
	if (MHD_add_connection(listener->daemon, answer_fd, (struct sockaddr *)&nowhere,
		    sizeof(nowhere)) != MHD_YES) {
		log_errno("event=add_connection"); /* answer_fd is closed by then */
		if (listener->added != NULL)
			forget_pending(pending);
	}
	listener->added = NULL;
	if (listener->pending_count >= HANDSHAKES_PER_RUN)
		run(listener);
	else
		reactor_schedule(&listener->broker->reactor, &listener->run_task);
}

void listener_take(struct listener *listener, int answer_fd, int fd, struct scope *scope)
{
	take(listener, answer_fd, fd, scope, NULL);
}

void listener_report(struct listener *listener, int fd, const struct report *report)
{
	take(listener, fd, -1, NULL, report);
}
