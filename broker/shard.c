/* SPDX-License-Identifier: MIT */
/* The turn's end of a shard: feeds first, so that a speaker's ack and its message leave in one
 * write, then the connections that have something of their own. Mails between the threads are in
 * shard_mail.c. */
#include "broker/shard.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "broker/broker.h"
#include "broker/shard_private.h"
#include "broker/ws/deflate.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define READ_BUFFER_BYTES (64 * 1024)
/* A message above the limit is skipped and answered; above this many times the limit it ends the
 * connection. */
#define SKIP_FACTOR 4
/* Room that the list of connections to flush keeps between turns. */
#define DIRTY_CONNS_KEPT 1024
/* How late a ping or the end of a grace may be. A timer for each connection would take as much
 * memory as three of its deadlines, and most timers would be moved before they are due. */
#define DEADLINES_EVERY_MS 500
/* The share of a turn that all rooms have together; each has a share of its own, too (feed.c). */
#define FEEDS_MS 4

static void flush_feeds(struct shard *shard)
{
	uint64_t end_ms = clock_monotonic_ms() + FEEDS_MS;
	struct list feeds;

	list_init(&feeds);
	list_splice(&feeds, &shard->dirty_feeds);
	while (!list_is_empty(&feeds)) {
		struct feed *feed = list_entry(feeds.next, struct feed, dirty_link);

		list_remove(&feed->dirty_link);
		if (!feed_flush(feed))
			shard_feed_is_dirty(shard, feed);
		if (clock_monotonic_ms() > end_ms)
			break;
	}
	if (list_is_empty(&feeds))
		return;
	/* Feeds that had no turn come first in the next. */
	list_splice(&feeds, &shard->dirty_feeds);
	list_splice(&shard->dirty_feeds, &feeds);
	reactor_schedule(shard->reactor, &shard->flush_task);
}

static void run_flush(struct reactor_task *task)
{
	struct shard *shard = list_entry(task, struct shard, flush_task);

	flush_feeds(shard);
	/* A flush may close connections, but it opens none: the array does not grow under the loop.
	 */
	for (size_t i = 0; i < shard->dirty_conn_count; i++) {
		shard->dirty_conns[i]->is_in_flush_list = false;
		conn_flush(shard->dirty_conns[i]);
	}
	shard->dirty_conn_count = 0;
	if (shard->dirty_conn_capacity > DIRTY_CONNS_KEPT) {
		mem_free(shard->dirty_conns);
		shard->dirty_conns = NULL;
		shard->dirty_conn_capacity = 0;
	}
}

void shard_conn_is_dirty(struct shard *shard, struct conn *conn)
{
	if (conn->is_in_flush_list || conn->state == CONN_CLOSED)
		return;
	shard->dirty_conns = mem_grow(shard->dirty_conns, &shard->dirty_conn_capacity,
		shard->dirty_conn_count, sizeof(struct conn *));
	shard->dirty_conns[shard->dirty_conn_count++] = conn;
	conn->is_in_flush_list = true;
	reactor_schedule(shard->reactor, &shard->flush_task);
}

static void check_deadlines(struct timer *timer)
{
	struct shard *shard = list_entry(timer, struct shard, deadline_timer);

	/* Downwards, because the last one takes the place of one that is dropped. */
	for (size_t i = shard->conn_count; i > 0; i--)
		conn_check_deadline(shard->conns[i - 1]);
	if (shard->conn_count > 0)
		reactor_arm(shard->reactor, timer, DEADLINES_EVERY_MS);
}

void shard_add_conn(struct shard *shard, struct conn *conn)
{
	shard->conns = mem_grow(
		shard->conns, &shard->conn_capacity, shard->conn_count, sizeof(struct conn *));
	conn->shard_index = (uint32_t)shard->conn_count;
	shard->conns[shard->conn_count++] = conn;
	if (!timer_is_armed(&shard->deadline_timer))
		reactor_arm(shard->reactor, &shard->deadline_timer, DEADLINES_EVERY_MS);
}

void shard_remove_conn(struct shard *shard, struct conn *conn)
{
	struct conn *last = shard->conns[--shard->conn_count];

	shard->conns[conn->shard_index] = last;
	last->shard_index = conn->shard_index;
	if (shard->conn_count > 0)
		return;
	mem_free(shard->conns);
	shard->conns = NULL;
	shard->conn_capacity = 0;
}

void shard_feed_is_dirty(struct shard *shard, struct feed *feed)
{
	if (list_is_empty(&feed->dirty_link))
		list_append(&shard->dirty_feeds, &feed->dirty_link);
	reactor_schedule(shard->reactor, &shard->flush_task);
}

void shard_remove_from_flush_list(struct shard *shard, struct conn *conn)
{
	for (size_t i = 0; conn->is_in_flush_list && i < shard->dirty_conn_count; i++) {
		if (shard->dirty_conns[i] != conn)
			continue;
		shard->dirty_conns[i] = shard->dirty_conns[--shard->dirty_conn_count];
		conn->is_in_flush_list = false;
	}
}

static void init_limits(struct shard *shard, const struct config *config)
{
	shard->limits[CONSUMER_LIMIT_MESSAGE] = (struct message_limits){
		.max_bytes = (uint32_t)config->limits_message_bytes,
		.skip_bytes = (uint32_t)config->limits_message_bytes * SKIP_FACTOR,
	};
	shard->limits[CONSUMER_LIMIT_ECHO] = (struct message_limits){
		.max_bytes = (uint32_t)config->limits_echo_bytes,
	};
}

static void *run_thread(void *context)
{
	struct shard *shard = context;

	reactor_watch_turns(shard->reactor, stats_note_turn, &shard->stats);
	reactor_run(shard->reactor);
	return NULL;
}

/* Signals are the main thread's. */
static bool start_thread(struct shard *shard)
{
	sigset_t all, before;
	int status;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	status = pthread_create(&shard->thread, NULL, run_thread, shard);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	shard->has_thread = status == 0;
	return shard->has_thread;
}

struct shard *shard_create(
	const struct config *config, struct broker *broker, size_t index, struct reactor *reactor)
{
	struct shard *shard = mem_new(struct shard);

	shard->config = config;
	shard->broker = broker;
	shard->index = index;
	list_init(&shard->dirty_feeds);
	reactor_task_init(&shard->flush_task, run_flush);
	reactor_task_init(&shard->from_main_task, shard_post_from_main);
	reactor_task_init(&shard->to_main_task, shard_post_to_main);
	timer_init(&shard->goodbye_timer, shard_drop_all);
	timer_init(&shard->deadline_timer, check_deadlines);
	init_limits(shard, config);
	shard->read_buffer = mem_alloc(READ_BUFFER_BYTES);
	shard->deflate = deflate_create();
	if (reactor != NULL) {
		shard->reactor = reactor;
		return shard;
	}
	shard->reactor = &shard->own_reactor;
	if (reactor_init(&shard->own_reactor) && start_thread(shard))
		return shard;
	log_errno("event=start_thread");
	shard_destroy(shard);
	return NULL;
}

void shard_stop(struct shard *shard)
{
	if (shard == NULL || !shard->has_thread)
		return;
	reactor_stop(shard->reactor);
	pthread_join(shard->thread, NULL);
	shard->has_thread = false;
}

void shard_destroy(struct shard *shard)
{
	if (shard == NULL)
		return;
	shard_stop(shard);
	if (shard->reactor == &shard->own_reactor)
		reactor_finish(&shard->own_reactor);
	buf_finish(&shard->scratch);
	buf_finish(&shard->text);
	reactor_disarm(shard->reactor, &shard->deadline_timer);
	reactor_disarm(shard->reactor, &shard->goodbye_timer);
	reactor_unschedule(&shard->flush_task);
	reactor_unschedule(&shard->from_main_task); /* of main's reactor, which goes on */
	reactor_unschedule(&shard->to_main_task);
	mem_free(shard->conns);
	deflate_destroy(shard->deflate);
	mem_free(shard->dirty_conns);
	mem_free(shard->read_buffer);
	mem_free(shard);
}

size_t shard_index(const struct shard *shard)
{
	return shard->index;
}

struct reactor *shard_reactor(const struct shard *shard)
{
	return shard->reactor;
}

const struct config *shard_config(const struct shard *shard)
{
	return shard->config;
}

struct stats *shard_stats(struct shard *shard)
{
	return &shard->stats;
}

const struct stats *shard_stats_of(const struct shard *shard)
{
	return &shard->stats;
}

uint64_t shard_backlog_bytes(const struct shard *shard)
{
	return (uint64_t)shard->config->limits_backlog_bytes;
}

static uint64_t held_bytes(const struct stats *stats)
{
	static const enum stat_id kinds[] = { STAT_LOG_BYTES, STAT_REPLY_BYTES,
		STAT_PARTIAL_BYTES };
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		sum += atomic_load_explicit(&stats->values[kinds[i]], memory_order_relaxed);
	return sum;
}

bool shard_is_short_of_memory(const struct shard *shard)
{
	const struct broker *broker = shard->broker;
	uint64_t most = (uint64_t)shard->config->limits_memory_bytes / broker->shard_count;
	uint64_t replays = atomic_load_explicit(&broker->replay_bytes, memory_order_relaxed) /
			   broker->shard_count; /* they are shared by all threads */

	return most > 0 && held_bytes(&shard->stats) + replays >= most;
}

const struct message_limits *shard_message_limits(
	const struct shard *shard, const struct consumer *consumer)
{
	return &shard->limits[consumer->limit];
}

struct str shard_read_buffer(const struct shard *shard)
{
	return str_range(shard->read_buffer, READ_BUFFER_BYTES);
}

struct buf *shard_scratch(struct shard *shard)
{
	return &shard->scratch;
}

struct buf *shard_text(struct shard *shard)
{
	return &shard->text;
}

struct deflate *shard_deflate(const struct shard *shard)
{
	return shard->deflate;
}
