/* SPDX-License-Identifier: MIT */
/* Rounds: every member from the cursor on gets all that it has not got, in one write. What is
 * appended meanwhile starts another round at the end of this one. The members stand in an array
 * because a round reads them all. */
#include "broker/feed.h"

#include <assert.h>

#include "broker/conn.h"
#include "broker/shard.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

#define MEMBERS_PER_TURN 500
#define MS_PER_TURN 2
/* A burst in one turn may be longer than a socket holds: who kept up until then has so many times
 * the limit to take it in. */
#define BURST_FACTOR 4
/* Members ahead whose connections are fetched into the cache: the kernel's work between two of them
 * has pushed them out. */
#define PREFETCH 3
#define MEMBERS_PER_CLOCK 32 /* looking at the clock costs as much as a tenth of a write */

struct feed *feed_create(struct shard *shard)
{
	struct feed *feed = mem_new(struct feed);

	feed->shard = shard;
	list_init(&feed->dirty_link);
	return feed;
}

/* The thread's gauge follows what a log holds. */
static void note_held(struct feed_log *log, size_t before)
{
	stat_subtract(
		shard_stats(log->feed->shard), STAT_LOG_BYTES, before - log->log.bytes.capacity);
}

static void trim(struct feed_log *log, uint64_t lowest)
{
	size_t before = log->log.bytes.capacity;

	room_log_trim(&log->log, log->dialect, lowest);
	note_held(log, before);
}

static void destroy_log(struct feed_log *log)
{
	size_t before = log->log.bytes.capacity;

	assert(log->count == 0);
	room_log_finish(&log->log);
	note_held(log, before);
	mem_free(log->members);
	mem_free(log);
}

void feed_destroy(struct feed *feed)
{
	while (feed->logs != NULL) {
		struct feed_log *log = feed->logs;

		feed->logs = log->next;
		destroy_log(log);
	}
	list_remove(&feed->dirty_link);
	mem_free(feed);
}

struct feed_log *feed_find_log(const struct feed *feed, enum dialect dialect)
{
	struct feed_log *log = feed->logs;

	while (log != NULL && log->dialect != dialect)
		log = log->next;
	return log;
}

static struct feed_log *add_log(struct feed *feed, enum dialect dialect)
{
	struct feed_log *log = mem_new(struct feed_log);

	log->feed = feed;
	log->next = feed->logs;
	log->dialect = (uint8_t)dialect;
	feed->logs = log;
	return log;
}

void feed_join(struct feed *feed, struct conn *conn)
{
	struct feed_log *log = feed_find_log(feed, conn->dialect);

	if (log == NULL)
		log = add_log(feed, conn->dialect);
	log->members = mem_grow(log->members, &log->capacity, log->count, sizeof(struct conn *));
	conn->log = log;
	conn->feed_index = (uint32_t)log->count;
	conn->position = room_log_end(&log->log);
	log->members[log->count++] = conn;
}

static void move_member(struct feed_log *log, size_t from, size_t to)
{
	log->members[to] = log->members[from];
	log->members[to]->feed_index = (uint32_t)to;
}

void feed_leave(struct conn *conn)
{
	struct feed_log *log = conn->log;
	size_t hole = conn->feed_index;

	if (log == NULL)
		return;
	if (conn->is_lagging)
		feed_caught_up(log);
	conn->is_lagging = false;
	conn->log = NULL;
	/* Those before the cursor have been served in this round, those behind it have not: a
	 * hole is filled from its own side. */
	if (hole < log->cursor) {
		log->cursor--;
		move_member(log, log->cursor, hole);
		hole = log->cursor;
	}
	log->count--;
	if (hole < log->count) /* else what stands there has just been moved away */
		move_member(log, log->count, hole);
}

void feed_append(struct feed *feed, const struct str frames[static DIALECT_COUNT])
{
	for (struct feed_log *log = feed->logs; log != NULL; log = log->next) {
		size_t before = log->log.bytes.capacity;

		if (log->count == 0 || frames[log->dialect].len == 0)
			continue;
		room_log_append(&log->log, frames[log->dialect]);
		note_held(log, before);
		log->is_dirty = true;
		log->has_grown = true;
		shard_feed_is_dirty(feed->shard, feed);
	}
}

/* Memory that is short is first taken from those who lag. */
static uint64_t backlog_max(const struct shard *shard, const struct conn *conn)
{
	if (!conn->is_lagging)
		return shard_backlog_bytes(shard) * BURST_FACTOR;
	return shard_is_short_of_memory(shard) ? 0 : shard_backlog_bytes(shard);
}

/* What a member's write has left of its part of the log. */
static void note_progress(struct feed_log *log, struct conn *conn)
{
	uint64_t end = room_log_end(&log->log);

	if (conn->log == NULL || conn->position == end)
		return;
	if (end - conn->position > backlog_max(log->feed->shard, conn)) {
		conn_cut_off(conn);
		return;
	}
	if (!conn->is_lagging)
		log->lagging++;
	conn->is_lagging = true;
	if (conn->position < log->lowest)
		log->lowest = conn->position;
}

static void begin_round(struct feed_log *log)
{
	log->cursor = 0;
	log->has_grown = false;
	log->lowest = room_log_end(&log->log);
}

static void end_round(struct feed_log *log)
{
	log->cursor = 0;
	log->is_dirty = log->has_grown;
	/* Who lagged when the round met him may have caught up since. */
	if (log->lagging == 0 && !log->is_dirty)
		log->lowest = room_log_end(&log->log);
	trim(log, log->lowest);
}

/* The first look only sets the deadline: a small room never gets to a second one. */
static bool is_too_late(uint64_t *deadline_ms)
{
	uint64_t now_ms = clock_monotonic_ms();

	if (*deadline_ms == 0)
		*deadline_ms = now_ms + MS_PER_TURN;
	return now_ms > *deadline_ms;
}

/* False when the turn's share is used up. */
static bool flush_log(struct feed_log *log)
{
	uint64_t deadline_ms = 0;
	size_t share = MEMBERS_PER_TURN;

	if (log->cursor == 0)
		begin_round(log);
	while (log->cursor < log->count) {
		struct conn *conn = log->members[log->cursor];

		if (share == 0 || (share % MEMBERS_PER_CLOCK == 0 && is_too_late(&deadline_ms)))
			return false;
		share--;
		if (log->cursor + PREFETCH < log->count)
			__builtin_prefetch(log->members[log->cursor + PREFETCH]);
		log->cursor++; /* first: the write may find the member gone */
		conn_flush(conn);
		note_progress(log, conn);
	}
	end_round(log);
	return !log->is_dirty;
}

bool feed_flush(struct feed *feed)
{
	bool is_done = true;

	/* Each dialect has a share of its own: one in which something is said all the time would
	 * leave nothing of a common one. */
	for (struct feed_log *log = feed->logs; log != NULL; log = log->next) {
		if (log->is_dirty && !flush_log(log))
			is_done = false;
	}
	return is_done;
}

void feed_caught_up(struct feed_log *log)
{
	assert(log->lagging > 0);
	log->lagging--;
	if (log->lagging == 0 && !log->is_dirty)
		trim(log, room_log_end(&log->log));
}
