/* SPDX-License-Identifier: MIT */
#include "fcgi/views/admin/chart.h"

#define MARGIN 2 /* above and below the line, which has a width */

double chart_highest(const double *values, size_t count)
{
	double highest = 0;

	for (size_t i = 0; i < count; i++) {
		if (values[i] > highest)
			highest = values[i];
	}
	return highest;
}

/* Tenths of a unit are finer than anybody sees. */
static void write_points(const double *values, size_t count, struct buf *out)
{
	double highest = chart_highest(values, count);

	for (size_t i = 0; i < count; i++) {
		double share = highest > 0 ? values[i] / highest : 0;

		buf_append_format(out, "%s%.1f %.1f", i > 0 ? "L" : "",
			(double)i * CHART_WIDTH / (double)(count - 1),
			CHART_HEIGHT - MARGIN - share * (CHART_HEIGHT - 2 * MARGIN));
	}
}

void chart_write_line(const double *values, size_t count, struct buf *line)
{
	if (count < 2)
		return;
	buf_append_char(line, 'M');
	write_points(values, count, line);
}

void chart_write_ground(const double *values, size_t count, struct buf *ground)
{
	if (count < 2)
		return;
	buf_append_format(ground, "M0 %dL", CHART_HEIGHT);
	write_points(values, count, ground);
	buf_append_format(ground, "L%d %dZ", CHART_WIDTH, CHART_HEIGHT);
}
