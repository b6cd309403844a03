/* SPDX-License-Identifier: MIT */
/* One connection, on the thread of its shard: bytes in, messages to its consumer; frames out, its
 * own and its room's in order. What differs where it is no WebSocket but a stream (an HTTP answer
 * that goes on) is in conn_stream.c. Lives from the upgrade until the main thread has
 * forgotten it, so that both sides may hold pointers. Ids, names and addresses are the main
 * thread's (broker/channel.h). All that an idle connection costs is here: what only a busy one
 * needs (a message that has not come whole, frames that wait) is allocated while it is busy. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "broker/budget.h"
#include "broker/channel.h"
#include "broker/consumer.h"
#include "broker/dialect.h"
#include "broker/outq.h"
#include "broker/reactor/reactor.h"
#include "broker/ws/close.h"
#include "broker/ws/frame.h"
#include "broker/ws/message.h"

struct closing;
struct feed;
struct feed_log;
struct shard;

enum conn_state {
	CONN_OPEN,
	CONN_CLOSING, /* our last frame waits or is out; nothing else is sent, messages are not
			 heard any more */
	CONN_CLOSED, /* the descriptor is gone; the main thread has been told */
};

struct conn {
	/* What a flush looks at, in one line of the cache. */
	struct reactor_io io;
	struct feed_log *log; /* of the room that it follows, or NULL */
	union { /* by consumer: those of rooms follow a log, others may have something of their own
		 */
		uint64_t position; /* in the log */
		void *consumer_state;
	};
	struct outq outq;
	uint8_t dialect; /* enum dialect */
	uint8_t state; /* enum conn_state */
	uint8_t window_bits; /* of what is compressed for it; 0: permessage-deflate is not agreed
			      * upon */
	uint8_t errors;
	uint16_t errors_since_s; /* cut to 16 bits: only differences count */
	bool is_lagging : 1; /* counted in its log */
	bool is_blocked : 1; /* the socket is full; EPOLLOUT goes on */
	bool is_in_flush_list : 1; /* the shard flushes it at the end of the turn */
	bool awaits_pong : 1;
	bool awaits_answer : 1; /* it has asked for members or history */
	bool has_deadline : 1; /* due_ms counts */
	bool has_been_heard : 1; /* since the last ping */
	bool has_got_close : 1; /* the peer's close frame is here */
	bool has_shut_down : 1; /* our direction is closed; what the peer still says is thrown away
				 */
	bool is_deaf : 1; /* the peer reads no more; what it said is read to the end */
	bool has_begun : 1; /* something has been sent */
	bool is_answered : 1; /* more than its greeting has: a long poll ends when all is out */
	bool is_newcomer : 1; /* nobody can tell yet that it is the same who comes again */
	bool comes_again : 1; /* it has ended as a long poll does */
	enum consumer_id consumer_id : 2;

	struct shard *shard; /* as consumer_id and dialect: for both threads, never changes */
	struct message_reader *reader; /* holds what has come of a message; NULL between messages */
	union {
		struct budget budget;
		size_t discarded_bytes; /* that a stream's client has said to nobody */
	};
	uint32_t due_ms; /* the next ping, its pong, or the end of the close handshake's grace;
			  * before it is open, how long a long poll waits */
	uint32_t feed_index; /* in its log's members */
	uint32_t shard_index; /* in its shard's connections */
	/* The main thread's part, never looked into by the shard. */
	uint32_t serial : 30; /* with the struct's place the channel's id; 0: it has left */
	bool is_idle : 1; /* its client has said that nobody looks */
	bool is_guest : 1; /* neither a session nor anybody else says who it is */
	struct channel channel;
};

#define CONN_SERIAL_MAX ((1U << 30) - 1)

/* 300 bytes are what a whole idle member may cost, its person and its part of the room included. */
_Static_assert(sizeof(struct conn) <= 120, "the cells of idle connections stay small");

static inline const struct consumer *conn_consumer(const struct conn *conn)
{
	return consumers[conn->consumer_id];
}

static inline struct conn *conn_of(struct channel *channel)
{
	return list_entry(channel, struct conn, channel);
}

/* What the main thread prepares, of a zeroed struct. The descriptor is non-blocking and owned from
 * now on. */
void conn_init(struct conn *conn, struct shard *shard, int fd, const struct consumer *consumer,
	enum dialect dialect);
/* It is closed and the main thread has forgotten it. */
void conn_finish(struct conn *conn);
/* On the shard, once: watches the socket, sends greeting (frames) and replay, and reads what came
 * along with the handshake. feed and replay may be NULL; takes replay. early_bytes are changed in
 * place. */
void conn_open(struct conn *conn, struct feed *feed, struct str greeting, struct replay *replay,
	struct str early_bytes);

/* Queues a WebSocket frame for this connection alone, which is no stream; dropped once it is
 * closing. */
void conn_send(struct conn *conn, enum frame_opcode opcode, struct str payload);
/* The same for whole frames in its dialect. */
void conn_send_frames(struct conn *conn, struct str frames);
/* What the connection has missed, right behind its greeting: it has just joined its feed. Takes
 * replay, which may be NULL. */
void conn_send_replay(struct conn *conn, struct replay *replay);
/* Throws away what waits of its own. */
void conn_forget_queue(struct conn *conn);
/* Begins the close handshake (RFC 6455 7.1.2); reason is a short literal. Harmless once it is
 * closing. */
void conn_close(struct conn *conn, enum close_code code, const char *reason);
/* The same for a reason of the main thread's. */
void conn_close_for(struct conn *conn, const struct closing *closing);
/* The same with 1013, because [limits] memory_bytes is reached. */
void conn_close_for_memory(struct conn *conn);
/* For a member that fell too far behind in its room: it gets the rest of the frame that it has
 * begun and 1013. */
void conn_cut_off(struct conn *conn);
/* Closes the descriptor at once. */
void conn_drop(struct conn *conn);
/* Looks whether a deadline has passed: pings, or drops who has not answered. */
void conn_check_deadline(struct conn *conn);
/* Sends what waits, as far as the socket takes it. */
void conn_flush(struct conn *conn);
/* False when the connection has no token left for a message. */
bool conn_pay(struct conn *conn);
/* Sends an error in the connection's dialect; too many of them in a minute close it with 1008. */
void conn_refuse(struct conn *conn, const char *code, const char *sentence, struct str ref);
/* The same of an error that is written already. */
void conn_send_error(struct conn *conn, struct str frames);
