/* SPDX-License-Identifier: MIT */
/* Commands gather in a buffer that is sent at the end of the turn, so that all commands of a turn
 * share one system call here and one in Redis. A connection that fails stays open until its owner
 * closes it, because the failure may be found while a handler runs. */
#include "broker/redis/pipe.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "broker/redis/resp.h"
#include "common/base/mem.h"

#define READ_BYTES 65536
#define HANDLERS_MIN 64
/* An empty output buffer keeps this much memory: the commands of a busy second. */
#define IDLE_BYTES_MAX (1024 * 1024)

void pipe_init(
	struct link_pipe *pipe, struct reactor *reactor, const struct pipe_ops *ops, void *context)
{
	*pipe = (struct link_pipe){
		.ops = ops, .context = context, .reactor = reactor, .io.fd = -1
	};
}

bool pipe_is_open(const struct link_pipe *pipe)
{
	return pipe->io.fd >= 0;
}

static void fail(struct link_pipe *pipe, const char *problem)
{
	if (pipe->has_failed)
		return;
	pipe->has_failed = true;
	pipe->ops->fail(pipe->context, problem);
}

static void fail_errno(struct link_pipe *pipe, int error)
{
	const char *reason = strerrordesc_np(error);
	struct buf problem = { 0 };

	buf_append_format(&problem, "%s: %s",
		pipe->is_connected ? "the connection broke" : "there is no connection",
		reason == NULL ? "unknown error" : reason);
	fail(pipe, buf_text(&problem));
	buf_finish(&problem);
}

/* Takes the oldest handler out of the ring. */
static struct link_handler take_handler(struct link_pipe *pipe)
{
	struct link_handler handler = pipe->handlers[pipe->first];

	pipe->first = (pipe->first + 1) & (pipe->capacity - 1);
	pipe->waiting--;
	return handler;
}

static void handle_reply(struct link_pipe *pipe, const struct link_reply *reply)
{
	struct link_handler handler;

	if (reply->kind == LINK_ERROR)
		pipe->ops->complain(pipe->context, pipe, reply);
	if (pipe->waiting == 0) {
		pipe->ops->push(pipe->context, pipe, reply);
		return;
	}
	handler = take_handler(pipe);
	if (handler.take != NULL)
		handler.take(handler.context, reply);
}

static void handle_replies(struct link_pipe *pipe)
{
	const struct link_reply *reply;
	const char *problem;
	enum resp_result result = RESP_REPLY;

	while (!pipe->has_failed && result == RESP_REPLY) {
		result = resp_reader_next(pipe->reader, &reply, &problem);
		if (result == RESP_REPLY)
			handle_reply(pipe, reply);
	}
	if (result == RESP_BROKEN)
		fail(pipe, problem);
}

static void handle_readable(struct link_pipe *pipe)
{
	char data[READ_BYTES];
	ssize_t len = recv(pipe->io.fd, data, sizeof(data), MSG_DONTWAIT);

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len < 0) {
		fail_errno(pipe, errno);
	} else if (len == 0) {
		fail(pipe, "it closed the connection");
	} else {
		pipe->ops->hear(pipe->context, pipe);
		resp_reader_feed(pipe->reader, data, (size_t)len);
		handle_replies(pipe);
	}
}

/* The first call tells whether the connection was established. */
static void handle_writable(struct link_pipe *pipe)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (!pipe->is_connected &&
		getsockopt(pipe->io.fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		error = errno;
	if (error != 0) {
		fail_errno(pipe, error);
		return;
	}
	pipe->is_connected = true;
	pipe_flush(pipe);
}

static void handle_io(struct reactor_io *io, uint32_t events)
{
	struct link_pipe *pipe = list_entry(io, struct link_pipe, io);

	if (!pipe->has_failed && (events & EPOLLOUT) != 0)
		handle_writable(pipe);
	if (!pipe->has_failed && (events & ~(uint32_t)EPOLLOUT) != 0)
		handle_readable(pipe);
}

bool pipe_open(struct link_pipe *pipe, const struct sockaddr *address, socklen_t size)
{
	int one = 1;
	int error;

	assert(!pipe_is_open(pipe) && pipe->waiting == 0);
	pipe->io.fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (pipe->io.fd < 0)
		return false;
	if (address->sa_family != AF_UNIX)
		setsockopt(pipe->io.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	pipe->io.handle = handle_io;
	pipe->reader = resp_reader_create();
	pipe->has_failed = false;
	if ((connect(pipe->io.fd, address, size) == 0 || errno == EINPROGRESS) &&
		reactor_watch(pipe->reactor, &pipe->io, EPOLLIN | EPOLLOUT))
		return true;
	error = errno;
	pipe_close(pipe);
	errno = error;
	return false;
}

void pipe_close(struct link_pipe *pipe)
{
	if (!pipe_is_open(pipe))
		return;
	reactor_unwatch(pipe->reactor, &pipe->io);
	close(pipe->io.fd);
	pipe->io.fd = -1;
	resp_reader_destroy(pipe->reader);
	pipe->reader = NULL;
	buf_finish(&pipe->output);
	pipe->sent = 0;
	pipe->is_connected = false;
}

void pipe_forsake(struct link_pipe *pipe)
{
	while (pipe->waiting > 0) {
		struct link_handler handler = take_handler(pipe);

		if (handler.take != NULL)
			handler.take(handler.context, NULL);
	}
}

void pipe_finish(struct link_pipe *pipe)
{
	assert(!pipe_is_open(pipe) && pipe->waiting == 0);
	mem_free(pipe->handlers);
	pipe->handlers = NULL;
	pipe->capacity = 0;
}

/* Doubles the ring; the oldest handler moves to its start. */
static void grow_ring(struct link_pipe *pipe)
{
	size_t capacity = pipe->capacity == 0 ? HANDLERS_MIN : 2 * pipe->capacity;
	struct link_handler *handlers = mem_alloc_array(capacity, sizeof(*handlers));

	for (size_t i = 0; i < pipe->waiting; i++)
		handlers[i] = pipe->handlers[(pipe->first + i) & (pipe->capacity - 1)];
	mem_free(pipe->handlers);
	pipe->handlers = handlers;
	pipe->capacity = capacity;
	pipe->first = 0;
}

bool pipe_tell(struct link_pipe *pipe, size_t count, const struct str *words)
{
	if (pipe->output.len - pipe->sent > PIPE_OUTPUT_BYTES_MAX)
		return false;
	resp_write(&pipe->output, count, words);
	pipe->ops->wake(pipe->context);
	return true;
}

bool pipe_command(
	struct link_pipe *pipe, struct link_handler handler, size_t count, const struct str *words)
{
	if (pipe->waiting == PIPE_COMMANDS_MAX || !pipe_tell(pipe, count, words))
		return false;
	if (pipe->waiting == pipe->capacity)
		grow_ring(pipe);
	pipe->handlers[(pipe->first + pipe->waiting) & (pipe->capacity - 1)] = handler;
	pipe->waiting++;
	return true;
}

void pipe_flush(struct link_pipe *pipe)
{
	ssize_t len = 0;

	if (pipe->has_failed || !pipe->is_connected)
		return;
	if (pipe->output.len > 0)
		len = send(pipe->io.fd, pipe->output.data + pipe->sent,
			pipe->output.len - pipe->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (len < 0 && errno != EAGAIN && errno != EINTR) {
		fail_errno(pipe, errno);
		return;
	}
	pipe->sent += len > 0 ? (size_t)len : 0;
	/* Not after each send: that would move the rest each time. */
	if (2 * pipe->sent >= pipe->output.len) {
		buf_drop(&pipe->output, pipe->sent);
		pipe->sent = 0;
	}
	if (pipe->output.len == 0 && pipe->output.capacity > IDLE_BYTES_MAX)
		buf_finish(&pipe->output);
	reactor_rewatch(
		pipe->reactor, &pipe->io, pipe->output.len > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
}
