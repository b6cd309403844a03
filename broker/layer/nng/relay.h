/* SPDX-License-Identifier: MIT */
/* Functions for the sink of an inner layer (struct layer_sink). The layer around it has nothing to
 * add to these calls. They forward to the outer sink, which is the first member of context. */
#pragma once

#include "broker/layer/layer.h"

void relay_deliver_to(
	void *context, const uint64_t *connections, size_t count, const struct event *event);
bool relay_has(void *context, uint64_t connection);
void relay_send(
	void *context, uint64_t connection, const struct event *event, struct layer_errand *errand);

/* All of them, for a designated initializer of struct layer_sink. */
#define RELAY_SINK .deliver_to = relay_deliver_to, .has = relay_has, .send = relay_send
