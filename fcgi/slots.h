/* SPDX-License-Identifier: MIT */
/* How many workers may do what takes its time, so that some are left for pages. Any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct slots;

/* The caller owns it. */
struct slots *slots_create(size_t count) __attribute__((warn_unused_result));
/* NULL is fine. All were given back. */
void slots_destroy(struct slots *slots);
/* False when none becomes free within wait_ms. */
bool slots_take(struct slots *slots, int wait_ms) __attribute__((warn_unused_result));
void slots_release(struct slots *slots);
