/* SPDX-License-Identifier: MIT */
/* The latest notices that nobody may miss, closings and revocations, for edges that were away when
 * they were told. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"

/* Beyond, the oldest are forgotten; who has missed those is told that some were missed. */
#define HUB_NOTICES_MAX 1024
/* Of a notice's text: a channel's name, or a reason and a key. What is longer names none. */
#define HUB_NOTICE_BYTES_MAX 512

struct hub_notices;

struct hub_notices *hub_notices_create(void) __attribute__((warn_unused_result));
/* NULL is fine. */
void hub_notices_destroy(struct hub_notices *notices);
/* broker has told of it. The next number: 1, 2, 3 …; 0 when it is not kept. */
uint64_t hub_notices_add(struct hub_notices *notices, struct str broker, struct str text);
/* Of the last; 0 before the first. */
uint64_t hub_notices_last(const struct hub_notices *notices);
/* Appends those behind a number as NOTICE records. False, and nothing, when some of them are
 * forgotten, or there was no such number. */
bool hub_notices_write(const struct hub_notices *notices, uint64_t after, struct buf *out)
	__attribute__((warn_unused_result));
