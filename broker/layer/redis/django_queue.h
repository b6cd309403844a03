/* SPDX-License-Identifier: MIT */
/* What Django has said to rooms and is not in their logs yet: said in its order, again when it was
 * refused for a while, and given back when it is there, or can never be. Messages are read here,
 * those of brokers and those that are none are dropped; and so is, counted as channel_dropped, what
 * Redis refuses to keep for its room for too long, so that one room does not hold up the others. */
#pragma once

#include "broker/layer/layer.h"

#define DJANGO_QUEUE_BYTES_MAX (16 * 1024 * 1024)
/* As long as anybody's message is tried; less when there is no room left. */
#define DJANGO_QUEUE_REFUSED_MS 60000

struct django_queue;
struct redis_channels;

struct django_queue_setting {
	struct redis_channels *channels; /* borrowed */
	size_t messages_max; /* that wait here, where the taking of more stops */
	bool has_salt; /* messages have their 12 bytes, which say which one it is */
	/* It is in the log, or nowhere; bytes are those that were put. May be NULL. */
	void (*done)(void *context, struct str bytes);
	void *context;
};

struct django_queue *django_queue_create(const struct django_queue_setting *setting)
	__attribute__((warn_unused_result));
/* What is there is not said; NULL is fine. */
void django_queue_destroy(struct django_queue *queue);
/* Whether there is room. */
bool django_queue_has_room(const struct django_queue *queue);
/* Whether those bytes are there. */
bool django_queue_has(const struct django_queue *queue, struct str bytes);
/* Copied. Who takes messages asks for room before: what was taken then is put in any case. */
void django_queue_put(struct django_queue *queue, struct str room, struct str bytes);
/* What became of what an author of AUTHOR_DJANGO has said. */
void django_queue_settle(struct django_queue *queue, uint64_t author_id, enum layer_result result);
