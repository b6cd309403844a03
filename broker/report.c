/* SPDX-License-Identifier: MIT */
/* The table of reports. The metrics are written in metrics.c, which knows no broker. */
#include "broker/report.h"

#include "broker/broker.h"
#include "broker/health.h"
#include "broker/metrics.h"

/* What is wrong with the history is a number like others, and a 503 would lose them all. */
static bool write_metrics(const struct broker *broker, struct buf *body)
{
	struct stats_reading reading;

	broker_stats(broker, &reading);
	broker_process_stats(broker, &reading);
	metrics_write(stat_rows, stat_row_count, &reading, body);
	return !broker->is_stopping;
}

static const struct report reports[] = {
	{ "/healthz", "application/json", health_write },
	{ "/metrics", METRICS_CONTENT_TYPE, write_metrics },
};

const struct report *report_find(struct str path)
{
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		if (str_is(path, reports[i].path))
			return &reports[i];
	}
	return NULL;
}
