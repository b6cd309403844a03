/* SPDX-License-Identifier: MIT */
/* What the broker counts. Every thread counts in a struct of its own and only that thread writes
 * it; reading sums them up at any time. The table in stats.c names each one. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "common/json.h"

enum stat_id {
	STAT_CONNECTIONS_OPENED,
	STAT_CONNECTIONS_CLOSED,
	STAT_HANDSHAKES_REFUSED,
	STAT_HANDSHAKES_EXPIRED,
	STAT_HANDSHAKES_SHED,
	STAT_PROXY_HEADERS_REFUSED,
	STAT_CONNECTIONS_OVER_LIMIT,
	STAT_CONNECTIONS_WITHOUT_DESCRIPTOR,
	STAT_FRAMES_IN,
	STAT_BYTES_IN,
	STAT_SENDS,
	STAT_BYTES_OUT,
	STAT_MESSAGES,
	STAT_DELIVERIES,
	STAT_ERRORS_SENT,
	STAT_CLOSED_TOO_SLOW,
	STAT_CLOSED_UNANSWERED_PING,
	STAT_CLOSED_VIOLATION,
	STAT_INFLATED_TOO_BIG,
	STAT_READS_PAUSED,
	STAT_CONTROL_REQUESTS,
	STAT_CONTROL_BUSY,
	STAT_CONTROL_ANSWERS_LOST,
	STAT_INGEST_EVENTS,
	STAT_INGEST_REFUSED,
	STAT_EVENTS_PUBLISHED,
	STAT_LISTENERS_REPLACED,
	STAT_PEER_EVENTS,
	STAT_PEER_REFUSED,
	STAT_ROUTED_COPIES,
	STAT_COUNT
};

struct stats {
	_Atomic uint64_t values[STAT_COUNT];
};

/* Only the owner's thread: a load and a store, no locked instruction. */
static inline void stat_add(struct stats *stats, enum stat_id stat, uint64_t count)
{
	uint64_t value = atomic_load_explicit(&stats->values[stat], memory_order_relaxed);

	atomic_store_explicit(&stats->values[stat], value + count, memory_order_relaxed);
}

/* Adds what stats counted to sums, which has STAT_COUNT elements. Any thread. */
void stats_sum(const struct stats *stats, uint64_t sums[static STAT_COUNT]);
/* Adds a member to the open object for each. */
void stats_write(const uint64_t sums[static STAT_COUNT], struct json_writer *writer);
