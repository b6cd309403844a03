/* SPDX-License-Identifier: MIT */
#include "broker/layer/nng/relay.h"

void relay_deliver_to(
	void *context, const uint64_t *connections, size_t count, const struct event *event)
{
	const struct layer_sink *sink = context;

	sink->deliver_to(sink->context, connections, count, event);
}

bool relay_has(void *context, uint64_t connection)
{
	const struct layer_sink *sink = context;

	return sink->has(sink->context, connection);
}

void relay_send(
	void *context, uint64_t connection, const struct event *event, struct layer_errand *errand)
{
	const struct layer_sink *sink = context;

	sink->send(sink->context, connection, event, errand);
}
