/* SPDX-License-Identifier: MIT */
/* What a run found, and the one line of JSON that says so. Everything is a total of the measured
 * window but for what went wrong, which counts from the first message on, and for latencies
 * of an open loop: these are of what was due in the window, whenever it came. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/histogram.h"
#include "tests/bench/options.h"
#include "tests/bench/proc.h"

#define REPORT_FIGURES_MAX 16

struct report_figure {
	const char *key;
	double value;
};

struct report {
	bool is_measuring; /* between report_begin_measuring and report_end_measuring */
	uint64_t messages;
	uint64_t deliveries;
	uint64_t frame_bytes; /* of the deliveries */
	uint64_t lost;
	uint64_t doubled;
	uint64_t disordered;
	uint64_t foreign;
	uint64_t other;
	uint64_t closed;
	struct histogram latency_ns;
	struct proc_group processes; /* owned: of the server */
	struct proc_usage server; /* these three: at the beginning, then what was used since */
	uint64_t client_cpu_ns;
	uint64_t time_ns;
	struct proc_memory memory; /* of the server */
	struct report_figure figures[REPORT_FIGURES_MAX]; /* the mode's own */
	size_t figure_count;
};

/* All zero is fine, in all of these. */
void report_finish(struct report *report);
/* Finds the processes of the server; once all is there that it will have, and not while messages
 * are under way. */
void report_find_server(struct report *report, const struct options *options);
void report_begin_measuring(struct report *report);
void report_end_measuring(struct report *report);
/* Reads the server's memory: when nothing is late by it any more. */
void report_weigh(struct report *report);
/* key is a literal. */
void report_add(struct report *report, const char *key, double value);
/* On stdout. */
void report_print(const struct report *report, const struct options *options);
