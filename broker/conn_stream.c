/* SPDX-License-Identifier: MIT */
/* An event stream gets a comment where a WebSocket gets a ping: it keeps proxies from closing what
 * is silent, and shows TCP when nobody is there any more (listener.c). */
#include "broker/conn_stream.h"

#include "broker/closing.h"
#include "broker/conn_private.h"
#include "broker/shard.h"

/* What a client may say to nobody. */
#define DISCARDED_BYTES_MAX (64 * 1024)
#define COMMENT ":\n\n"

static bool is_poll(const struct conn *conn)
{
	return dialect_transport(conn->dialect) == TRANSPORT_LONG_POLL;
}

void conn_stream_begin(struct conn *conn)
{
	conn->discarded_bytes = 0;
	if (!is_poll(conn))
		conn_set_deadline(conn, conn_first_ping_ms(conn));
	else if (conn->due_ms > 0)
		conn_set_deadline(conn, conn->due_ms);
	else
		conn->is_answered = true;
}

void conn_stream_discard(struct conn *conn, size_t len)
{
	conn->discarded_bytes += len;
	if (conn->discarded_bytes > DISCARDED_BYTES_MAX)
		conn_drop_as(conn, STAT_CLOSED_PROTOCOL_ERROR);
}

void conn_stream_due(struct conn *conn)
{
	const struct config *config = shard_config(conn->shard);
	/* As after a ping: whoever takes nothing has limits.pong_seconds from here on. */
	bool is_stuck = conn->is_blocked && conn->awaits_pong && !conn->has_been_heard;

	conn->has_been_heard = false;
	conn->awaits_pong = conn->is_blocked;
	if (is_stuck)
		conn_drop_as(conn, STAT_CLOSED_UNANSWERED_PING);
	else if (conn->is_blocked)
		conn_set_deadline(conn, (uint64_t)config->limits_pong_seconds * 1000);
	else if (is_poll(conn))
		conn_end_poll(conn);
	else {
		conn_send_frames(conn, STR_OF(COMMENT));
		conn_set_deadline(conn, (uint64_t)config->limits_idle_ping_seconds * 1000);
	}
}

void conn_end_poll(struct conn *conn)
{
	conn->comes_again = !conn->is_newcomer;
	conn_close_for(conn, &closing_poll_again);
}
