/* SPDX-License-Identifier: MIT */
/* What a connection writes: pieces of its room's log and chunks of its own queue in the order of
 * their tags. When only one piece waits it is sent from where it lies; several are laid next to
 * each other first, because one send of one piece is cheaper than a writev of many. */
#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "broker/conn.h"
#include "broker/conn_stream.h"
#include "broker/feed.h"
#include "broker/shard.h"

/* A piece this long is sent by itself: copying it would cost more than a system call. */
#define GATHER_BELOW_BYTES (16 * 1024)
#define GATHER_BYTES (64 * 1024)

void conn_send_frames(struct conn *conn, struct str frames)
{
	uint64_t tag = 0;

	if (conn->state != CONN_OPEN || conn->is_deaf)
		return;
	if (frames.len > OUTQ_PAUSE_BYTES && shard_is_short_of_memory(conn->shard)) {
		conn_close_for_memory(conn);
		return;
	}
	if (conn->log != NULL)
		tag = room_log_end(&conn->log->log);
	conn->is_answered |= conn->has_begun;
	outq_push(&conn->outq, tag, frames);
	stat_add(shard_stats(conn->shard), STAT_REPLY_BYTES, frames.len);
	shard_conn_is_dirty(conn->shard, conn);
}

void conn_send_replay(struct conn *conn, struct replay *replay)
{
	if (replay != NULL && conn->state == CONN_OPEN) {
		conn->is_answered = true;
		outq_push_replay(&conn->outq, conn->position, replay);
		shard_conn_is_dirty(conn->shard, conn);
	}
	replay_destroy(replay);
}

void conn_forget_queue(struct conn *conn)
{
	stat_subtract(shard_stats(conn->shard), STAT_REPLY_BYTES, outq_bytes(&conn->outq));
	outq_finish(&conn->outq);
}

void conn_send(struct conn *conn, enum frame_opcode opcode, struct str payload)
{
	struct buf frame = { 0 };

	assert(!dialect_is_stream(conn->dialect));
	frame_append(&frame, opcode, payload);
	conn_send_frames(conn, buf_str(&frame));
	buf_finish(&frame);
}

/* Where a connection is on its two ways. */
struct cursor {
	uint64_t position;
	const struct outq_chunk *chunk;
	size_t chunk_sent;
};

static struct cursor cursor_of(const struct conn *conn)
{
	const struct outq_chunk *chunk = conn->outq.first;

	return (struct cursor){ conn->position, chunk, chunk == NULL ? 0 : chunk->sent };
}

/* The next bytes that lie together; empty when there are none. */
static struct str next_piece(const struct conn *conn, const struct cursor *cursor)
{
	const struct room_log *log;
	const struct outq_chunk *chunk = cursor->chunk;

	if (chunk != NULL && (conn->log == NULL || chunk->tag <= cursor->position))
		return str_range(chunk->text + cursor->chunk_sent, chunk->len - cursor->chunk_sent);
	if (conn->log == NULL || (chunk == NULL && conn->state != CONN_OPEN))
		return STR_OF(""); /* nothing follows our close frame */
	log = &conn->log->log;
	return room_log_slice(
		log, cursor->position, chunk != NULL ? chunk->tag : room_log_end(log));
}

/* Past a whole piece. */
static void skip_piece(const struct conn *conn, struct cursor *cursor, size_t len)
{
	if (cursor->chunk == NULL || (conn->log != NULL && cursor->chunk->tag > cursor->position)) {
		cursor->position += len;
		return;
	}
	cursor->chunk = cursor->chunk->next;
	cursor->chunk_sent = 0;
}

/* The bytes to send next: one piece, or several copied together into the shard's scratch buffer. */
static struct str gather(struct conn *conn)
{
	struct cursor cursor = cursor_of(conn);
	struct str piece = next_piece(conn, &cursor);
	struct buf *scratch = shard_scratch(conn->shard);

	if (outq_is_empty(&conn->outq) || piece.len >= GATHER_BELOW_BYTES)
		return piece;
	buf_clear(scratch);
	while (piece.len > 0 && scratch->len + piece.len <= GATHER_BYTES) {
		buf_append_str(scratch, piece);
		skip_piece(conn, &cursor, piece.len);
		piece = next_piece(conn, &cursor);
	}
	return buf_str(scratch);
}

static void advance_queue(struct conn *conn, size_t count)
{
	stat_subtract(shard_stats(conn->shard), STAT_REPLY_BYTES, outq_advance(&conn->outq, count));
}

static void advance(struct conn *conn, size_t count)
{
	while (count > 0) {
		struct cursor cursor = cursor_of(conn);
		struct str piece = next_piece(conn, &cursor);
		size_t part = count < piece.len ? count : piece.len;

		if (cursor.chunk != NULL && piece.data == cursor.chunk->text + cursor.chunk_sent)
			advance_queue(conn, part);
		else
			conn->position += part;
		count -= part;
	}
}

/* Our last frame is out. */
static void finish_close(struct conn *conn)
{
	feed_leave(conn); /* its position moves no more: the room's log must not wait for it */
	if ((conn->has_got_close || dialect_is_stream(conn->dialect)) && !conn->has_shut_down) {
		/* Not close(2): bytes that the peer still sends would reset the connection and
		 * take our close frame with it. */
		shutdown(conn->io.fd, SHUT_WR);
		conn->has_shut_down = true;
	}
}

/* Everything is out: what was held back goes on, and a connection that is to end does. */
static void finish_flush(struct conn *conn)
{
	if (conn->is_lagging) {
		conn->is_lagging = false;
		feed_caught_up(conn->log);
	}
	if (conn->state == CONN_CLOSING)
		finish_close(conn);
	else if (conn->is_answered && dialect_transport(conn->dialect) == TRANSPORT_LONG_POLL)
		conn_end_poll(conn); /* which leaves with the next flush of this turn */
}

static void watch_again(struct conn *conn)
{
	uint32_t events = conn->is_blocked ? EPOLLOUT : 0;

	if (outq_is_empty(&conn->outq) || (outq_bytes(&conn->outq) <= OUTQ_PAUSE_BYTES &&
						  !shard_is_short_of_memory(conn->shard)))
		events |= EPOLLIN;
	reactor_rewatch(shard_reactor(conn->shard), &conn->io, events);
}

/* The peer reads no more. What it said before it went is still read; the end of that drops the
 * connection. */
static void stop_writing(struct conn *conn)
{
	conn->is_deaf = true;
	feed_leave(conn);
	conn_forget_queue(conn);
	conn->is_blocked = false;
	if (conn->state == CONN_CLOSING)
		conn_drop(conn);
}

/* False when the connection takes no more for now. */
static bool send_piece(struct conn *conn, struct str bytes)
{
	struct stats *stats = shard_stats(conn->shard);
	ssize_t sent = send(conn->io.fd, bytes.data, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		stop_writing(conn);
		return false;
	}
	if (sent > 0) {
		stat_add(stats, STAT_SENDS, 1);
		stat_add(stats, STAT_BYTES_OUT, (uint64_t)sent);
		conn->has_begun = true;
		if (outq_is_empty(&conn->outq))
			conn->position += (uint64_t)sent;
		else
			advance(conn, (size_t)sent);
	}
	conn->is_blocked = sent < (ssize_t)bytes.len;
	return !conn->is_blocked;
}

/* What most members have to get in most turns: the end of their room's log and nothing else. True
 * when that was all. */
static bool send_room_only(struct conn *conn)
{
	const struct room_log *log;
	struct str bytes;

	if (conn->log == NULL || !outq_is_empty(&conn->outq) || conn->state != CONN_OPEN ||
		conn->is_blocked || conn->is_lagging || conn->dialect == DIALECT_LINES)
		return false;
	log = &conn->log->log;
	bytes = room_log_slice(log, conn->position, room_log_end(log));
	return bytes.len > 0 && send_piece(conn, bytes);
}

void conn_flush(struct conn *conn)
{
	uint64_t position = conn->position;
	struct str bytes;

	if (conn->state == CONN_CLOSED || send_room_only(conn))
		return;
	while (!conn->is_blocked && (bytes = gather(conn)).len > 0) {
		if (!send_piece(conn, bytes))
			break;
	}
	if (conn->state == CONN_CLOSED)
		return;
	conn->is_answered |= conn->position != position;
	if (!conn->is_blocked)
		finish_flush(conn);
	watch_again(
		conn); /* also when blocked: what was queued meanwhile may be too much to read on */
}
