/* SPDX-License-Identifier: MIT */
/* Compressed messages of one connection. What is inflated lives for the call only: nothing of it is
 * kept with the connection, and what it may become is bounded before it is there. */
#include "broker/conn_deflate.h"

#include "broker/shard.h"
#include "broker/ws/deflate.h"

static void fail(struct conn *conn, enum close_code code, enum stat_id stat)
{
	stat_add(shard_stats(conn->shard), stat, 1);
	conn_close(conn, code, "");
	conn->has_got_close = true; /* nothing it says is heard any more */
}

void conn_receive_compressed(struct conn *conn, const struct message *message)
{
	const struct message_limits *limits = shard_message_limits(
		conn->shard, conn_consumer(conn));
	size_t most = limits->skip_bytes > limits->max_bytes ? limits->skip_bytes
							     : limits->max_bytes;
	struct message inflated = { .opcode = message->opcode };
	struct buf payload = { 0 };
	enum inflate_result result = inflate_message(
		shard_deflate(conn->shard), message->payload, most, &payload);

	inflated.payload = buf_str(&payload);
	if (result == INFLATE_TOO_BIG)
		fail(conn, CLOSE_TOO_BIG, STAT_INFLATED_TOO_BIG);
	else if (result == INFLATE_BROKEN ||
		 (message->opcode == FRAME_TEXT && !utf8_is_valid(inflated.payload)))
		fail(conn, CLOSE_INVALID_PAYLOAD, STAT_VIOLATIONS);
	else if (payload.len > limits->max_bytes)
		conn_consumer(conn)->too_long(conn);
	else
		conn_consumer(conn)->receive(conn, &inflated);
	buf_finish(&payload);
}

void conn_send_message(struct conn *conn, enum frame_opcode opcode, struct str payload)
{
	struct buf frame = { 0 };

	if (conn->window_bits == 0) {
		conn_send(conn, opcode, payload);
		return;
	}
	deflate_append_frame(
		shard_deflate(conn->shard), conn->window_bits, opcode, payload, &frame);
	conn_send_frames(conn, buf_str(&frame));
	buf_finish(&frame);
}
