/* SPDX-License-Identifier: MIT */
/* The channel layer of brokers that share Redis. A room is numbered and kept there, in one step for
 * all brokers; each follows what is published, and asks for what it has missed, so that all have
 * one order. Django's layer is in the same Redis. Nobody waits for Redis longer than
 * REDIS_UNDER_WAY_MS. */
#pragma once

#include "broker/layer/layer.h"
#include "common/config.h"

struct links;

/* A message on its way to a log that cannot be reached is given up after this. */
#define REDIS_UNDER_WAY_MS 60000

/* NULL after it has logged why. config is borrowed for its life. */
struct layer *layer_create_redis(const struct config *config, const struct layer_setting *setting)
	__attribute__((warn_unused_result));
/* Its way to Redis, for what else brokers share there; NULL of any other layer. */
struct links *layer_redis_links(struct layer *layer);
