/* SPDX-License-Identifier: MIT */
/* A history.db in which something was said, made without a broker. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/str.h"

/* The time of the first message of a room, each next one a minute later: 2026-11-21T03:35:00.123Z.
 */
#define SAID_TIME_MS INT64_C(1795232100123)

struct said {
	struct str user;
	struct str text;
	const uint8_t *sender; /* ARCHIVE_SENDER_SIZE bytes, or NULL */
};

/* Appends them to a room of the archive at path, which is made when it is not there, and to its
 * index. Aborts with the cause. */
void said_add(const char *path, struct str room, const struct said *messages, size_t count);
