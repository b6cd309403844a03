/* SPDX-License-Identifier: MIT */
/* The queue of Django's events for rooms that are not in the rooms' logs yet. It sends them to the
 * layer in order, retries those that are refused for now, and reports each one when it is in a log
 * or never can be. It parses the events, and drops those of brokers and invalid ones. It also
 * drops, counted as channel_dropped, the events of a room that Redis refuses for too long, so that
 * one room does not hold up the others. Main's thread only. */
#pragma once

#include "broker/layer/layer.h"

#define DJANGO_QUEUE_BYTES_MAX (16 * 1024 * 1024)
/* Events of a room that Redis refuses are retried for this long, as any message is; shorter when
 * the queue is full. */
#define DJANGO_QUEUE_REFUSED_MS 60000

struct django_queue;
struct redis_channels;

struct django_queue_setting {
	struct redis_channels *channels; /* borrowed */
	size_t messages_max; /* at this length django_queue_has_room is false */
	bool has_salt; /* messages begin with 12 random bytes, which identify them */
	/* The event is in the log, or was dropped. bytes are those of django_queue_put, borrowed
	 * for the call. May be NULL. */
	void (*done)(void *context, struct str bytes);
	void *context;
};

struct django_queue *django_queue_create(const struct django_queue_setting *setting)
	__attribute__((warn_unused_result));
/* Drops the events without calling done. NULL is fine. */
void django_queue_destroy(struct django_queue *queue);
/* Whether the queue takes more events. */
bool django_queue_has_room(const struct django_queue *queue);
/* Whether the queue holds an event with these bytes. */
bool django_queue_has(const struct django_queue *queue, struct str bytes);
/* Adds an event, which is copied; never refuses. Ask django_queue_has_room before taking events
 * from Redis, not here. */
void django_queue_put(struct django_queue *queue, struct str room, struct str bytes);
/* The layer's result for an event whose author is AUTHOR_DJANGO with that id. */
void django_queue_settle(struct django_queue *queue, uint64_t author_id, enum layer_result result);
