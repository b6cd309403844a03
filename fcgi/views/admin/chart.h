/* SPDX-License-Identifier: MIT */
/* Small charts, as the paths of an SVG: a line and the ground below it. Pure. */
#pragma once

#include <stddef.h>

#include "common/base/buf.h"

/* Of the picture, in its own units. */
#define CHART_WIDTH 240
#define CHART_HEIGHT 60

/* Appends the paths of values from left to right, the highest near the top. Of fewer than two
 * values there is nothing to draw. */
void chart_write_line(const double *values, size_t count, struct buf *line);
void chart_write_ground(const double *values, size_t count, struct buf *ground);
/* The highest of some values; 0 when none is above it. */
double chart_highest(const double *values, size_t count);
