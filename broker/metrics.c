/* SPDX-License-Identifier: MIT */
/* Written without floating point: what is counted in microseconds is shown in seconds with just
 * the digits that it has. */
#include "broker/metrics.h"

#include <inttypes.h>

static const char *const type_names[] = {
	[STAT_COUNTER] = "counter",
	[STAT_GAUGE] = "gauge",
	[STAT_HISTOGRAM] = "histogram",
};

/* In a HELP line a backslash and a line feed are escaped, and nothing else. */
static void write_help(const char *help, struct buf *out)
{
	for (; *help != '\0'; help++) {
		if (*help == '\\')
			buf_append_text(out, "\\\\");
		else if (*help == '\n')
			buf_append_text(out, "\\n");
		else
			buf_append_char(out, *help);
	}
}

static void write_head(const struct stat_row *row, struct buf *out)
{
	buf_append_format(out, "# HELP %s ", row->metric);
	write_help(row->help, out);
	buf_append_format(out, "\n# TYPE %s %s\n", row->metric, type_names[row->type]);
}

/* value / units; units is 0, or a power of ten. */
static void write_value(uint64_t value, unsigned units, struct buf *out)
{
	uint64_t unit = units == 0 ? 1 : units;

	buf_append_format(out, "%" PRIu64, value / unit);
	if (value % unit > 0)
		buf_append_char(out, '.');
	for (; value % unit > 0; unit /= 10)
		buf_append_char(out, (char)('0' + value / (unit / 10) % 10));
}

static void write_bucket(
	const struct stat_row *row, size_t bucket, uint64_t cumulative, struct buf *out)
{
	buf_append_format(out, "%s_bucket{le=\"", row->metric);
	if (bucket < HISTOGRAM_BOUND_COUNT)
		write_value(histogram_bounds[bucket], row->units, out);
	else
		buf_append_text(out, "+Inf");
	buf_append_format(out, "\"} %" PRIu64 "\n", cumulative);
}

static void write_histogram(
	const struct stat_row *row, const struct histogram_reading *reading, struct buf *out)
{
	uint64_t cumulative = 0;

	for (size_t i = 0; i <= HISTOGRAM_BOUND_COUNT; i++) {
		cumulative += reading->counts[i];
		write_bucket(row, i, cumulative, out);
	}
	buf_append_format(out, "%s_sum ", row->metric);
	write_value(reading->sum, row->units, out);
	buf_append_format(out, "\n%s_count %" PRIu64 "\n", row->metric, cumulative);
}

static void write_sample(const struct stat_row *row, uint64_t value, struct buf *out)
{
	buf_append_text(out, row->metric);
	if (row->labels != NULL)
		buf_append_format(out, "{%s}", row->labels);
	buf_append_char(out, ' ');
	write_value(value, row->units, out);
	buf_append_char(out, '\n');
}

void metrics_write(const struct stat_row *rows, size_t count, const struct stats_reading *reading,
	struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].help != NULL)
			write_head(&rows[i], out);
		if (rows[i].type == STAT_HISTOGRAM)
			write_histogram(&rows[i], &reading->histograms[rows[i].id], out);
		else
			write_sample(&rows[i], reading->values[rows[i].id], out);
	}
}
