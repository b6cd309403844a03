/* SPDX-License-Identifier: MIT */
/* How often which time was measured: buckets that are linear within each power of two, so that any
 * time from nanoseconds to centuries is kept to 1 in 64 in a fixed size. Knows no clock and no unit
 * but the one that it is given. */
#pragma once

#include <stdint.h>

#define HISTOGRAM_STEPS 64 /* of each power of two: values are told to 1.6 % */
#define HISTOGRAM_BUCKETS (59 * HISTOGRAM_STEPS)

/* All zero is an empty one. */
struct histogram {
	uint64_t counts[HISTOGRAM_BUCKETS];
	uint64_t total;
	uint64_t max;
};

void histogram_add(struct histogram *histogram, uint64_t value);
/* The smallest value that the given part (0 to 1) of all values does not exceed, rounded up to its
 * bucket's end, and never above the greatest one. 0 when there is none. */
uint64_t histogram_percentile(const struct histogram *histogram, double part);
