/* SPDX-License-Identifier: MIT */
/* Who says something without a connection of his own, by way of the pages: each has a budget, as a
 * connection has. Main thread. */
#pragma once

#include "broker/budget.h"
#include "common/user.h"

/* More at the same time have to wait. */
#define SPEAKERS_MAX 100000

struct speakers;

/* config is borrowed. */
struct speakers *speakers_create(const struct config *config) __attribute__((warn_unused_result));
/* NULL is fine. */
void speakers_destroy(struct speakers *speakers);
/* Takes a token of that user's; false with how long to wait for the next one. */
bool speakers_pay(struct speakers *speakers, const uint8_t user_id[static USER_ID_SIZE],
	uint64_t now_ms, uint32_t *wait_ms_out) __attribute__((warn_unused_result));
size_t speakers_count(const struct speakers *speakers);
