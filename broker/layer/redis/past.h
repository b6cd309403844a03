/* SPDX-License-Identifier: MIT */
/* Reads older messages from the rooms' streams: ask_rows and ask_page of layer.h for rooms on
 * Redis. It reads in slices, so that no reply of Redis exceeds the link's bound. Main's thread
 * only. */
#pragma once

#include "broker/layer/layer.h"
#include "broker/layer/redis/log.h"

/* Questions under way. Each reads one slice at a time. */
#define REDIS_PAST_QUESTIONS 4096
/* The size of one slice, at most. */
#define REDIS_PAST_BYTES (32 * 1024 * 1024)

struct redis_past;

/* log is borrowed for its life, sink is copied. message_bytes: the longest message. */
struct redis_past *redis_past_create(struct redis_log *log, const struct layer_sink *sink,
	size_t message_bytes) __attribute__((warn_unused_result));
/* Call it before links_destroy. From now on the sink is not called. */
void redis_past_end(struct redis_past *past);
/* Call it after links_destroy. NULL is fine. */
void redis_past_destroy(struct redis_past *past);
/* How many rows a slice may have. */
size_t redis_past_slice(const struct redis_past *past);
bool redis_past_ask_rows(struct redis_past *past, struct str room, uint64_t after, uint64_t until,
	size_t bytes_max) __attribute__((warn_unused_result));
/* Call it once a second: retries slices that the link refused, or answers them with
 * STORE_ELSEWHERE when the links are down. */
void redis_past_look_after(struct redis_past *past, bool is_up);
bool redis_past_ask_page(struct redis_past *past, const struct page *page, uint64_t asker)
	__attribute__((warn_unused_result));
