/* SPDX-License-Identifier: MIT */
/* The nng sockets between a hub and its edges, and the key on what goes through them. An URL names
 * two of them: ipc://PATH is PATH.req and PATH.pub, tcp://HOST:PORT is PORT and the next one. Raw
 * REQ and REP, so that answers come in any order; what is to come again is sent again by edge.c. */
#pragma once

#include <stdbool.h>

#include "broker/layer/layer.h"
#include "common/config.h"

/* [layer] listen: listens, around the layer that start_inner makes. NULL after it has logged why.
 */
struct layer *wire_start_hub(const struct config *config, const struct layer_setting *setting,
	struct layer *(*start_inner)(void *context, const struct layer_setting *setting),
	void *context) __attribute__((warn_unused_result));
/* [layer] hub: dials, for ever again. The same. */
struct layer *wire_start_edge(const struct config *config, const struct layer_setting *setting)
	__attribute__((warn_unused_result));
