/* SPDX-License-Identifier: MIT */
/* Enough for a load balancer that asks every second; all numbers are in /metrics. */
#include "broker/health.h"

#include "broker/broker.h"

static const enum stat_id shown[] = { STAT_CONNECTIONS, STAT_CONNECTIONS_MAX, STAT_ROOMS,
	STAT_THREADS, STAT_UPTIME };

/* A broker that stops, or cannot keep what is said, is no place to send people to. */
static bool is_well(const struct broker *broker)
{
	return !broker->is_stopping &&
	       str_is(str_from(broker->layer->ops->state(broker->layer)), "ok");
}

bool health_write(const struct broker *broker, struct buf *json)
{
	struct json_writer writer = json_writer_to(json);
	struct stats_reading reading;
	bool is_ok = is_well(broker);

	broker_stats(broker, &reading);
	json_begin_object(&writer, NULL);
	json_add_bool(&writer, "ok", is_ok);
	json_add_string(&writer, "version", STR_OF(ROOMWIRE_VERSION));
	json_add_string(&writer, "durability", str_from(broker->config->history_durability));
	json_add_string(&writer, "history", str_from(broker_history_state(broker)));
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		stats_write_one(&reading, shown[i], &writer);
	json_end_object(&writer);
	buf_append_char(json, '\n');
	return is_ok;
}
