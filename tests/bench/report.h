/* SPDX-License-Identifier: MIT */
/* What a run found, and the one line of JSON that says so. Everything is a total of the measured
 * window but for what went wrong, which counts from the first message on. */
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
	bool is_measuring; /* between measuring_begin and measuring_end */
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
	struct proc_usage server; /* these two: at the beginning, then what was used since */
	uint64_t client_cpu_ns;
	uint64_t time_ns; /* likewise */
	uint64_t server_pss_bytes;
	struct report_figure figures[REPORT_FIGURES_MAX]; /* the mode's own */
	size_t figure_count;
};

void report_begin_measuring(struct report *report, const struct options *options);
void report_end_measuring(struct report *report, const struct options *options);
/* key is a literal. */
void report_add(struct report *report, const char *key, double value);
/* On stdout. */
void report_print(const struct report *report, const struct options *options);
