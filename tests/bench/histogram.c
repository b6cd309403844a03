/* SPDX-License-Identifier: MIT */
/* A bucket is named by the place of a value's highest bit and by the six bits behind it; values
 * below 64 are their own buckets. */
#include "tests/bench/histogram.h"

#include <stddef.h>

#define STEP_BITS 6

static size_t bucket_of(uint64_t value)
{
	unsigned highest, shift;

	if (value < HISTOGRAM_STEPS)
		return (size_t)value;
	highest = 63 - (unsigned)__builtin_clzll(value);
	shift = highest - STEP_BITS;
	return shift * HISTOGRAM_STEPS + (size_t)(value >> shift);
}

static uint64_t bucket_end(size_t bucket)
{
	size_t shift = bucket / HISTOGRAM_STEPS;

	if (shift <= 1)
		return bucket;
	shift--;
	return ((uint64_t)(bucket - shift * HISTOGRAM_STEPS + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->counts[bucket_of(value)]++;
	histogram->total++;
	if (value > histogram->max)
		histogram->max = value;
}

uint64_t histogram_percentile(const struct histogram *histogram, double part)
{
	double share = part * (double)histogram->total;
	uint64_t wanted = (uint64_t)share;
	uint64_t seen = 0;

	if (wanted == 0 || (double)wanted < share)
		wanted++;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += histogram->counts[i];
		if (seen >= wanted)
			return bucket_end(i) < histogram->max ? bucket_end(i) : histogram->max;
	}
	return histogram->max;
}
