/* SPDX-License-Identifier: MIT */
/* The names of the counters, which are also what `stats` on the control socket answers. */
#include "broker/stats.h"

static const char *const names[STAT_COUNT] = {
	[STAT_CONNECTIONS_OPENED] = "connections_opened",
	[STAT_CONNECTIONS_CLOSED] = "connections_closed",
	[STAT_HANDSHAKES_REFUSED] = "handshakes_refused",
	[STAT_HANDSHAKES_EXPIRED] = "handshakes_expired",
	[STAT_HANDSHAKES_SHED] = "handshakes_shed",
	[STAT_PROXY_HEADERS_REFUSED] = "proxy_headers_refused",
	[STAT_CONNECTIONS_OVER_LIMIT] = "connections_over_limit",
	[STAT_CONNECTIONS_WITHOUT_DESCRIPTOR] = "connections_without_descriptor",
	[STAT_FRAMES_IN] = "frames_in",
	[STAT_BYTES_IN] = "bytes_in",
	[STAT_SENDS] = "sends",
	[STAT_BYTES_OUT] = "bytes_out",
	[STAT_MESSAGES] = "messages",
	[STAT_DELIVERIES] = "deliveries",
	[STAT_ERRORS_SENT] = "errors_sent",
	[STAT_CLOSED_TOO_SLOW] = "closed_too_slow",
	[STAT_CLOSED_UNANSWERED_PING] = "closed_unanswered_ping",
	[STAT_CLOSED_VIOLATION] = "closed_violation",
	[STAT_INFLATED_TOO_BIG] = "inflated_too_big",
	[STAT_READS_PAUSED] = "reads_paused",
	[STAT_CONTROL_REQUESTS] = "control_requests",
	[STAT_CONTROL_BUSY] = "control_busy",
	[STAT_CONTROL_ANSWERS_LOST] = "control_answers_lost",
	[STAT_INGEST_EVENTS] = "ingest_events",
	[STAT_INGEST_REFUSED] = "ingest_refused",
	[STAT_EVENTS_PUBLISHED] = "events_published",
	[STAT_LISTENERS_REPLACED] = "listeners_replaced",
	[STAT_PEER_EVENTS] = "peer_events",
	[STAT_PEER_REFUSED] = "peer_refused",
	[STAT_ROUTED_COPIES] = "routed_copies",
};

void stats_sum(const struct stats *stats, uint64_t sums[static STAT_COUNT])
{
	for (size_t i = 0; i < STAT_COUNT; i++)
		sums[i] += atomic_load_explicit(&stats->values[i], memory_order_relaxed);
}

void stats_write(const uint64_t sums[static STAT_COUNT], struct json_writer *writer)
{
	for (size_t i = 0; i < STAT_COUNT; i++)
		json_add_integer(writer, names[i], (int64_t)sums[i]);
}
