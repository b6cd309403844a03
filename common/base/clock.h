/* SPDX-License-Identifier: MIT */
/* The two clocks: the monotonic one for every deadline, the wall clock for what people read. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/str.h"

#define CLOCK_ISO_SIZE sizeof("2026-11-21T03:35:00.123Z")
#define CLOCK_LOCAL_SIZE sizeof("2026-11-21 03:35:00")

uint64_t clock_monotonic_ms(void);
/* For measurements; deadlines are in milliseconds. */
uint64_t clock_monotonic_us(void);
/* Milliseconds since 1970, UTC. */
int64_t clock_wall_ms(void);
/* RFC 3339 in UTC with milliseconds, "2026-11-21T03:35:00.123Z". */
void clock_format_iso(int64_t wall_ms, char out[static CLOCK_ISO_SIZE]);
/* Reads such a text; false for anything that is not written exactly so. */
bool clock_read_iso(struct str text, int64_t *wall_ms_out) __attribute__((warn_unused_result));
/* The server's local time as the Channels tutorial prints it, "2026-11-21 03:35:00". */
void clock_format_local(int64_t wall_ms, char out[static CLOCK_LOCAL_SIZE]);
