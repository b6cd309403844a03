/* SPDX-License-Identifier: MIT */
#include "fcgi/slots.h"

#include <pthread.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/base/mem.h"

struct slots {
	pthread_mutex_t lock;
	pthread_cond_t has_free;
	size_t free;
};

struct slots *slots_create(size_t count)
{
	struct slots *slots = mem_new(struct slots);
	pthread_condattr_t monotonic;

	slots->free = count;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&slots->has_free, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&slots->lock, NULL);
	return slots;
}

void slots_destroy(struct slots *slots)
{
	if (slots == NULL)
		return;
	pthread_cond_destroy(&slots->has_free);
	pthread_mutex_destroy(&slots->lock);
	mem_free(slots);
}

bool slots_take(struct slots *slots, int wait_ms)
{
	uint64_t until_ms = clock_monotonic_ms() + (uint64_t)wait_ms;
	struct timespec deadline = { .tv_sec = (time_t)(until_ms / 1000),
		.tv_nsec = (long)(until_ms % 1000) * 1000000 };
	int problem = 0;
	bool is_taken;

	pthread_mutex_lock(&slots->lock);
	while (slots->free == 0 && problem == 0)
		problem = pthread_cond_timedwait(&slots->has_free, &slots->lock, &deadline);
	is_taken = slots->free > 0;
	slots->free -= is_taken;
	pthread_mutex_unlock(&slots->lock);
	return is_taken;
}

void slots_release(struct slots *slots)
{
	pthread_mutex_lock(&slots->lock);
	slots->free++;
	pthread_cond_signal(&slots->has_free);
	pthread_mutex_unlock(&slots->lock);
}
