/* SPDX-License-Identifier: MIT */
/* Enough for a monitor and a load balancer; the counters are on the control socket. */
#include "broker/health.h"

#include "broker/broker.h"

void health_write(const struct broker *broker, struct buf *json)
{
	struct json_writer writer = json_writer_to(json);

	json_begin_object(&writer, NULL);
	json_add_bool(&writer, "ok", !broker->is_stopping);
	json_add_string(&writer, "version", STR_OF(ROOMWIRE_VERSION));
	json_add_string(&writer, "durability", str_from(broker->config->history_durability));
	json_add_integer(&writer, "connections", (int64_t)broker->connections);
	json_add_integer(&writer, "uptime_seconds",
		(int64_t)((broker->reactor.now_ms - broker->start_ms) / 1000));
	json_end_object(&writer);
	buf_append_char(json, '\n');
}
