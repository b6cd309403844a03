/* SPDX-License-Identifier: MIT */
/* One WebSocket connection, on the thread of its shard: bytes in, messages to its consumer;
 * frames out, its own and its room's in order. Lives from the upgrade until the main thread has
 * forgotten it, so that both sides may hold pointers. Ids, names and addresses are the main
 * thread's (broker/channel.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "broker/consumer.h"
#include "broker/dialect.h"
#include "broker/outq.h"
#include "broker/reactor/reactor.h"
#include "broker/ws/close.h"
#include "broker/ws/frame.h"
#include "broker/ws/message.h"

struct channel;
struct feed;
struct shard;

enum conn_state {
	CONN_OPEN,
	CONN_CLOSING, /* our close frame waits or is out; nothing else is sent, messages are not
			 heard any more */
	CONN_CLOSED, /* the descriptor is gone; the main thread has been told */
};

/* Tokens that a connection pays for its messages, refilled by time. */
struct conn_budget {
	uint32_t milli_tokens;
	uint32_t filled_ms; /* monotonic, cut to 32 bits: only differences count */
};

struct conn {
	struct reactor_io io;
	struct timer timer; /* the next ping, its pong, or the end of the close handshake's grace */
	struct list link; /* in its shard's list of all */
	struct shard *shard;
	struct channel
		*channel; /* the main thread's record of this connection; never looked into here */
	const struct consumer *consumer;
	void *consumer_state; /* the consumer's own */
	struct feed *feed; /* the room that it follows, or NULL */
	uint64_t position; /* in the feed's log */
	struct outq outq;
	struct message_reader reader;
	struct conn_budget budget;
	uint32_t errors_since_ms;
	uint32_t feed_index;
	uint16_t errors;
	uint8_t dialect; /* enum dialect */
	uint8_t state; /* enum conn_state */
	bool is_lagging : 1; /* counted in its feed's log */
	bool is_blocked : 1; /* the socket is full; EPOLLOUT goes on */
	bool is_in_flush_list : 1; /* the shard flushes it at the end of the turn */
	bool awaits_pong : 1;
	bool has_been_heard : 1; /* since the last ping */
	bool has_got_close : 1; /* the peer's close frame is here */
	bool has_shut_down : 1; /* our direction is closed; what the peer still says is thrown away
				 */
	bool is_unheard : 1; /* the peer reads no more; what it said is read to the end */
};

/* What the main thread prepares. The descriptor is non-blocking and owned from now on. */
struct conn *conn_create(struct shard *shard, int fd, const struct consumer *consumer,
	enum dialect dialect, struct channel *channel) __attribute__((warn_unused_result));
/* It is closed and the main thread has forgotten it. */
void conn_destroy(struct conn *conn);
/* On the shard, once: watches the socket, sends greeting (frames) and reads what came along with
 * the handshake. feed may be NULL. early_bytes are changed in place. */
void conn_open(struct conn *conn, struct feed *feed, struct str greeting, struct str early_bytes);

/* Queues a frame for this connection alone; dropped once it is closing. */
void conn_send(struct conn *conn, enum frame_opcode opcode, struct str payload);
/* The same for whole frames. */
void conn_send_frames(struct conn *conn, struct str frames);
/* Begins the close handshake (RFC 6455 7.1.2); reason is a short literal. Harmless once it is
 * closing. */
void conn_close(struct conn *conn, enum close_code code, const char *reason);
/* For a member that fell too far behind in its room: it gets the rest of the frame that it has
 * begun and 1013. */
void conn_cut_off(struct conn *conn);
/* Closes the descriptor at once. */
void conn_drop(struct conn *conn);
/* Sends what waits, as far as the socket takes it. */
void conn_flush(struct conn *conn);
/* False when the connection has no token left for a message. */
bool conn_pay(struct conn *conn);
/* Sends an error in the connection's dialect; too many of them in a minute close it with 1008. */
void conn_refuse(struct conn *conn, const char *code, const char *sentence, struct str ref);
