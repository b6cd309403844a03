/* SPDX-License-Identifier: MIT */
/* Who waits for messages of channels in Redis: this broker for those of its own processes, always,
 * and receivers for those of plain channels. On each host one command blocks for all of them
 * (BZPOPMIN), and is unblocked when somebody else is to be waited for. A message that has been got
 * for nobody, because its receiver has left meanwhile, goes back to where it was. */
#pragma once

#include "broker/layer/layer.h"
#include "broker/redis/links.h"

/* Plain channels for which anybody waits; the control socket lets wait half as many. */
#define REDIS_WAITER_CHANNELS_MAX 1024

struct redis_waiter;

struct redis_waiter_setting {
	struct reactor *reactor; /* all borrowed */
	struct stats *stats;
	struct links *links;
	const char *prefix;
	uint64_t expiry_ms; /* of a message that nobody waited for */
	/* What was sent to a process of this broker, in the bytes of Redis. */
	void (*take)(void *context, struct str bytes);
	/* A message was dropped, as it is none. */
	void (*refuse)(void *context, const char *problem);
	void *context;
};

struct redis_waiter *redis_waiter_create(const struct redis_waiter_setting *setting)
	__attribute__((warn_unused_result));
/* Behind the links; nobody waits. NULL is fine. */
void redis_waiter_destroy(struct redis_waiter *waiter);
/* The links are up, perhaps again. */
void redis_waiter_up(struct redis_waiter *waiter);
/* "bot.<broker>!", from now on. Twice is once. False when there are too many. */
bool redis_waiter_add_process(struct redis_waiter *waiter, struct str process)
	__attribute__((warn_unused_result));
/* layer_ops.receive of a plain channel: LAYER_EMPTY, LAYER_CROWDED or LAYER_UNAVAILABLE. */
enum layer_result redis_waiter_receive(
	struct redis_waiter *waiter, struct str channel, struct layer_receiver *receiver);
/* It waits here, or does not wait. */
void redis_waiter_cancel(struct redis_waiter *waiter, struct layer_receiver *receiver);
/* Channels for which anybody waits. */
size_t redis_waiter_count(const struct redis_waiter *waiter);
