/* SPDX-License-Identifier: MIT */
/* Waits for messages of channels in Redis: always for those of this broker's own processes, and for
 * plain channels while they have receivers. On each host one command (BZPOPMIN) blocks for all of
 * these channels; it is unblocked when the set of channels changes. When a message's receiver has
 * left meanwhile, the message goes back to its old place. Main's thread only. */
#pragma once

#include "broker/layer/layer.h"
#include "broker/redis/links.h"

/* Plain channels with receivers. The control socket allows half as many. */
#define REDIS_WAITER_CHANNELS_MAX 1024

struct redis_waiter;

struct redis_waiter_setting {
	struct reactor *reactor; /* borrowed, as all below */
	struct stats *stats;
	struct links *links;
	const char *prefix;
	uint64_t expiry_ms; /* of a message that was not received */
	/* A message for a process of this broker, in the bytes of channels_redis. Borrowed for the
	 * call. */
	void (*take)(void *context, struct str bytes);
	/* A message was dropped; problem is a sentence that says why. */
	void (*refuse)(void *context, const char *problem);
	void *context;
};

struct redis_waiter *redis_waiter_create(const struct redis_waiter_setting *setting)
	__attribute__((warn_unused_result));
/* Call it after links_destroy, when no receiver waits. NULL is fine. */
void redis_waiter_destroy(struct redis_waiter *waiter);
/* Call it each time the links come up. */
void redis_waiter_up(struct redis_waiter *waiter);
/* Waits for a process, as "bot.<broker>!", from now on. A second call does nothing. False when
 * there are too many processes. */
bool redis_waiter_add_process(struct redis_waiter *waiter, struct str process)
	__attribute__((warn_unused_result));
/* layer_ops.receive of a plain channel: LAYER_EMPTY, LAYER_CROWDED or LAYER_UNAVAILABLE. */
enum layer_result redis_waiter_receive(
	struct redis_waiter *waiter, struct str channel, struct layer_receiver *receiver);
/* Does nothing when the receiver does not wait. */
void redis_waiter_cancel(struct redis_waiter *waiter, struct layer_receiver *receiver);
/* How many plain channels have receivers, or had until this turn. */
size_t redis_waiter_count(const struct redis_waiter *waiter);
