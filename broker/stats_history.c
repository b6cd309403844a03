/* SPDX-License-Identifier: MIT */
#include "broker/stats_history.h"

#include "broker/broker.h"
#include "common/base/clock.h"

static void take_row(struct timer *timer)
{
	struct stats_history *history = list_entry(timer, struct stats_history, timer);
	struct broker *broker = history->broker;
	/* This thread counts all of them. */
	uint64_t messages = counter_read(&broker->stats.values[STAT_MESSAGES]);

	history->rows[history->begun++ % STATS_HISTORY_ROWS] = (struct stats_minute){
		.time_ms = clock_wall_ms(),
		.connections = broker->connections,
		.rooms = rooms_count(broker->rooms),
		.messages = messages - history->messages,
	};
	history->messages = messages;
	reactor_arm(&broker->reactor, timer, STATS_HISTORY_MS);
}

void stats_history_start(struct stats_history *history, struct broker *broker)
{
	*history = (struct stats_history){ .broker = broker };
	timer_init(&history->timer, take_row);
	reactor_arm(&broker->reactor, &history->timer, STATS_HISTORY_MS);
}

static void write_row(const struct stats_minute *row, struct json_writer *writer)
{
	char time[CLOCK_ISO_SIZE];

	clock_format_iso(row->time_ms, time);
	json_begin_object(writer, NULL);
	json_add_string(writer, "time", str_from(time));
	json_add_integer(writer, "connections", (int64_t)row->connections);
	json_add_integer(writer, "messages", (int64_t)row->messages);
	json_add_integer(writer, "rooms", (int64_t)row->rooms);
	json_end_object(writer);
}

void stats_history_write(
	const struct stats_history *history, struct json_writer *writer, const char *key)
{
	size_t begun = history->begun;
	size_t i = begun > STATS_HISTORY_ROWS ? begun - STATS_HISTORY_ROWS : 0;

	json_begin_array(writer, key);
	for (; i < begun; i++)
		write_row(&history->rows[i % STATS_HISTORY_ROWS], writer);
	json_end_array(writer);
}
