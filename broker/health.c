/* SPDX-License-Identifier: MIT */
/* Enough for a load balancer that asks every second; all numbers are in /metrics. */
#include "broker/health.h"

#include "broker/broker.h"

static const enum stat_id shown[] = { STAT_CONNECTIONS, STAT_CONNECTIONS_MAX, STAT_ROOMS,
	STAT_THREADS, STAT_UPTIME };

void health_write(const struct broker *broker, struct buf *json)
{
	struct json_writer writer = json_writer_to(json);
	struct stats_reading reading;

	broker_stats(broker, &reading);
	json_begin_object(&writer, NULL);
	json_add_bool(&writer, "ok", !broker->is_stopping);
	json_add_string(&writer, "version", STR_OF(ROOMWIRE_VERSION));
	json_add_string(&writer, "durability", str_from(broker->config->history_durability));
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		stats_write_one(&reading, shown[i], &writer);
	json_end_object(&writer);
	buf_append_char(json, '\n');
}
