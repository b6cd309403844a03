/* SPDX-License-Identifier: MIT */
/* After a message, that message again every two seconds to this client alone, until it closes:
 * the tutorial's "while True" without the thread that it blocks. A new message takes the place of
 * the old one. */
#include "broker/conn.h"
#include "broker/consumer.h"
#include "broker/shard.h"
#include "common/base/mem.h"
#include "common/json.h"

#define TICK_MS 2000

struct ticker {
	struct timer timer;
	struct conn *conn;
	struct buf frame;
};

static void tick(struct timer *timer)
{
	struct ticker *ticker = list_entry(timer, struct ticker, timer);

	if (outq_bytes(&ticker->conn->outq) <= OUTQ_PAUSE_BYTES) /* else it does not read them */
		conn_send_frames(ticker->conn, buf_str(&ticker->frame));
	reactor_arm(shard_reactor(ticker->conn->shard), &ticker->timer, TICK_MS);
}

static struct ticker *ticker_of(struct conn *conn)
{
	struct ticker *ticker = conn->consumer_state;

	if (ticker != NULL)
		return ticker;
	ticker = mem_new(struct ticker);
	timer_init(&ticker->timer, tick);
	ticker->conn = conn;
	conn->consumer_state = ticker;
	return ticker;
}

static void start(struct conn *conn, struct str text)
{
	struct ticker *ticker = ticker_of(conn);
	struct buf json = { 0 };
	struct json_writer writer = json_writer_to(&json);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "message", text);
	json_end_object(&writer);
	buf_clear(&ticker->frame);
	frame_append(&ticker->frame, FRAME_TEXT, buf_str(&json));
	buf_finish(&json);
	tick(&ticker->timer);
}

static void ticker_receive(struct conn *conn, const struct message *message)
{
	const char *problem;
	struct json *object = NULL;
	struct str text;

	if (!conn_pay(conn)) {
		conn_refuse(conn, "too_fast", "You are writing too fast.", STR_OF(""));
		return;
	}
	if (message->opcode == FRAME_TEXT)
		object = json_parse(message->payload, &problem);
	if (json_get_string(json_find(object, "message"), &text))
		start(conn, text);
	else
		conn_refuse(conn, "no_message", "Send a JSON object with a string in \"message\".",
			STR_OF(""));
	json_destroy(object);
}

static void ticker_too_long(struct conn *conn)
{
	conn_refuse(conn, "too_long", "This message is too long.", STR_OF(""));
}

static void ticker_disconnect(struct conn *conn)
{
	struct ticker *ticker = conn->consumer_state;

	if (ticker == NULL)
		return;
	reactor_disarm(shard_reactor(conn->shard), &ticker->timer);
	buf_finish(&ticker->frame);
	mem_free(ticker);
	conn->consumer_state = NULL;
}

const struct consumer consumer_ticker = {
	.name = "ticker",
	.id = CONSUMER_TICKER,
	.limit = CONSUMER_LIMIT_MESSAGE,
	.receive = ticker_receive,
	.too_long = ticker_too_long,
	.disconnect = ticker_disconnect,
};
