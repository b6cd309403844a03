/* SPDX-License-Identifier: MIT */
/* The life of a connection: states, reading, pings. Writing is in conn_write.c. */
#include "broker/conn.h"

#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/closing.h"
#include "broker/conn_deflate.h"
#include "broker/conn_private.h"
#include "broker/conn_stream.h"
#include "broker/feed.h"
#include "broker/shard.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define CLOSE_GRACE_MS \
	2000 /* for the peer's close frame: one slow mobile round trip, with room to spare */
/* For a member that was cut off: it does not read now, but is to find out why when it does. */
#define CUT_OFF_GRACE_MS 30000
/* Of a message that has not come whole, however short memory is. */
#define PARTIAL_ALWAYS_BYTES 4096
/* Of what may inflate to a thousand times as much: a turn is everybody's. */
#define COMPRESSED_READ_BYTES 4096
#define ERRORS_MAX 20
#define ERRORS_WINDOW_SECONDS 60

static void handle_io(struct reactor_io *io, uint32_t events);

void conn_init(struct conn *conn, struct shard *shard, int fd, const struct consumer *consumer,
	enum dialect dialect)
{
	conn->io = (struct reactor_io){ .handle = handle_io, .fd = fd };
	conn->shard = shard;
	conn->consumer_id = consumer->id;
	conn->dialect = (uint8_t)dialect;
	conn->state = CONN_OPEN;
}

/* Of a message that has not come whole. */
static size_t partial_bytes(const struct conn *conn)
{
	return conn->reader == NULL ? 0 : conn->reader->body.capacity;
}

static void drop_reader(struct conn *conn)
{
	if (conn->reader == NULL)
		return;
	message_reader_finish(conn->reader);
	mem_free(conn->reader);
	conn->reader = NULL;
}

void conn_finish(struct conn *conn)
{
	assert(conn->state == CONN_CLOSED && conn->log == NULL);
	stat_subtract(shard_stats(conn->shard), STAT_PARTIAL_BYTES, partial_bytes(conn));
	drop_reader(conn);
	conn_forget_queue(conn);
}

static uint32_t now_ms(const struct conn *conn)
{
	return (uint32_t)shard_reactor(conn->shard)->now_ms;
}

void conn_set_deadline(struct conn *conn, uint64_t after_ms)
{
	conn->has_deadline = after_ms > 0;
	conn->due_ms = now_ms(conn) + (uint32_t)after_ms;
}

static void enter(struct conn *conn, enum conn_state next)
{
	assert(next > (enum conn_state)conn->state);
	conn->state = (uint8_t)next;
}

static void handle_frames(struct conn *conn, uint8_t *data, size_t len);

/* Spread, so that those who came together are not pinged together. */
uint64_t conn_first_ping_ms(const struct conn *conn)
{
	uint64_t ping_ms = (uint64_t)shard_config(conn->shard)->limits_idle_ping_seconds * 1000;

	return ping_ms == 0 ? 0 : ping_ms / 2 + crypto_random_uint64() % (ping_ms / 2 + 1);
}

static void begin_socket(struct conn *conn)
{
	const struct config *config = shard_config(conn->shard);

	budget_fill(&conn->budget, config, now_ms(conn));
	conn_set_deadline(conn, conn_first_ping_ms(conn));
}

void conn_open(struct conn *conn, struct feed *feed, struct str greeting, struct replay *replay,
	struct str early_bytes)
{
	shard_add_conn(conn->shard, conn);
	if (feed != NULL)
		feed_join(feed, conn);
	if (!reactor_watch(shard_reactor(conn->shard), &conn->io, EPOLLIN)) {
		log_errno("event=watch");
		conn_drop(conn);
		replay_destroy(replay);
		return;
	}
	if (dialect_is_stream(conn->dialect))
		conn_stream_begin(conn);
	else
		begin_socket(conn);
	conn_send_frames(conn, greeting);
	conn_send_replay(conn, replay);
	if (conn_consumer(conn)->connect != NULL)
		conn_consumer(conn)->connect(conn);
	if (early_bytes.len > 0)
		handle_frames(conn, (uint8_t *)(uintptr_t)early_bytes.data, early_bytes.len);
}

void conn_drop_as(struct conn *conn, enum stat_id cause)
{
	if (conn->state == CONN_CLOSED)
		return;
	if (conn->state == CONN_OPEN)
		stat_add(shard_stats(conn->shard), cause, 1);
	enter(conn, CONN_CLOSED);
	reactor_unwatch(shard_reactor(conn->shard), &conn->io);
	shard_remove_conn(conn->shard, conn);
	close(conn->io.fd);
	conn->io.fd = -1;
	feed_leave(conn);
	if (conn_consumer(conn)->disconnect != NULL)
		conn_consumer(conn)->disconnect(conn);
	shard_conn_closed(conn->shard, conn);
}

void conn_drop(struct conn *conn)
{
	conn_drop_as(conn, STAT_CLOSED_LOST);
}

static void begin_close(
	struct conn *conn, enum close_code code, const char *reason, enum stat_id cause)
{
	struct buf frame = { 0 };

	if (conn->state != CONN_OPEN)
		return;
	stat_add(shard_stats(conn->shard), cause, 1);
	dialect_close(conn->dialect, code, reason, &frame);
	conn_send_frames(conn, buf_str(&frame));
	buf_finish(&frame);
	enter(conn, CONN_CLOSING);
	conn_set_deadline(conn, CLOSE_GRACE_MS);
}

void conn_close(struct conn *conn, enum close_code code, const char *reason)
{
	begin_close(conn, code, reason, stats_close((uint16_t)code, conn->has_got_close));
}

void conn_close_for(struct conn *conn, const struct closing *closing)
{
	if (closing != &closing_poll_again) /* also when it is closing already */
		conn->comes_again = false;
	begin_close(conn, closing->code, closing->reason, closing->cause);
}

void conn_close_for_memory(struct conn *conn)
{
	begin_close(conn, CLOSE_TRY_AGAIN_LATER, "out of memory", STAT_CLOSED_OUT_OF_MEMORY);
}

void conn_cut_off(struct conn *conn)
{
	struct room_log *log = &conn->log->log;
	struct str rest = room_log_slice(
		log, conn->position, room_log_boundary(log, conn->dialect, conn->position));
	bool is_short = shard_is_short_of_memory(conn->shard); /* before it gives way */
	size_t queued;

	/* It is closing already and does not read on, or would not know what it is told. */
	if (conn->state != CONN_OPEN || (dialect_is_stream(conn->dialect) && !conn->has_begun)) {
		conn_drop(conn);
		return;
	}
	queued = outq_bytes(&conn->outq);
	outq_keep_begun(&conn->outq);
	if (outq_is_empty(&conn->outq)) /* else it stands at a frame's beginning in the log */
		outq_push(&conn->outq, 0, rest);
	stat_add(shard_stats(conn->shard), STAT_REPLY_BYTES, outq_bytes(&conn->outq) - queued);
	feed_leave(conn);
	conn->position = 0;
	if (is_short)
		conn_close_for_memory(conn);
	else
		conn_close(conn, CLOSE_TRY_AGAIN_LATER, "too slow");
	conn_set_deadline(conn, CUT_OFF_GRACE_MS);
}

bool conn_pay(struct conn *conn)
{
	return budget_pay(&conn->budget, shard_config(conn->shard), now_ms(conn));
}

void conn_refuse(struct conn *conn, const char *code, const char *sentence, struct str ref)
{
	struct buf frame = { 0 };

	dialect_error(conn->dialect, code, sentence, ref, &frame);
	conn_send_error(conn, buf_str(&frame));
	buf_finish(&frame);
}

void conn_send_error(struct conn *conn, struct str frames)
{
	uint16_t now_s = (uint16_t)(now_ms(conn) / 1000);

	conn_send_frames(conn, frames);
	stat_add(shard_stats(conn->shard), STAT_ERRORS_SENT, 1);
	if (conn->errors == 0 || (uint16_t)(now_s - conn->errors_since_s) > ERRORS_WINDOW_SECONDS) {
		conn->errors = 0;
		conn->errors_since_s = now_s;
	}
	if (++conn->errors >= ERRORS_MAX)
		conn_close(conn, CLOSE_POLICY_VIOLATION, "too many errors");
}

/* RFC 6455 5.5.1: the answer to a close frame is a close frame with its code. */
static void handle_close(struct conn *conn, const struct message *message)
{
	conn->has_got_close = true;
	if (conn->state == CONN_OPEN)
		conn_close(conn, message->close_code == 0 ? CLOSE_NORMAL : message->close_code, "");
}

static void handle_message(struct conn *conn, const struct message *message)
{
	switch (message->opcode) {
	case FRAME_TEXT:
	case FRAME_BINARY:
		stat_observe(shard_stats(conn->shard), HISTOGRAM_MESSAGE, message->payload.len);
		if (conn->state == CONN_OPEN && message->is_compressed)
			conn_receive_compressed(conn, message);
		else if (conn->state == CONN_OPEN)
			conn_consumer(conn)->receive(conn, message);
		break;
	case FRAME_PING:
		if (conn_pay(conn))
			conn_send(conn, FRAME_PONG, message->payload);
		else
			conn_close(conn, CLOSE_TOO_FAST, "too many pings");
		break;
	case FRAME_CLOSE:
		handle_close(conn, message);
		break;
	case FRAME_PONG:
	case FRAME_CONTINUATION:
		break;
	}
}

static void handle_violation(struct conn *conn, const struct message *message)
{
	stat_add(shard_stats(conn->shard), STAT_VIOLATIONS, 1);
	if (conn->state == CONN_OPEN)
		conn_close(conn, message->close_code, "");
	conn->has_got_close = true; /* nothing it says can be understood any more */
}

static void handle_result(
	struct conn *conn, enum message_result result, const struct message *message)
{
	stat_add(shard_stats(conn->shard), STAT_FRAMES_IN, 1);
	if (result == MESSAGE_FAILED)
		handle_violation(conn, message);
	else if (result == MESSAGE_READY)
		handle_message(conn, message);
	else if (conn->state == CONN_OPEN)
		conn_consumer(conn)->too_long(conn);
}

/* Between two messages the reader that all share stands at a beginning, too; a connection gets one
 * of its own while something of a message is missing. */
static void keep_rest(struct conn *conn, struct message_reader *shared)
{
	if (conn->reader == NULL && !message_reader_is_idle(shared)) {
		conn->reader = mem_new(struct message_reader);
		*conn->reader = *shared;
	} else if (conn->reader != NULL && message_reader_is_idle(conn->reader)) {
		drop_reader(conn);
	}
}

/* Of what it has missed, and takes no more of it now. */
static bool holds_replay(const struct conn *conn)
{
	return conn->log != NULL && conn->is_blocked && outq_has_shared(&conn->outq);
}

/* While memory is short: whoever holds a large part of it, though nothing comes or goes. */
static void give_way(struct conn *conn)
{
	if (partial_bytes(conn) > PARTIAL_ALWAYS_BYTES) {
		conn_close_for_memory(conn);
		conn->has_got_close = true; /* the rest of its message has no beginning any more */
		stat_subtract(shard_stats(conn->shard), STAT_PARTIAL_BYTES, partial_bytes(conn));
		drop_reader(conn);
	} else if (conn->is_lagging || holds_replay(conn)) {
		conn_cut_off(conn);
	}
}

/* Counts what has become of before. */
static void note_partial_bytes(struct conn *conn, size_t before)
{
	size_t partial = partial_bytes(conn);

	if (partial == before)
		return;
	stat_add(shard_stats(conn->shard), STAT_PARTIAL_BYTES, partial - before);
	if (partial > PARTIAL_ALWAYS_BYTES && shard_is_short_of_memory(conn->shard))
		give_way(conn);
}

static void handle_frames(struct conn *conn, uint8_t *data, size_t len)
{
	struct message_reader shared;
	struct message_reader *reader = conn->reader;
	size_t partial_before = partial_bytes(conn);

	if (reader == NULL) {
		reader = &shared;
		message_reader_init(reader, shard_message_limits(conn->shard, conn_consumer(conn)),
			conn->window_bits != 0);
	}
	while (len > 0 && conn->state != CONN_CLOSED && !conn->has_got_close) {
		struct message message;
		size_t used;
		enum message_result result = message_read(reader, data, len, &used, &message);

		data += used;
		len -= used;
		if (result == MESSAGE_NEED_MORE)
			break;
		handle_result(conn, result, &message);
	}
	message_reader_rest(reader);
	keep_rest(conn, reader);
	note_partial_bytes(conn, partial_before);
}

/* has_ended: nobody is at the other end any more, but what was said before waits to be read. */
static void handle_readable(struct conn *conn, bool has_ended)
{
	struct str buffer = shard_read_buffer(conn->shard);
	uint8_t *data = (uint8_t *)(uintptr_t)buffer.data;
	size_t most = conn->window_bits != 0 ? COMPRESSED_READ_BYTES : buffer.len;
	ssize_t len = recv(conn->io.fd, data, most, 0);

	if (len < 0 && !has_ended && (errno == EAGAIN || errno == EINTR))
		return;
	if (len <= 0) {
		conn_drop_as(conn, len == 0 && dialect_is_stream(conn->dialect)
					   ? STAT_CLOSED_BY_LEAVING_CLIENT
					   : STAT_CLOSED_LOST);
		return;
	}
	conn->has_been_heard = true;
	stat_add(shard_stats(conn->shard), STAT_BYTES_IN, (uint64_t)len);
	if (dialect_is_stream(conn->dialect))
		conn_stream_discard(conn, (size_t)len);
	else if (!conn->has_shut_down)
		handle_frames(conn, data, (size_t)len);
	shard_conn_is_dirty(conn->shard, conn);
}

static void handle_io(struct reactor_io *io, uint32_t events)
{
	struct conn *conn = list_entry(io, struct conn, io);
	bool has_ended = events & (EPOLLERR | EPOLLHUP);

	if (has_ended && conn->has_shut_down) {
		conn_drop(conn);
		return;
	}
	if (has_ended)
		conn->is_blocked = false; /* the next write fails, and nothing waits any more */
	/* Before anything is written: a write would fail when the peer has said something and gone.
	 */
	if ((has_ended || (events & EPOLLIN)) && !shard_is_short_of_credit(conn->shard))
		handle_readable(conn, has_ended);
	if ((events & EPOLLOUT) && !has_ended && conn->state != CONN_CLOSED) {
		conn->is_blocked = false;
		conn->has_been_heard = true; /* it has taken something: slow, but there */
		conn_flush(conn);
	}
}

void conn_check_deadline(struct conn *conn)
{
	const struct config *config = shard_config(conn->shard);
	uint64_t ping_ms = (uint64_t)config->limits_idle_ping_seconds * 1000;
	uint64_t pong_ms = (uint64_t)config->limits_pong_seconds * 1000;

	if (shard_is_short_of_memory(conn->shard))
		give_way(conn);
	if (conn->state == CONN_CLOSED || !conn->has_deadline ||
		(int32_t)(now_ms(conn) - conn->due_ms) < 0)
		return;
	if (conn->state == CONN_OPEN && dialect_is_stream(conn->dialect)) {
		conn_stream_due(conn);
		return;
	}
	if (conn->state == CONN_CLOSING || (conn->awaits_pong && !conn->has_been_heard)) {
		conn_drop_as(conn, STAT_CLOSED_UNANSWERED_PING);
		return;
	}
	if (conn->awaits_pong && ping_ms > pong_ms) {
		conn->awaits_pong = false;
		conn_set_deadline(conn, ping_ms - pong_ms);
		return;
	}
	conn->has_been_heard = false;
	conn->awaits_pong = true;
	conn_send(conn, FRAME_PING, STR_OF(""));
	conn_set_deadline(conn, pong_ms);
}
