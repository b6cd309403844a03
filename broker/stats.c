/* SPDX-License-Identifier: MIT */
/* The table of all numbers, in the order in which they are shown. Labels are causes from a fixed
 * list, never rooms or users: whoever stores these numbers keeps one series a row for good. */
#include "broker/stats.h"

#include <stdio.h>

#include "broker/ws/close.h"

#define MICROSECONDS 1000000

#define COUNTER(id, name, metric, help)                                \
	{                                                              \
		STAT_COUNTER, id, name, metric "_total", NULL, help, 0 \
	}
#define GAUGE(id, name, metric, help)                       \
	{                                                   \
		STAT_GAUGE, id, name, metric, NULL, help, 0 \
	}
#define REFUSED(id, name, status, cause, help)                                          \
	{                                                                               \
		STAT_COUNTER, id, "refused_" name, "roomwire_handshakes_refused_total", \
			"status=\"" status "\",cause=\"" cause "\"", help, 0            \
	}
#define CLOSED(id, name, code, cause, help)                                \
	{                                                                  \
		STAT_COUNTER, id, "closed_" name, "roomwire_closes_total", \
			"code=\"" code "\",cause=\"" cause "\"", help, 0   \
	}

const struct stat_row stat_rows[] = {
	GAUGE(STAT_CONNECTIONS, "connections", "roomwire_connections",
		"Connections that are open, and handshakes that are being answered."),
	GAUGE(STAT_EVENT_STREAMS, "event_streams", "roomwire_event_streams",
		"Of these the event streams."),
	GAUGE(STAT_LONG_POLLS, "long_polls", "roomwire_long_polls", "Of these the long polls."),
	GAUGE(STAT_CONNECTIONS_MAX, "connections_max", "roomwire_connections_max",
		"So many may be open: [limits] connections, or what the descriptors allow."),
	GAUGE(STAT_ROOMS, "rooms", "roomwire_rooms", "Rooms with anybody in them."),
	GAUGE(STAT_THREADS, "threads", "roomwire_threads", "Threads that serve connections."),
	GAUGE(STAT_UPTIME, "uptime_seconds", "roomwire_uptime_seconds",
		"Time since the broker was ready."),
	COUNTER(STAT_CONNECTIONS_OPENED, "connections_opened", "roomwire_connections_opened",
		"Connections that were opened."),
	COUNTER(STAT_CONNECTIONS_CLOSED, "connections_closed", "roomwire_connections_closed",
		"Connections that are gone."),
	CLOSED(STAT_CLOSED_BY_CLIENT, "by_client", "1000", "client",
		"Connections that began to close, by close code (1006: without one) and cause."),
	CLOSED(STAT_CLOSED_BY_LEAVING_CLIENT, "by_leaving_client", "1001", "client", NULL),
	CLOSED(STAT_CLOSED_BY_CLIENT_OTHERWISE, "by_client_otherwise", "other", "client", NULL),
	CLOSED(STAT_CLOSED_PROTOCOL_ERROR, "protocol_error", "1002", "protocol_error", NULL),
	CLOSED(STAT_CLOSED_LOST, "lost", "1006", "lost", NULL),
	CLOSED(STAT_CLOSED_UNANSWERED_PING, "unanswered_ping", "1006", "unanswered_ping", NULL),
	CLOSED(STAT_CLOSED_INVALID_PAYLOAD, "invalid_payload", "1007", "invalid_payload", NULL),
	CLOSED(STAT_CLOSED_TOO_MANY_ERRORS, "too_many_errors", "1008", "too_many_errors", NULL),
	CLOSED(STAT_CLOSED_TOO_BIG, "too_big", "1009", "too_big", NULL),
	CLOSED(STAT_CLOSED_RESTART, "restart", "1012", "restart", NULL),
	CLOSED(STAT_CLOSED_TOO_SLOW, "too_slow", "1013", "too_slow", NULL),
	CLOSED(STAT_CLOSED_OUT_OF_MEMORY, "out_of_memory", "1013", "out_of_memory", NULL),
	CLOSED(STAT_CLOSED_ACCOUNTS, "accounts", "1013", "accounts", NULL),
	CLOSED(STAT_CLOSED_TOO_FAST, "too_fast", "4429", "too_fast", NULL),
	CLOSED(STAT_CLOSED_LOGGED_OUT, "logged_out", "4401", "logged_out", NULL),
	CLOSED(STAT_CLOSED_OTHER_USER, "other_user", "4401", "other_user", NULL),
	CLOSED(STAT_CLOSED_TICKET, "ticket", "4401", "ticket", NULL),
	CLOSED(STAT_CLOSED_BY_ADMINISTRATOR, "by_administrator", "4403", "administrator", NULL),
	CLOSED(STAT_CLOSED_BANNED, "banned", "4403", "banned", NULL),
	CLOSED(STAT_CLOSED_BANNED_HERE, "banned_here", "4403", "banned_here", NULL),
	CLOSED(STAT_CLOSED_MEMBERS_ONLY, "members_only", "4403", "members_only", NULL),
	CLOSED(STAT_CLOSED_KICKED, "kicked", "4403", "kicked", NULL),
	CLOSED(STAT_CLOSED_POLL_AGAIN, "poll_again", "1000", "poll_again", NULL),
	CLOSED(STAT_CLOSED_OTHERWISE, "otherwise", "other", "other", NULL),
	REFUSED(STAT_REFUSED_MALFORMED, "malformed", "400", "malformed",
		"Requests that were refused before the upgrade, by HTTP status and cause."),
	REFUSED(STAT_REFUSED_HOST, "host", "400", "host", NULL),
	REFUSED(STAT_REFUSED_ROOM, "room", "400", "room", NULL),
	REFUSED(STAT_REFUSED_LOGIN, "login", "401", "login", NULL),
	REFUSED(STAT_REFUSED_ORIGIN, "origin", "403", "origin", NULL),
	REFUSED(STAT_REFUSED_BANNED, "banned", "403", "banned", NULL),
	REFUSED(STAT_REFUSED_PATH, "path", "404", "path", NULL),
	REFUSED(STAT_REFUSED_METHOD, "method", "405", "method", NULL),
	REFUSED(STAT_REFUSED_TIMEOUT, "timeout", "408", "timeout", NULL),
	REFUSED(STAT_REFUSED_BODY, "body", "413", "body", NULL),
	REFUSED(STAT_REFUSED_EXPECTATION, "expectation", "417", "expectation", NULL),
	REFUSED(STAT_REFUSED_UPGRADE, "upgrade", "426", "upgrade", NULL),
	REFUSED(STAT_REFUSED_ADDRESS_LIMIT, "address_limit", "429", "address_limit", NULL),
	REFUSED(STAT_REFUSED_TARGET_SIZE, "target_size", "414", "target_size", NULL),
	REFUSED(STAT_REFUSED_HEAD_SIZE, "head_size", "431", "head_size", NULL),
	REFUSED(STAT_REFUSED_LIMIT, "limit", "503", "limit", NULL),
	REFUSED(STAT_REFUSED_DESCRIPTORS, "descriptors", "503", "descriptors", NULL),
	REFUSED(STAT_REFUSED_ACCOUNTS, "accounts", "503", "accounts", NULL),
	REFUSED(STAT_REFUSED_VERSION, "version", "505", "version", NULL),
	COUNTER(STAT_HANDSHAKES_SHED, "handshakes_shed", "roomwire_handshakes_shed",
		"Requests that were dropped half-way because too many waited."),
	COUNTER(STAT_PROXY_HEADERS_REFUSED, "proxy_headers_refused",
		"roomwire_proxy_headers_refused",
		"Connections of proxies that were dropped for want of a good PROXY header."),
	COUNTER(STAT_TICKET_USES_DROPPED, "ticket_uses_dropped", "roomwire_ticket_uses_dropped",
		"Tickets that were not asked about, or forgotten early, because too many were "
		"asked about at once."),
	COUNTER(STAT_FRAMES_IN, "frames_in", "roomwire_received_frames",
		"Messages and control frames of clients."),
	COUNTER(STAT_BYTES_IN, "bytes_in", "roomwire_received_bytes",
		"Bytes read from connections."),
	COUNTER(STAT_SENDS, "sends", "roomwire_sends", "Writes to connections."),
	COUNTER(STAT_BYTES_OUT, "bytes_out", "roomwire_sent_bytes",
		"Bytes written to connections."),
	COUNTER(STAT_MESSAGES, "messages", "roomwire_messages",
		"Messages that were numbered, wherever they came from."),
	COUNTER(STAT_DELIVERIES, "deliveries", "roomwire_deliveries",
		"Events times the members that each of them went to."),
	COUNTER(STAT_ERRORS_SENT, "errors_sent", "roomwire_errors_sent",
		"Messages of clients that were answered with an error."),
	COUNTER(STAT_VIOLATIONS, "violations", "roomwire_violations",
		"Breaches of the WebSocket protocol, also of connections that close already."),
	COUNTER(STAT_INFLATED_TOO_BIG, "inflated_too_big", "roomwire_inflated_too_big",
		"Compressed messages that were longer than the limit when inflated."),
	COUNTER(STAT_READS_PAUSED, "reads_paused", "roomwire_reads_paused",
		"Times that a thread read no sockets because the main thread was behind."),
	GAUGE(STAT_LOG_BYTES, "log_bytes", "roomwire_log_bytes",
		"Memory of what rooms hold for members who have not been sent it."),
	GAUGE(STAT_REPLY_BYTES, "reply_bytes", "roomwire_reply_bytes",
		"Bytes for single connections that wait to be sent."),
	GAUGE(STAT_REPLAY_BYTES, "replay_bytes", "roomwire_replay_bytes",
		"Bytes for those who come back, each once however many are sent it."),
	GAUGE(STAT_PARTIAL_BYTES, "partial_bytes", "roomwire_partial_bytes",
		"Bytes of messages that have not come whole."),
	COUNTER(STAT_CONTROL_REQUESTS, "control_requests", "roomwire_control_requests",
		"Requests on the control socket."),
	COUNTER(STAT_CONTROL_BUSY, "control_busy", "roomwire_control_busy",
		"Requests that were refused because too many waited, of their connection or in "
		"all."),
	COUNTER(STAT_CONTROL_ANSWERS_LOST, "control_answers_lost", "roomwire_control_answers_lost",
		"Answers on the control socket that could not be sent."),
	COUNTER(STAT_INGEST_EVENTS, "ingest_events", "roomwire_ingest_events",
		"Events that came in on the ingest socket."),
	COUNTER(STAT_INGEST_REFUSED, "ingest_refused", "roomwire_ingest_refused",
		"Lines on the ingest socket that were refused."),
	COUNTER(STAT_REFUSED_LATE, "refused_late", "roomwire_refused_late",
		"Messages of ingest, peers and [routes] that were taken and could then not be "
		"kept."),
	COUNTER(STAT_SAID_FORBIDDEN, "said_forbidden", "roomwire_said_forbidden",
		"Messages that their room did not take from somebody: muted, locked, slow or for "
		"members."),
	COUNTER(STAT_ORDERS, "orders", "roomwire_orders",
		"Orders of those who keep order in a room that were done."),
	COUNTER(STAT_ORDERS_REFUSED, "orders_refused", "roomwire_orders_refused",
		"Orders that were refused, or could not be done."),
	COUNTER(STAT_ORDERS_BUSY, "orders_busy", "roomwire_orders_busy",
		"Orders and entries of the audit log that were refused because too many waited."),
	COUNTER(STAT_EVENTS_PUBLISHED, "events_published", "roomwire_events_published",
		"Events that were published on the events socket."),
	COUNTER(STAT_LISTENERS_REPLACED, "listeners_replaced", "roomwire_listeners_replaced",
		"Listeners of the nng sockets that took no more connections and were replaced."),
	COUNTER(STAT_PEER_EVENTS, "peer_events", "roomwire_peer_events",
		"Events that came from other brokers."),
	COUNTER(STAT_PEER_REFUSED, "peer_refused", "roomwire_peer_refused",
		"Lines of other brokers that were refused."),
	COUNTER(STAT_PEOPLE_REFUSED, "people_refused", "roomwire_people_refused",
		"News of people at other brokers that was invalid or beyond the bound."),
	COUNTER(STAT_NOTICES_LOST, "notices_lost", "roomwire_notices_lost",
		"Announcements, closings and revocations that did not reach the other brokers."),
	COUNTER(STAT_ROUTED_COPIES, "routed_copies", "roomwire_routed_copies",
		"Copies that [routes] made of messages."),
	COUNTER(STAT_LAYER_REFUSED, "layer_refused", "roomwire_layer_refused",
		"Messages and connections between hub and edges that were refused, as for a wrong "
		"key."),
	COUNTER(STAT_LAYER_GAPS, "layer_gaps", "roomwire_layer_gaps",
		"Times that an edge missed messages of its hub and asked for them again."),
	COUNTER(STAT_LAYER_EARLY_DROPPED, "layer_early_dropped", "roomwire_layer_early_dropped",
		"Messages of other brokers that came too early and were dropped and asked for "
		"again, because too many waited."),
	COUNTER(STAT_LAYER_OVERRUNS, "layer_overruns", "roomwire_layer_overruns",
		"Times that an edge had too much to send to its hub and began a new session."),
	COUNTER(STAT_LAYER_UNSENT, "layer_unsent", "roomwire_layer_unsent",
		"Messages between hub and edges that could not be sent; they are asked for again."),
	COUNTER(STAT_NAMES_CUT, "names_cut", "roomwire_names_cut",
		"Members of groups that were left out of a list because the list was too long."),
	GAUGE(STAT_LAYER_EDGES, "layer_edges", "roomwire_layer_edges", "Edges of this hub."),
	GAUGE(STAT_LAYER_UP, "layer_up", "roomwire_layer_up",
		"1 while this edge reaches its hub; always 1 on a broker that is not an edge."),
	GAUGE(STAT_LAYER_WAITING_BYTES, "layer_waiting_bytes", "roomwire_layer_waiting_bytes",
		"Bytes that this edge still has to send to its hub."),
	GAUGE(STAT_CHANNELS, "channels", "roomwire_channels",
		"Channels of programs in which messages or receivers wait, or that are bound."),
	GAUGE(STAT_CHANNEL_MESSAGES, "channel_messages", "roomwire_channel_messages",
		"Messages that wait in these channels."),
	GAUGE(STAT_MEMBERSHIPS, "memberships", "roomwire_memberships",
		"Channels in groups that they were added to."),
	COUNTER(STAT_CHANNEL_FULL, "channel_full", "roomwire_channel_full",
		"Messages to one channel that were refused because it was full."),
	COUNTER(STAT_GROUP_MISSED, "group_missed", "roomwire_group_missed",
		"Events that a member of a group missed because its channel was full."),
	COUNTER(STAT_CHANNEL_EXPIRED, "channel_expired", "roomwire_channel_expired",
		"Messages in channels that nobody received in time."),
	COUNTER(STAT_CHANNEL_DROPPED, "channel_dropped", "roomwire_channel_dropped",
		"Messages in Redis that were dropped: invalid ones, and those that no room takes."),
	COUNTER(STAT_DJANGO_EVENTS, "django_events", "roomwire_django_events",
		"Events of Django that were sent to rooms."),
	COUNTER(STAT_HISTORY_COMMITS, "history_commits", "roomwire_history_commits",
		"Transactions that the history has committed."),
	COUNTER(STAT_HISTORY_MESSAGES, "history_messages", "roomwire_history_messages",
		"Messages that the history has committed."),
	COUNTER(STAT_HISTORY_REPEATED, "history_repeated", "roomwire_history_repeated",
		"Messages that were sent again and are kept once."),
	COUNTER(STAT_HISTORY_BUSY, "history_busy", "roomwire_history_busy",
		"Messages that were refused because too many waited or another process held the "
		"database."),
	COUNTER(STAT_HISTORY_STORAGE_ERRORS, "history_storage_errors",
		"roomwire_history_storage_errors",
		"Messages that were refused because the disk did not take them."),
	COUNTER(STAT_HISTORY_REFUSED, "history_refused", "roomwire_history_refused",
		"Edits and deletions that were refused: no such message, not theirs, too late."),
	COUNTER(STAT_HISTORY_READS, "history_reads", "roomwire_history_reads",
		"Pages and tails of rooms that were read from the database."),
	GAUGE(STAT_HISTORY_WAITING, "history_waiting", "roomwire_history_waiting",
		"Messages that are on their way to a commit."),
	GAUGE(STAT_REDIS_LINKS_UP, "redis_links_up", "roomwire_redis_links_up",
		"Redis hosts that can be reached."),
	COUNTER(STAT_REDIS_RECONNECTS, "redis_reconnects", "roomwire_redis_reconnects",
		"Times that the connection to a Redis host was lost and came back."),
	COUNTER(STAT_REDIS_COMMANDS, "redis_commands", "roomwire_redis_commands",
		"Commands to Redis."),
	COUNTER(STAT_REDIS_REFUSED, "redis_refused", "roomwire_redis_refused",
		"Commands that were not sent because Redis was away or too many waited."),
	COUNTER(STAT_REDIS_ERRORS, "redis_errors", "roomwire_redis_errors",
		"Commands that Redis answered with an error."),
	COUNTER(STAT_REDIS_EVENTS, "redis_events", "roomwire_redis_events",
		"Messages that this broker received on channels of Redis."),
	COUNTER(STAT_REDIS_BROKEN, "redis_broken", "roomwire_redis_broken",
		"Messages and rows in Redis that no broker wrote; they are dropped."),
	GAUGE(STAT_WAL_BYTES, "wal_bytes", "roomwire_wal_bytes",
		"Bytes of the database's write-ahead log that are in use."),
	{ STAT_HISTOGRAM, HISTOGRAM_HANDSHAKE, "handshake_microseconds",
		"roomwire_handshake_duration_seconds", NULL,
		"From the accept of a connection to its 101.", MICROSECONDS },
	{ STAT_HISTOGRAM, HISTOGRAM_TURN, "turn_microseconds", "roomwire_turn_duration_seconds",
		NULL, "Turns of the threads' event loops, without the wait.", MICROSECONDS },
	{ STAT_HISTOGRAM, HISTOGRAM_FAN_OUT, "fan_out_members", "roomwire_fan_out_members", NULL,
		"Members of this broker that an event went to.", 0 },
	{ STAT_HISTOGRAM, HISTOGRAM_MESSAGE, "message_bytes", "roomwire_message_size_bytes", NULL,
		"Messages of clients by size.", 0 },
	{ STAT_HISTOGRAM, HISTOGRAM_COMMIT, "commit_microseconds",
		"roomwire_commit_duration_seconds", NULL,
		"Transactions of the history, from their beginning to the end of the commit.",
		MICROSECONDS },
	{ STAT_HISTOGRAM, HISTOGRAM_COMMIT_MESSAGES, "commit_messages", "roomwire_commit_messages",
		NULL, "Messages that were committed together.", 0 },
	GAUGE(STAT_RESIDENT_BYTES, "resident_bytes", "process_resident_memory_bytes",
		"Memory of the broker that is in use."),
	GAUGE(STAT_OPEN_FDS, "open_fds", "process_open_fds", "Descriptors that are open."),
	GAUGE(STAT_START_TIME, "start_time_seconds", "process_start_time_seconds",
		"When the broker was ready, in seconds since 1970."),
	{ STAT_GAUGE, STAT_BUILD, NULL, "roomwire_build_info", "version=\"" ROOMWIRE_VERSION "\"",
		"Always 1; says which version runs.", 0 },
};

const size_t stat_row_count = sizeof(stat_rows) / sizeof(stat_rows[0]);

static const struct {
	enum close_code code;
	enum stat_id ours, clients;
} closes[] = {
	{ CLOSE_NORMAL, STAT_CLOSED_OTHERWISE, STAT_CLOSED_BY_CLIENT },
	{ CLOSE_GOING_AWAY, STAT_CLOSED_OTHERWISE, STAT_CLOSED_BY_LEAVING_CLIENT },
	{ CLOSE_PROTOCOL_ERROR, STAT_CLOSED_PROTOCOL_ERROR, STAT_CLOSED_BY_CLIENT_OTHERWISE },
	{ CLOSE_INVALID_PAYLOAD, STAT_CLOSED_INVALID_PAYLOAD, STAT_CLOSED_BY_CLIENT_OTHERWISE },
	{ CLOSE_POLICY_VIOLATION, STAT_CLOSED_TOO_MANY_ERRORS, STAT_CLOSED_BY_CLIENT_OTHERWISE },
	{ CLOSE_TOO_BIG, STAT_CLOSED_TOO_BIG, STAT_CLOSED_BY_CLIENT_OTHERWISE },
	{ CLOSE_SERVICE_RESTART, STAT_CLOSED_RESTART, STAT_CLOSED_BY_CLIENT_OTHERWISE },
	{ CLOSE_TRY_AGAIN_LATER, STAT_CLOSED_TOO_SLOW, STAT_CLOSED_BY_CLIENT_OTHERWISE },
	{ CLOSE_LOGIN_ENDED, STAT_CLOSED_LOGGED_OUT, STAT_CLOSED_BY_CLIENT_OTHERWISE },
	{ CLOSE_FORBIDDEN, STAT_CLOSED_BY_ADMINISTRATOR, STAT_CLOSED_BY_CLIENT_OTHERWISE },
	{ CLOSE_TOO_FAST, STAT_CLOSED_TOO_FAST, STAT_CLOSED_BY_CLIENT_OTHERWISE },
};

enum stat_id stats_close(uint16_t code, bool is_clients)
{
	for (size_t i = 0; i < sizeof(closes) / sizeof(closes[0]); i++) {
		if (closes[i].code == (enum close_code)code)
			return is_clients ? closes[i].clients : closes[i].ours;
	}
	return is_clients ? STAT_CLOSED_BY_CLIENT_OTHERWISE : STAT_CLOSED_OTHERWISE;
}

void stats_note_turn(void *context, uint64_t busy_us)
{
	stat_observe(context, HISTOGRAM_TURN, busy_us);
}

void stats_sum(const struct stats *stats, struct stats_reading *sums)
{
	for (size_t i = 0; i < STAT_KEPT_COUNT; i++)
		sums->values[i] += counter_read(&stats->values[i]);
	for (size_t i = 0; i < HISTOGRAM_COUNT; i++)
		histogram_sum(&stats->histograms[i], &sums->histograms[i]);
}

static void write_histogram(const struct stat_row *row, const struct histogram_reading *reading,
	struct json_writer *writer)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_count", row->name);
	json_add_integer(writer, name, (int64_t)histogram_count(reading));
	snprintf(name, sizeof(name), "%s_sum", row->name);
	json_add_integer(writer, name, (int64_t)reading->sum);
}

void stats_write(const struct stats_reading *reading, struct json_writer *writer)
{
	for (size_t i = 0; i < stat_row_count; i++) {
		const struct stat_row *row = &stat_rows[i];

		if (row->type == STAT_HISTOGRAM)
			write_histogram(row, &reading->histograms[row->id], writer);
		else if (row->name != NULL)
			json_add_integer(writer, row->name, (int64_t)reading->values[row->id]);
	}
}

void stats_write_one(
	const struct stats_reading *reading, enum stat_id stat, struct json_writer *writer)
{
	for (size_t i = 0; i < stat_row_count; i++) {
		if (stat_rows[i].type != STAT_HISTOGRAM && stat_rows[i].id == stat)
			json_add_integer(writer, stat_rows[i].name, (int64_t)reading->values[stat]);
	}
}
