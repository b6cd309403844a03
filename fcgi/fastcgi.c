/* SPDX-License-Identifier: MIT */
/* The listening descriptor does not block and is watched together with an eventfd: a stop reaches
 * every worker at once and without signals, which libfcgi's own way of stopping would need. Each
 * worker has an epoll of its own, so that a request wakes one of them: to wake all costs as much as
 * the page of an empty room. A connection is closed after its request: a kept one would hold its
 * thread. */
#include "fcgi/fastcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/notify.h"
#include "fcgi/exchange.h"
#include "fcgi/thread.h"

#define BACKLOG 1024
/* A request that is not answered by then waits for its client. */
#define STOP_GRACE_SECONDS 2
#define KEPT_BYTES (1024 * 1024) /* a page and what compresses it are a third of that */

struct server {
	struct app *app;
	int listen_fd;
	int stop_fd;
	bool has_ended; /* no worker is left */
};

struct worker {
	struct server *server; /* borrowed */
	int epoll_fd;
	pthread_t thread;
};

static size_t read_input(void *context, char *out, size_t len)
{
	FCGX_Request *request = context;
	int got = FCGX_GetStr(out, (int)len, request->in);

	return got > 0 ? (size_t)got : 0;
}

static void answer(struct app *app, FCGX_Request *request)
{
	struct buf out = { 0 };

	exchange_answer(app, request->envp, false, read_input, request, &out);
	FCGX_PutStr(out.data, (int)out.len, request->out);
	buf_finish(&out);
}

static bool watch(int epoll_fd, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static int open_watch(const struct server *server)
{
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_fd >= 0 && watch(epoll_fd, server->listen_fd, EPOLLIN | EPOLLEXCLUSIVE) &&
		watch(epoll_fd, server->stop_fd, EPOLLIN))
		return epoll_fd;
	log_errno("event=watch");
	if (epoll_fd >= 0)
		close(epoll_fd);
	return -1;
}

/* False when it is time to stop. */
static bool wait_for_request(const struct worker *worker)
{
	struct epoll_event events[2];
	int count;

	do
		count = epoll_wait(worker->epoll_fd, events, 2, -1);
	while (count < 0 && errno == EINTR);
	for (int i = 0; i < count; i++) {
		if (events[i].data.fd == worker->server->stop_fd)
			return false;
	}
	return count > 0;
}

static void *run_worker(void *context)
{
	struct worker *worker = context;
	FCGX_Request request;

	FCGX_InitRequest(&request, worker->server->listen_fd, FCGI_FAIL_ACCEPT_ON_INTR);
	while (wait_for_request(worker)) {
		if (FCGX_Accept_r(&request) < 0)
			continue; /* another worker was faster */
		answer(worker->server->app, &request);
		FCGX_Finish_r(&request);
	}
	FCGX_Free(&request, 1);
	close(worker->epoll_fd);
	return NULL;
}

static bool start_worker(struct worker *worker, struct server *server)
{
	*worker = (struct worker){ .server = server, .epoll_fd = open_watch(server) };
	return worker->epoll_fd >= 0 && thread_start(&worker->thread, "worker", run_worker, worker);
}

static int open_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
	} else {
		strcpy(address.sun_path, path);
		unlink(path);
		if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
			chmod(path, 0660) == 0 && listen(fd, BACKLOG) == 0)
			return fd;
	}
	log_errno("event=listen path=%s", path);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Blocks until one of them comes; the workers have them blocked. */
static void wait_for_stop(const sigset_t *signals)
{
	int number;

	while (sigwait(signals, &number) != 0)
		continue;
	log_info("event=stopping signal=%d", number);
}

/* False when some did not end in time. */
static bool join_workers(const struct worker *workers, size_t count)
{
	struct timespec deadline;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += STOP_GRACE_SECONDS;
	for (size_t i = 0; i < count; i++) {
		if (pthread_timedjoin_np(workers[i].thread, NULL, &deadline) != 0)
			return false;
	}
	return true;
}

static int serve(struct server *server)
{
	size_t count = (size_t)server->app->config->fcgi_threads;
	struct worker *workers = mem_alloc_array(count, sizeof(struct worker));
	size_t started = 0;
	sigset_t signals;
	uint64_t one = 1;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN); /* a terminal that closes; nothing is read again */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	if (app_start_threads(server->app)) {
		while (started < count && start_worker(&workers[started], server))
			started++;
	}
	if (started == count) {
		log_info("event=ready threads=%zu", count);
		notify_ready();
		wait_for_stop(&signals);
		notify_stopping();
	}
	if (write(server->stop_fd, &one, sizeof(one)) != (ssize_t)sizeof(one))
		log_errno("event=stop");
	server->has_ended = join_workers(workers, started);
	mem_free(workers);
	return started == count ? EXIT_SUCCESS : EXIT_FAILURE;
}

int fastcgi_serve(struct app *app, const char *path)
{
	bool is_own = path != NULL;
	struct server server = { app, is_own ? open_socket(path) : STDIN_FILENO,
		eventfd(0, EFD_CLOEXEC), true };
	int status = EXIT_FAILURE;

	mem_keep_freed(KEPT_BYTES);
	if (server.listen_fd < 0 || server.stop_fd < 0 || FCGX_Init() != 0)
		return EXIT_FAILURE;
	if (fcntl(server.listen_fd, F_SETFL, fcntl(server.listen_fd, F_GETFL) | O_NONBLOCK) == 0)
		status = serve(&server);
	if (is_own)
		unlink(path);
	if (!server.has_ended) {
		log_warning("event=stopped problem=\"requests were cut off\"");
		_exit(status); /* what the workers use stays until they end with the process */
	}
	close(server.stop_fd);
	close(server.listen_fd);
	return status;
}
