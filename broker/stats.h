/* SPDX-License-Identifier: MIT */
/* What the broker counts and measures. Every thread counts in a struct of its own and only that
 * thread writes it; reading sums them up at any time. The table in stats.c gives each number its
 * names, its type and its meaning: control, /healthz and /metrics are written from it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "broker/counter.h"
#include "broker/histogram.h"
#include "common/json.h"

enum stat_id {
	/* Counters. */
	STAT_CONNECTIONS_OPENED,
	STAT_CONNECTIONS_CLOSED,
	STAT_HANDSHAKES_SHED,
	STAT_PROXY_HEADERS_REFUSED,
	STAT_TICKET_USES_DROPPED,
	STAT_FRAMES_IN,
	STAT_BYTES_IN,
	STAT_SENDS,
	STAT_BYTES_OUT,
	STAT_MESSAGES,
	STAT_DELIVERIES,
	STAT_ERRORS_SENT,
	STAT_VIOLATIONS,
	STAT_INFLATED_TOO_BIG,
	STAT_READS_PAUSED,
	STAT_CONTROL_REQUESTS,
	STAT_CONTROL_BUSY,
	STAT_CONTROL_ANSWERS_LOST,
	STAT_INGEST_EVENTS,
	STAT_INGEST_REFUSED,
	STAT_REFUSED_LATE,
	STAT_SAID_FORBIDDEN,
	STAT_ORDERS,
	STAT_ORDERS_REFUSED,
	STAT_ORDERS_BUSY,
	STAT_EVENTS_PUBLISHED,
	STAT_LISTENERS_REPLACED,
	STAT_PEER_EVENTS,
	STAT_PEER_REFUSED,
	STAT_PEOPLE_REFUSED,
	STAT_NOTICES_LOST,
	STAT_ROUTED_COPIES,
	STAT_LAYER_REFUSED,
	STAT_LAYER_GAPS,
	STAT_LAYER_EARLY_DROPPED,
	STAT_LAYER_OVERRUNS,
	STAT_LAYER_UNSENT,
	STAT_NAMES_CUT,
	STAT_CHANNEL_FULL,
	STAT_GROUP_MISSED,
	STAT_CHANNEL_EXPIRED,
	STAT_CHANNEL_DROPPED,
	STAT_DJANGO_EVENTS,
	STAT_HISTORY_COMMITS,
	STAT_HISTORY_MESSAGES,
	STAT_HISTORY_REPEATED,
	STAT_HISTORY_BUSY,
	STAT_HISTORY_STORAGE_ERRORS,
	STAT_HISTORY_REFUSED,
	STAT_HISTORY_READS,
	STAT_REDIS_COMMANDS,
	STAT_REDIS_REFUSED,
	STAT_REDIS_ERRORS,
	STAT_REDIS_EVENTS,
	STAT_REDIS_BROKEN,
	STAT_REDIS_RECONNECTS,
	/* Handshakes that were refused, by cause: the rows of refusal.c, and what broker.c knows
	 * better. */
	STAT_REFUSED_MALFORMED,
	STAT_REFUSED_HOST,
	STAT_REFUSED_ROOM,
	STAT_REFUSED_LOGIN,
	STAT_REFUSED_ORIGIN,
	STAT_REFUSED_BANNED,
	STAT_REFUSED_PATH,
	STAT_REFUSED_METHOD,
	STAT_REFUSED_TIMEOUT,
	STAT_REFUSED_BODY,
	STAT_REFUSED_EXPECTATION,
	STAT_REFUSED_UPGRADE,
	STAT_REFUSED_ADDRESS_LIMIT,
	STAT_REFUSED_TARGET_SIZE,
	STAT_REFUSED_HEAD_SIZE,
	STAT_REFUSED_LIMIT,
	STAT_REFUSED_DESCRIPTORS,
	STAT_REFUSED_ACCOUNTS,
	STAT_REFUSED_VERSION,
	/* Connections that began to close, by cause: each counts once. */
	STAT_CLOSED_BY_CLIENT,
	STAT_CLOSED_BY_LEAVING_CLIENT,
	STAT_CLOSED_BY_CLIENT_OTHERWISE,
	STAT_CLOSED_PROTOCOL_ERROR,
	STAT_CLOSED_LOST,
	STAT_CLOSED_UNANSWERED_PING,
	STAT_CLOSED_INVALID_PAYLOAD,
	STAT_CLOSED_TOO_MANY_ERRORS,
	STAT_CLOSED_TOO_BIG,
	STAT_CLOSED_RESTART,
	STAT_CLOSED_TOO_SLOW,
	STAT_CLOSED_OUT_OF_MEMORY,
	STAT_CLOSED_ACCOUNTS,
	STAT_CLOSED_TOO_FAST,
	STAT_CLOSED_LOGGED_OUT,
	STAT_CLOSED_OTHER_USER,
	STAT_CLOSED_TICKET,
	STAT_CLOSED_BY_ADMINISTRATOR,
	STAT_CLOSED_BANNED,
	STAT_CLOSED_BANNED_HERE,
	STAT_CLOSED_MEMBERS_ONLY,
	STAT_CLOSED_KICKED,
	STAT_CLOSED_POLL_AGAIN,
	STAT_CLOSED_OTHERWISE,
	/* Gauges that threads keep. */
	STAT_LOG_BYTES,
	STAT_REPLY_BYTES,
	STAT_PARTIAL_BYTES,
	STAT_HISTORY_WAITING,
	STAT_REDIS_LINKS_UP,
	STAT_KEPT_COUNT,
	/* Gauges that are looked up when they are read. */
	STAT_CONNECTIONS = STAT_KEPT_COUNT,
	STAT_EVENT_STREAMS,
	STAT_LONG_POLLS,
	STAT_CONNECTIONS_MAX,
	STAT_ROOMS,
	STAT_CHANNELS,
	STAT_CHANNEL_MESSAGES,
	STAT_MEMBERSHIPS,
	STAT_LAYER_EDGES,
	STAT_LAYER_UP,
	STAT_LAYER_WAITING_BYTES,
	STAT_WAL_BYTES,
	STAT_REPLAY_BYTES,
	STAT_THREADS,
	STAT_UPTIME,
	STAT_START_TIME,
	STAT_RESIDENT_BYTES,
	STAT_OPEN_FDS,
	STAT_BUILD,
	STAT_COUNT
};

enum stat_histogram {
	HISTOGRAM_HANDSHAKE,
	HISTOGRAM_TURN,
	HISTOGRAM_FAN_OUT,
	HISTOGRAM_MESSAGE,
	HISTOGRAM_COMMIT,
	HISTOGRAM_COMMIT_MESSAGES,
	HISTOGRAM_COUNT
};

struct stats {
	_Atomic uint64_t values[STAT_KEPT_COUNT];
	struct histogram histograms[HISTOGRAM_COUNT];
};

/* All zero before the first sum. */
struct stats_reading {
	uint64_t values[STAT_COUNT];
	struct histogram_reading histograms[HISTOGRAM_COUNT];
};

enum stat_type { STAT_COUNTER, STAT_GAUGE, STAT_HISTOGRAM };

/* Rows of one metric that differ in their labels follow each other. */
struct stat_row {
	enum stat_type type;
	unsigned id; /* enum stat_id; of a histogram enum stat_histogram */
	const char *name; /* in JSON; NULL where it says nothing there */
	const char *metric; /* Prometheus' name */
	const char *labels; /* as they are written between the braces, or NULL */
	const char *help; /* a sentence for people; NULL but in a metric's first row */
	unsigned units; /* how many of ours are one of the metric's; 0 is one */
};

extern const struct stat_row stat_rows[];
extern const size_t stat_row_count;

/* Only the owner's thread. */
static inline void stat_add(struct stats *stats, enum stat_id stat, uint64_t count)
{
	counter_add(&stats->values[stat], count);
}

/* Gauges only. */
static inline void stat_subtract(struct stats *stats, enum stat_id stat, uint64_t count)
{
	counter_add(&stats->values[stat], 0 - count);
}

static inline void stat_observe(struct stats *stats, enum stat_histogram histogram, uint64_t value)
{
	histogram_add(&stats->histograms[histogram], value);
}

/* For reactor_watch_turns: context is the thread's stats. */
void stats_note_turn(void *context, uint64_t busy_us);
/* What a close frame with that code counts as; is_clients: the client sent it first. */
enum stat_id stats_close(uint16_t code, bool is_clients);
/* Adds what stats counted. Any thread. */
void stats_sum(const struct stats *stats, struct stats_reading *sums);
/* Adds a member to the open object for each number; a histogram is its count and its sum. */
void stats_write(const struct stats_reading *reading, struct json_writer *writer);
/* The same for one counter or gauge. */
void stats_write_one(
	const struct stats_reading *reading, enum stat_id stat, struct json_writer *writer);
