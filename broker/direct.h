/* SPDX-License-Identifier: MIT */
/* Events for single connections, apart from what their room is sent: the layer's sink, as far as
 * these go (layer.h has the contracts). context is the broker. Main thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event;
struct layer_errand;

bool direct_has(void *context, uint64_t connection);
void direct_send(
	void *context, uint64_t connection, const struct event *event, struct layer_errand *errand);
void direct_deliver_to(
	void *context, const uint64_t *connections, size_t count, const struct event *event);
