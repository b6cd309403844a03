/* SPDX-License-Identifier: MIT */
/* Numbers in the text format of Prometheus, version 0.0.4 ("Exposition formats" of its
 * documentation). Pure: a table and a reading in, text out. */
#pragma once

#include "broker/stats.h"
#include "common/base/buf.h"

#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Appends a line or more for each row; the ids of rows point into reading. */
void metrics_write(const struct stat_row *rows, size_t count, const struct stats_reading *reading,
	struct buf *out);
