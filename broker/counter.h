/* SPDX-License-Identifier: MIT */
/* A number that one thread changes and all may read. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

/* Only the owner's thread: a load and a store, no locked instruction. */
static inline void counter_add(_Atomic uint64_t *counter, uint64_t count)
{
	uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, value + count, memory_order_relaxed);
}

static inline uint64_t counter_read(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}
