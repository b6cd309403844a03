/* SPDX-License-Identifier: MIT */
/* Everything is read into one buffer of the loop and walked there; only what is incomplete is kept
 * by its connection, so that 15,000 of them cost no more than their structs. */
#include "tests/bench/client.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/ws/close.h"
#include "tests/bench/failure.h"
#include "tests/bench/message.h"
#include "tests/bench/nanoclock.h"
#include "tests/bench/walker.h"

#define READ_BYTES (256 << 10) /* at once; a second-level cache holds it */
#define HEAD_MAX_BYTES (16 << 10)
#define FRAME_MAX_BYTES (32 << 20)
#define SWITCHING "HTTP/1.1 101"

static void client_watch(struct client *client, struct client_host *host, int how, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = client };

	if (epoll_ctl(host->epoll_fd, how, client->fd, &event) != 0)
		failure("epoll_ctl: %s", strerror(errno));
}

static void client_end(struct client *client, struct client_host *host)
{
	if (client->state != CLIENT_OPEN)
		failure("the server closed connection %u of room %u before it was open",
			client->member, client->room);
	client_close(client);
	if (client->is_stalled) {
		host->stalled_closed++;
		return;
	}
	host->closed++;
	host->ops->closed(host->context, client);
}

static void client_write(struct client *client, struct client_host *host)
{
	ssize_t sent = send(client->fd, client->out.data, client->out.len, MSG_NOSIGNAL);
	bool is_blocked;

	if (sent < 0 && errno != EAGAIN) {
		client_end(client, host);
		return;
	}
	if (sent > 0)
		buf_drop(&client->out, (size_t)sent);
	is_blocked = client->out.len > 0;
	if (is_blocked != client->is_blocked)
		client_watch(
			client, host, EPOLL_CTL_MOD, is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
	client->is_blocked = is_blocked;
}

void client_flush(struct client *client, struct client_host *host)
{
	if (client->out.len > 0 && !client->is_blocked)
		client_write(client, host);
}

bool client_begin(struct client *client, struct client_host *host, struct str request)
{
	enum target_result result;

	client->begun_ns = nanoclock_now();
	client->is_blocked = false;
	result = target_connect(&host->targets[host->begun % host->target_count], &client->fd);
	if (result == TARGET_BUSY)
		return false;
	if (result == TARGET_FAILED)
		failure("can't connect: %s", strerror(errno));
	host->begun++;
	buf_append_str(&client->out, request);
	if (result == TARGET_CONNECTING) {
		client->state = CLIENT_CONNECTING;
		client_watch(client, host, EPOLL_CTL_ADD, EPOLLOUT);
		return true;
	}
	client->state = CLIENT_HANDSHAKING;
	client_watch(client, host, EPOLL_CTL_ADD, EPOLLIN);
	client_flush(client, host);
	return true;
}

static void client_connected(struct client *client, struct client_host *host)
{
	int error = 0;
	socklen_t len = sizeof(error);

	getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error != 0)
		failure("can't connect: %s", strerror(error));
	client->state = CLIENT_HANDSHAKING;
	client_watch(client, host, EPOLL_CTL_MOD, EPOLLIN);
	client_flush(client, host);
}

/* Returns how much of bytes is the server's head, 0 while it is incomplete. */
static size_t client_shake_hands(
	struct client *client, struct client_host *host, struct str bytes, uint64_t now_ns)
{
	const char *end = memmem(bytes.data, bytes.len, "\r\n\r\n", 4);

	if (end == NULL && bytes.len < HEAD_MAX_BYTES)
		return 0;
	if (end == NULL || !str_starts_with(bytes, STR_OF(SWITCHING)))
		failure("the handshake was refused: %.*s",
			(int)str_find(str_range(bytes.data, str_find(bytes, '\n')), '\r'),
			bytes.data);
	client->state = CLIENT_OPEN;
	host->opened++;
	client->is_asleep = client->is_stalled;
	if (client->is_asleep)
		client_watch(client, host, EPOLL_CTL_MOD, EPOLLRDHUP | EPOLLET);
	host->ops->opened(host->context, client, now_ns);
	return (size_t)(end - bytes.data) + 4;
}

/* RFC 6455 5.5.1: the code is what a close frame begins with. */
static bool is_told_too_slow(struct str payload)
{
	const uint8_t *bytes = (const uint8_t *)payload.data;

	return payload.len >= 2 && (bytes[0] << 8 | bytes[1]) == CLOSE_TRY_AGAIN_LATER;
}

static void client_take(struct client *client, struct client_host *host,
	const struct walker_frame *frame, uint64_t now_ns)
{
	static const uint8_t mask[FRAME_MASK_SIZE] = { 0x5a, 0xc3, 0x17, 0x8e };

	if (frame->opcode == FRAME_CLOSE) {
		host->stalled_told += client->is_stalled && is_told_too_slow(frame->payload);
		client_end(client, host);
	} else if (frame->opcode == FRAME_PING) {
		message_append_frame(&client->out, FRAME_PONG, frame->payload, mask);
	} else if (frame->opcode != FRAME_PONG && !client->is_stalled) {
		host->ops->text(host->context, client, frame->payload, frame->wire_len, now_ns);
	}
}

/* Returns how much of bytes was whole frames. */
static size_t client_walk(
	struct client *client, struct client_host *host, struct str bytes, uint64_t now_ns)
{
	struct walker_frame frame;
	size_t used = 0;

	while (client->state == CLIENT_OPEN) {
		enum walker_result result = walker_next(str_skip(bytes, used), &frame);

		if (result == WALKER_BROKEN || frame.wire_len > FRAME_MAX_BYTES)
			failure("the server sent a frame that is masked, extended or too long");
		if (result == WALKER_NEED_MORE)
			break;
		client_take(client, host, &frame, now_ns);
		used += frame.wire_len;
	}
	return used;
}

static void client_read(struct client *client, struct client_host *host)
{
	struct buf *scratch = &host->scratch;
	size_t used = 0;
	uint64_t now_ns;
	ssize_t got;

	buf_clear(scratch);
	buf_append_str(scratch, buf_str(&client->rest));
	got = recv(client->fd, buf_reserve(scratch, READ_BYTES), READ_BYTES, 0);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0) {
		client_end(client, host);
		return;
	}
	scratch->len += (size_t)got;
	now_ns = nanoclock_now();
	if (client->state == CLIENT_HANDSHAKING)
		used = client_shake_hands(client, host, buf_str(scratch), now_ns);
	if (client->state == CLIENT_OPEN && !client->is_asleep)
		used += client_walk(client, host, str_skip(buf_str(scratch), used), now_ns);
	if (client->state == CLIENT_CLOSED)
		return;
	buf_clear(&client->rest);
	buf_append_str(&client->rest, str_skip(buf_str(scratch), used));
	client_flush(client, host);
}

void client_wake(struct client *client, struct client_host *host)
{
	client->is_asleep = false;
	client_watch(client, host, EPOLL_CTL_MOD, EPOLLIN);
}

void client_handle(struct client *client, struct client_host *host, uint32_t events)
{
	if (client->state == CLIENT_CLOSED)
		return; /* by what another one's event led to */
	if (client->state == CLIENT_CONNECTING) {
		client_connected(client, host);
		return;
	}
	if (client->is_asleep) {
		client_wake(client, host); /* the server has ended it */
		return;
	}
	if ((events & EPOLLOUT) != 0)
		client_write(client, host);
	if (client->state != CLIENT_CLOSED && (events & ~(uint32_t)EPOLLOUT) != 0)
		client_read(client, host);
}

void client_close(struct client *client)
{
	if (client->state != CLIENT_NEW && client->state != CLIENT_CLOSED)
		close(client->fd); /* which takes it out of the epoll set too */
	client->state = CLIENT_CLOSED;
	buf_finish(&client->rest);
	buf_finish(&client->out);
}
