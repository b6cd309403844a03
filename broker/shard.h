/* SPDX-License-Identifier: MIT */
/* One reactor's share of the broker: its connections and the feeds of their rooms. The main
 * thread talks to it only by the mails of the first group; they arrive in order, which is what
 * makes a join and the messages behind it gapless. With one thread the shard lives on the main
 * thread's reactor and the mails do not leave it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "broker/conn.h"
#include "broker/feed.h"
#include "broker/stats.h"
#include "common/config.h"

struct broker;
struct channel;
struct closing;
struct deflate;
struct layer_errand;
struct page;
struct payload;
struct shard;

/* reactor is the main thread's for the only shard, or NULL: then the shard makes its own and runs
 * it on a thread of its own. */
struct shard *shard_create(const struct config *config, struct broker *broker, size_t index,
	struct reactor *reactor) __attribute__((warn_unused_result));
/* Ends and joins its thread; what is left in its mailbox may be handled on the main thread then.
 * NULL is fine. */
void shard_stop(struct shard *shard);
/* Its connections are closed and forgotten; it is stopped here when it has not been before. NULL is
 * fine. */
void shard_destroy(struct shard *shard);
/* As it was created with; any thread. */
size_t shard_index(const struct shard *shard);

/* Its thread has ended: drops the connections that are left and posts what has not been; false when
 * there was nothing to post. */
bool shard_wind_up(struct shard *shard);

/* Called on the main thread. */

/* The connection is the shard's from now on; feed and replay may be NULL. The bytes are copied:
 * early_bytes came with the handshake, greeting is frames to send first, before replay, which is
 * taken. */
void shard_open(struct shard *shard, struct conn *conn, struct feed *feed, struct str greeting,
	struct replay *replay, struct str early_bytes);
/* Whether what is done for the shard now comes in order without a mail: it runs on the main thread
 * and no mail waits. */
bool shard_is_here(struct shard *shard);
/* Of a shard that is here: appends an event's frames for all members of the feed; frames for author
 * (which may be NULL) alone go before them. */
void shard_deliver_here(struct feed *feed, const struct str frames[static DIALECT_COUNT],
	struct conn *author, struct str author_frames);
/* The same of any shard. Takes a reference of its own to payload. */
void shard_deliver(struct shard *shard, struct feed *feed, struct payload *payload,
	struct conn *author, struct str author_frames);
/* Frames for one connection. */
void shard_reply(struct shard *shard, struct conn *conn, struct str frames);
/* An error that is the client's own: too many of them close the connection. */
void shard_send_error(struct shard *shard, struct conn *conn, struct str frames);
/* The same as the answer to what it has asked: it may ask again. */
void shard_answer(struct shard *shard, struct conn *conn, struct str frames);
/* An event's frames for one connection, unless its queue is full; errand, if any, comes back to the
 * main thread with what became of it (layer_end_errand). */
void shard_send(
	struct shard *shard, struct conn *conn, struct str frames, struct layer_errand *errand);
/* closing is static. */
void shard_close_conn(struct shard *shard, struct conn *conn, const struct closing *closing);
/* The main thread says no more of it: the answer to shard_conn_closed. The shard's last word is
 * broker_conn_finished. */
void shard_forget(struct shard *shard, struct conn *conn);
void shard_drop_feed(struct shard *shard, struct feed *feed);
/* Says goodbye to all connections, each with a retry_after of at most spread_seconds, and drops
 * what is left after grace_ms. */
void shard_say_goodbye(struct shard *shard, unsigned spread_seconds, unsigned grace_ms);
const struct stats *shard_stats_of(const struct shard *shard);

/* Called on the shard's own thread. */

struct reactor *shard_reactor(const struct shard *shard);
const struct config *shard_config(const struct shard *shard);
struct stats *shard_stats(struct shard *shard);
uint64_t shard_backlog_bytes(const struct shard *shard);
/* Whether its connections hold as much as its share of [limits] memory_bytes: parts of messages,
 * replies and logs. */
bool shard_is_short_of_memory(const struct shard *shard);
const struct message_limits *shard_message_limits(
	const struct shard *shard, const struct consumer *consumer);
/* Where sockets are read into, shared by all: what outlives the call is copied. */
struct str shard_read_buffer(const struct shard *shard);
struct buf *shard_scratch(struct shard *shard);
/* For what a consumer reads out of one message. */
struct buf *shard_text(struct shard *shard);
/* The connections whose deadlines are looked at. */
void shard_add_conn(struct shard *shard, struct conn *conn);
void shard_remove_conn(struct shard *shard, struct conn *conn);
struct deflate *shard_deflate(const struct shard *shard);
/* Flush it at the end of this turn. */
void shard_conn_is_dirty(struct shard *shard, struct conn *conn);
void shard_feed_is_dirty(struct shard *shard, struct feed *feed);
/* The descriptor is closed: tells the main thread. */
void shard_conn_closed(struct shard *shard, struct conn *conn);
/* Hands a message to the main thread, which numbers it and delivers it to the room. ref may be
 * empty. Copied. */
void shard_say(struct shard *shard, struct conn *conn, struct str message, struct str ref);
/* Hands on the text of a "moderate" object. Copied. */
void shard_moderate(struct shard *shard, struct conn *conn, struct str order);
/* Tells the main thread that the connection's person is typing. */
void shard_type(struct shard *shard, struct conn *conn);
/* Tells it whether nobody looks at the connection. */
void shard_set_idle(struct shard *shard, struct conn *conn, bool is_idle);
/* The same of an edit or a deletion. Copied. */
void shard_change(struct shard *shard, struct conn *conn, const struct message_change *change,
	struct str ref);
/* Asks for the people behind a name in the order of their names, one question at a time. Copied. */
void shard_ask_members(struct shard *shard, struct conn *conn, struct str after);
/* Asks for a page of its room's history; of page neither room nor query. One question at a time
 * with the above. */
void shard_ask_history(struct shard *shard, struct conn *conn, const struct page *page);
/* Whether so much waits at the main thread that sockets must not be read: they are looked at
 * again when it has caught up. */
bool shard_is_short_of_credit(struct shard *shard);
