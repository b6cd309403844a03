/* SPDX-License-Identifier: MIT */
/* How often a value was how large. The bounds are the same for every histogram, so that those of
 * threads and of hosts can be added; they are round numbers of the decimal system, so that an
 * alert can name one. Values are integers in a small unit (microseconds, bytes): what they mean is
 * its user's affair. One thread writes, all may read. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "broker/counter.h"

#define HISTOGRAM_BOUND_COUNT 40

/* Ascending; a bound belongs to the bucket below it. */
extern const uint64_t histogram_bounds[HISTOGRAM_BOUND_COUNT];

struct histogram {
	_Atomic uint64_t counts[HISTOGRAM_BOUND_COUNT + 1]; /* the last: above all bounds */
	_Atomic uint64_t sum;
};

/* The sums of one or more. */
struct histogram_reading {
	uint64_t counts[HISTOGRAM_BOUND_COUNT + 1];
	uint64_t sum;
};

/* Only the owner's thread. */
void histogram_add(struct histogram *histogram, uint64_t value);
/* Adds to sums. Any thread. */
void histogram_sum(const struct histogram *histogram, struct histogram_reading *sums);
/* All values of a reading. */
uint64_t histogram_count(const struct histogram_reading *reading);
