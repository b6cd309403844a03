/* SPDX-License-Identifier: MIT */
/* Says back what it hears, to the client that said it: for trying out a proxy and for conformance
 * suites. No greeting, no rate. */
#include "broker/conn.h"
#include "broker/conn_deflate.h"
#include "broker/consumer.h"
#include "broker/ws/deflate.h"

static void echo_receive(struct conn *conn, const struct message *message)
{
	conn_send_message(conn, message->opcode, message->payload);
}

static void echo_too_long(struct conn *conn)
{
	conn_close(conn, CLOSE_TOO_BIG, "too long");
}

const struct consumer consumer_echo = {
	.name = "echo",
	.id = CONSUMER_ECHO,
	.limit = CONSUMER_LIMIT_ECHO,
	.window_bits_min = DEFLATE_WINDOW_BITS_MIN,
	.receive = echo_receive,
	.too_long = echo_too_long,
};
