/* SPDX-License-Identifier: MIT */
/* Log-linear: every decade is cut into steps of two, so that a bound is at most twice the one
 * before, from a microsecond to more than a minute and from a byte to more than any message. */
#include "broker/histogram.h"

#define DECADE(unit) UINT64_C(1) * (unit), 2 * (unit), 4 * (unit), 6 * (unit), 8 * (unit)

const uint64_t histogram_bounds[HISTOGRAM_BOUND_COUNT] = {
	DECADE(1),
	DECADE(10),
	DECADE(100),
	DECADE(1000),
	DECADE(10 * 1000),
	DECADE(100 * 1000),
	DECADE(1000 * 1000),
	DECADE(10 * 1000 * 1000),
};

/* The first bound that is not below value. */
static size_t find_bucket(uint64_t value)
{
	size_t low = 0;
	size_t high = HISTOGRAM_BOUND_COUNT;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (histogram_bounds[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	counter_add(&histogram->counts[find_bucket(value)], 1);
	counter_add(&histogram->sum, value);
}

void histogram_sum(const struct histogram *histogram, struct histogram_reading *sums)
{
	for (size_t i = 0; i <= HISTOGRAM_BOUND_COUNT; i++)
		sums->counts[i] += counter_read(&histogram->counts[i]);
	sums->sum += counter_read(&histogram->sum);
}

uint64_t histogram_count(const struct histogram_reading *reading)
{
	uint64_t count = 0;

	for (size_t i = 0; i <= HISTOGRAM_BOUND_COUNT; i++)
		count += reading->counts[i];
	return count;
}
