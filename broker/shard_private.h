/* SPDX-License-Identifier: MIT */
/* A shard's inside, shared by shard.c (what it does in a turn), shard_mail.c (what it says to the
 * main thread and hears from it) and shard_ask.c (what its clients say). */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "broker/layer/layer.h"
#include "broker/shard.h"
#include "common/message_kind.h"
#include "common/store/page.h"

struct shard {
	const struct config *config; /* borrowed */
	struct broker *broker; /* borrowed; named in mails, and how many shards it has */
	struct reactor *reactor; /* the main thread's, or own_reactor */
	struct reactor own_reactor;
	pthread_t thread;
	bool has_thread;
	struct list dirty_feeds;
	struct conn **dirty_conns; /* borrowed */
	uint32_t dirty_conn_count;
	uint32_t dirty_conn_capacity;
	struct reactor_task flush_task;
	size_t index;
	struct conn **conns; /* borrowed: all that are not closed */
	uint32_t conn_count;
	uint32_t conn_capacity;
	struct timer deadline_timer; /* looks at all of them now and then, while there are any */
	struct timer goodbye_timer;
	char *read_buffer; /* owned */
	struct buf scratch;
	struct buf text;
	struct deflate *deflate; /* owned */
	struct message_limits limits[2]; /* by enum consumer_limit */
	/* With a thread of its own: what the main thread and the shard have to tell each other is
	 * posted at the end of a turn, so that what came together is also sent together. */
	struct outbox from_main;
	struct reactor_task from_main_task; /* the main thread's */
	struct outbox to_main;
	struct reactor_task to_main_task;
	atomic_uint in_flight; /* messages that the main thread has not dealt with */
	struct stats stats;
};

/* What both tell each other of a connection, with text behind it. Which of the fields are set is
 * known to who handles it. */
struct conn_mail {
	struct mail mail;
	struct shard *shard;
	struct conn *conn;
	struct feed *feed;
	struct payload *payload;
	struct replay *replay;
	const struct closing *closing;
	struct layer_errand *errand;
	enum layer_result result; /* of the errand */
	struct message_change change; /* its text is the first */
	struct page page;
	size_t first_len; /* of the two texts in data */
	size_t second_len;
	char data[];
};

/* Texts are copied; nothing else is set. */
struct conn_mail *conn_mail_create(struct shard *shard, struct conn *conn, struct str first,
	struct str second, void (*handle)(struct mail *mail)) __attribute__((warn_unused_result));
struct conn_mail *conn_mail_of(struct mail *mail);
struct str conn_mail_first(const struct conn_mail *mail);
struct str conn_mail_second(const struct conn_mail *mail);

/* A connection that is freed must not be flushed. */
void shard_remove_from_flush_list(struct shard *shard, struct conn *conn);
void shard_post_from_main(struct reactor_task *task);
void shard_post_to_main(struct reactor_task *task);
/* From the shard: posts what a client says to the main thread, and takes a credit for it. */
void shard_post_asked(struct shard *shard, struct mail *mail);
/* On the main thread: it has been dealt with. */
void shard_return_credit(struct shard *shard);
/* goodbye_timer: whoever has not closed by now is dropped. */
void shard_drop_all(struct timer *timer);
