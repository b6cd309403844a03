/* SPDX-License-Identifier: MIT */
/* A few of the broker's numbers as they were in the last hour, minute by minute, for those who look
 * at it without a monitoring of their own. Main thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "broker/reactor/reactor.h"
#include "common/json.h"

#define STATS_HISTORY_ROWS 60
#define STATS_HISTORY_MS 60000

struct broker;

/* A minute. */
struct stats_minute {
	int64_t time_ms; /* wall clock, at its end */
	uint64_t connections; /* then */
	uint64_t rooms;
	uint64_t messages; /* in it */
};

struct stats_history {
	struct broker *broker; /* borrowed */
	struct timer timer;
	uint64_t messages; /* at the last row's end */
	struct stats_minute rows[STATS_HISTORY_ROWS]; /* a ring */
	size_t begun; /* rows that there have ever been */
};

/* The broker's reactor ends with it. */
void stats_history_start(struct stats_history *history, struct broker *broker);
/* Adds an array of the rows, oldest first: {time, connections, messages, rooms}. */
void stats_history_write(
	const struct stats_history *history, struct json_writer *writer, const char *key);
