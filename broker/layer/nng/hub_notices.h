/* SPDX-License-Identifier: MIT */
/* The latest notices that every edge has to hear, closings and revocations, for edges that were
 * away when they were published. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"

/* Beyond it, the oldest notices are dropped. An edge that has missed one is told MISSED. */
#define HUB_NOTICES_MAX 1024
/* The text of a notice: the name of a channel, or a reason and a key. No valid one is longer. */
#define HUB_NOTICE_BYTES_MAX 512

struct hub_notices;

struct hub_notices *hub_notices_create(void) __attribute__((warn_unused_result));
/* NULL is fine. */
void hub_notices_destroy(struct hub_notices *notices);
/* Copies a notice from broker. Its number: 1, 2, 3 …; or 0 when it is too long and not kept. */
uint64_t hub_notices_add(struct hub_notices *notices, struct str broker, struct str text);
/* The number of the last notice; 0 before the first. */
uint64_t hub_notices_last(const struct hub_notices *notices);
/* Appends the notices behind a number as NOTICE records. False, and appends nothing, when some of
 * them are dropped already, or when after is beyond the last. */
bool hub_notices_write(const struct hub_notices *notices, uint64_t after, struct buf *out)
	__attribute__((warn_unused_result));
