/* SPDX-License-Identifier: MIT */
/* One entry for all who come within a second. When there are many, the old ones are thinned out
 * more than the new. */
#include "broker/arrivals.h"

#include "common/base/mem.h"

#define SAME_MS 1000
#define COUNT_MAX 4096
#define COUNT_THINNED (COUNT_MAX / 4 * 3)
#define PRECISION_MAX 256 /* of the time since, one part */

void arrivals_finish(struct arrivals *arrivals)
{
	mem_free(arrivals->list);
	*arrivals = (struct arrivals){ 0 };
}

/* Drops those that are as near to one before as is precise enough for their age. */
static void drop_near(struct arrivals *arrivals, uint64_t now_ms, uint64_t precision)
{
	struct arrivals_mark *list = arrivals->list;
	uint32_t kept = 1;

	for (uint32_t i = 1; i < arrivals->count; i++) {
		uint64_t gap_ms = (now_ms - list[i].time_ms) / precision;
		uint32_t next = i + 1 < arrivals->count ? i + 1 : i;

		if (list[next].time_ms - list[kept - 1].time_ms > gap_ms)
			list[kept++] = list[i];
	}
	arrivals->count = kept;
}

static void thin_out(struct arrivals *arrivals, uint64_t now_ms)
{
	for (uint64_t precision = PRECISION_MAX; arrivals->count > COUNT_THINNED; precision /= 2)
		drop_near(arrivals, now_ms, precision);
}

void arrivals_note(struct arrivals *arrivals, uint32_t serial, uint64_t now_ms)
{
	if (serial < arrivals->last_serial)
		arrivals->count = 0;
	arrivals->last_serial = serial;
	if (arrivals->count > 0 && now_ms - arrivals->list[arrivals->count - 1].time_ms < SAME_MS)
		return;
	if (arrivals->count == COUNT_MAX)
		thin_out(arrivals, now_ms);
	arrivals->list = mem_grow(
		arrivals->list, &arrivals->capacity, arrivals->count, sizeof(struct arrivals_mark));
	arrivals->list[arrivals->count++] = (struct arrivals_mark){ now_ms, serial };
}

bool arrivals_find(const struct arrivals *arrivals, uint32_t serial, uint64_t *time_ms_out)
{
	uint32_t low = 0, high = arrivals->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (arrivals->list[middle].serial <= serial)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || serial > arrivals->last_serial)
		return false;
	*time_ms_out = arrivals->list[low - 1].time_ms;
	return true;
}
