/* SPDX-License-Identifier: MIT */
/* Deliberately minimal: no checks beyond what keeps it in step. Who misbehaves, or does not read
 * for too long, is shut down, and its own event then ends it, so that no room changes while it is
 * walked. */
#include "tests/bench/raw_member.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "broker/ws/frame.h"
#include "broker/ws/handshake.h"
#include "common/base/mem.h"
#include "tests/bench/failure.h"

#define READ_BYTES (256 << 10)
#define HEAD_MAX_BYTES (16 << 10)
#define PENDING_MAX_BYTES (64 << 20)
#define ECHO_PATH "/ws/echo/"

struct raw_member {
	struct raw *raw;
	int fd;
	bool is_open; /* the handshake is done */
	bool is_blocked; /* out waits for the socket */
	struct room *room; /* NULL: it hears itself alone */
	size_t index; /* among the room's members */
	struct buf in; /* of a frame or head that is incomplete */
	struct buf out;
};

struct room {
	struct raw_member **members;
	size_t count;
};

static void member_watch(struct raw_member *member, int how, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = member };

	if (epoll_ctl(member->raw->epoll_fd, how, member->fd, &event) != 0)
		failure("epoll_ctl: %s", strerror(errno));
}

void raw_member_create(struct raw *raw, int fd)
{
	struct raw_member *member = mem_new(struct raw_member);

	member->raw = raw;
	member->fd = fd;
	member_watch(member, EPOLL_CTL_ADD, EPOLLIN);
}

static void member_block(struct raw_member *member, bool is_blocked)
{
	if (member->is_blocked != is_blocked)
		member_watch(member, EPOLL_CTL_MOD, is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
	member->is_blocked = is_blocked;
}

static void member_keep(struct raw_member *member, const char *data, size_t len)
{
	if (len == 0)
		return;
	if (member->out.len + len > PENDING_MAX_BYTES) {
		shutdown(member->fd, SHUT_RDWR); /* its own event closes it */
		return;
	}
	buf_append(&member->out, data, len);
	member_block(member, true);
}

/* sent is what the system call said; what it did not take waits. */
static void member_sent(struct raw_member *member, const char *data, size_t len, ssize_t sent)
{
	size_t taken = sent > 0 ? (size_t)sent : 0;

	if (sent < 0 && errno != EAGAIN)
		shutdown(member->fd, SHUT_RDWR);
	else
		member_keep(member, data + taken, len - taken);
}

static void member_send(struct raw_member *member, const char *data, size_t len)
{
	if (member->is_blocked)
		member_keep(member, data, len);
	else
		member_sent(member, data, len, send(member->fd, data, len, MSG_NOSIGNAL));
}

static void member_writev(struct raw_member *member, const struct iovec *pieces)
{
	const struct raw_batch *batch = &member->raw->batch;
	const struct buf *bytes = &batch->bytes;

	if (member->is_blocked)
		member_keep(member, bytes->data, bytes->len);
	else
		member_sent(member, bytes->data, bytes->len,
			writev(member->fd, pieces, (int)batch->count));
}

static void batch_deliver(struct raw *raw, struct raw_member **members, size_t count)
{
	struct raw_batch *batch = &raw->batch;
	struct iovec pieces[RAW_BATCH_FRAMES_MAX];
	char *at = batch->bytes.data;

	for (size_t i = 0; i < batch->count; at += batch->lengths[i], i++)
		pieces[i] = (struct iovec){ at, batch->lengths[i] };
	for (size_t i = 0; raw->delivery == RAW_SEND && i < batch->count; i++) {
		for (size_t k = 0; k < count; k++)
			member_send(members[k], pieces[i].iov_base, pieces[i].iov_len);
	}
	for (size_t k = 0; raw->delivery == RAW_WRITEV && k < count; k++)
		member_writev(members[k], pieces);
	for (size_t k = 0; raw->delivery == RAW_GATHER && k < count; k++)
		member_send(members[k], batch->bytes.data, batch->bytes.len);
	raw_batch_clear(batch);
}

static void member_deliver(struct raw_member *member)
{
	struct raw *raw = member->raw;

	if (raw->batch.count == 0)
		return;
	if (member->room == NULL)
		batch_deliver(raw, &member, 1);
	else
		batch_deliver(raw, member->room->members, member->room->count);
}

/* Returns how much of data was whole frames. */
static size_t member_walk(struct raw_member *member, uint8_t *data, size_t len)
{
	struct raw *raw = member->raw;
	struct frame_header header;
	size_t used = 0;

	while (frame_parse_header(data + used, len - used, false, &header) == FRAME_OK &&
		header.payload_len <= len - used - header.header_len) {
		uint8_t *payload = data + used + header.header_len;

		used += header.header_len + (size_t)header.payload_len;
		if (header.opcode == FRAME_CLOSE)
			shutdown(member->fd, SHUT_RDWR);
		raw->frames_seen++;
		if (header.opcode != FRAME_TEXT ||
			(raw->drop_every > 0 && raw->frames_seen % raw->drop_every == 0))
			continue;
		frame_unmask(payload, (size_t)header.payload_len, header.mask, 0);
		raw_batch_append(&raw->batch, raw->frame_bytes,
			str_range((char *)payload, (size_t)header.payload_len));
		if (raw_batch_is_full(&raw->batch))
			member_deliver(member);
	}
	member_deliver(member);
	return used;
}

static void member_join(struct raw_member *member, struct str path)
{
	struct room *room = map_find(member->raw->rooms, path);

	if (str_is(path, ECHO_PATH))
		return;
	if (room == NULL) {
		room = mem_new(struct room);
		map_put(member->raw->rooms, path, room);
	}
	/* One by one, which only opening pays for. */
	room->members = mem_resize(room->members, (room->count + 1) * sizeof(struct raw_member *));
	member->room = room;
	member->index = room->count;
	room->members[room->count++] = member;
}

static void member_leave(struct raw_member *member)
{
	struct room *room = member->room;

	if (room == NULL)
		return;
	room->members[member->index] = room->members[--room->count];
	room->members[member->index]->index = member->index;
}

/* Returns how much of head was the request, 0 while it is incomplete. */
static size_t member_shake_hands(struct raw_member *member, struct str head)
{
	size_t len = handshake_head_length(head);
	char accept_key[HANDSHAKE_ACCEPT_SIZE];
	struct handshake handshake;
	struct buf answer = { 0 };

	if (len == 0)
		return 0;
	if (handshake_parse(str_range(head.data, len), &handshake) != HANDSHAKE_OK ||
		handshake_check_upgrade(&handshake) != 101) {
		shutdown(member->fd, SHUT_RDWR);
		return len;
	}
	handshake_accept_key(handshake.key, accept_key);
	buf_append_format(&answer,
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		accept_key);
	member_send(member, answer.data, answer.len);
	buf_finish(&answer);
	member->is_open = true;
	member_join(member, handshake.path);
	return len;
}

/* False when the connection is over. */
static bool member_read(struct raw_member *member)
{
	struct buf *scratch = &member->raw->scratch;
	size_t used = 0;
	ssize_t got;

	buf_clear(scratch);
	buf_append_str(scratch, buf_str(&member->in));
	got = read(member->fd, buf_reserve(scratch, READ_BYTES), READ_BYTES);
	if (got <= 0)
		return got < 0 && errno == EAGAIN;
	scratch->len += (size_t)got;
	if (!member->is_open)
		used = member_shake_hands(member, buf_str(scratch));
	if (member->is_open)
		used += member_walk(member, (uint8_t *)scratch->data + used, scratch->len - used);
	buf_clear(&member->in);
	buf_append_str(&member->in, str_skip(buf_str(scratch), used));
	return member->in.len <= (member->is_open ? RAW_MESSAGE_MAX_BYTES : HEAD_MAX_BYTES);
}

static void member_write(struct raw_member *member)
{
	ssize_t sent = send(member->fd, member->out.data, member->out.len, MSG_NOSIGNAL);

	if (sent > 0)
		buf_drop(&member->out, (size_t)sent);
	if (member->out.len == 0)
		member_block(member, false);
}

void raw_member_handle(struct raw_member *member, uint32_t events)
{
	if ((events & EPOLLOUT) != 0)
		member_write(member);
	if ((events & ~(uint32_t)EPOLLOUT) == 0 || member_read(member))
		return;
	member_leave(member);
	close(member->fd);
	buf_finish(&member->in);
	buf_finish(&member->out);
	mem_free(member);
}
