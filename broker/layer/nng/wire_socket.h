/* SPDX-License-Identifier: MIT */
/* The transport between a hub and its edges: two nng sockets on each side, and the key that signs
 * their messages (broker/layer/nng/wire_key.h). REQ and REP are raw, so that answers may come in
 * any order. nng repeats no raw request; the edge does that. */
#pragma once

#include <stdbool.h>

#include "broker/layer/layer.h"
#include "common/config.h"

/* Starts a hub that listens at [layer] listen, around the layer that start_inner creates. The
 * caller owns the result. NULL after the problem is logged. */
struct layer *wire_start_hub(const struct config *config, const struct layer_setting *setting,
	struct layer *(*start_inner)(void *context, const struct layer_setting *setting),
	void *context) __attribute__((warn_unused_result));
/* Starts an edge that dials [layer] hub, again and again while the hub is away. The caller owns the
 * result. NULL after the problem is logged. */
struct layer *wire_start_edge(const struct config *config, const struct layer_setting *setting)
	__attribute__((warn_unused_result));
