/* SPDX-License-Identifier: MIT */
/* The channel layer of brokers that share Redis. Redis numbers and stores a room's messages, in one
 * atomic step for all brokers. Each broker follows the publications and asks for messages that it
 * has missed, so that all brokers deliver in the same order. Django's layer uses the same Redis. No
 * message waits for Redis longer than REDIS_UNDER_WAY_MS. Main's thread only. */
#pragma once

#include "broker/layer/layer.h"
#include "common/config.h"

struct links;

/* A message whose log cannot be reached fails after this time. */
#define REDIS_UNDER_WAY_MS 60000

/* NULL on failure, which is logged. config is borrowed for the layer's life. */
struct layer *layer_create_redis(const struct config *config, const struct layer_setting *setting)
	__attribute__((warn_unused_result));
/* The layer's links, which it owns, for other data that brokers share; NULL for any other layer. */
struct links *layer_redis_links(struct layer *layer);
