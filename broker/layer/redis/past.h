/* SPDX-License-Identifier: MIT */
/* What was said before, out of the streams: the layer's ask_rows and ask_page (layer.h) for rooms
 * on Redis. Read in slices, so that no answer of Redis is larger than its link takes. Main thread.
 */
#pragma once

#include "broker/layer/layer.h"
#include "broker/layer/redis/log.h"

/* Questions under way, each of which is one slice at a time. */
#define REDIS_PAST_QUESTIONS 4096
/* Of one slice. */
#define REDIS_PAST_BYTES (32 * 1024 * 1024)

struct redis_past;

/* log is borrowed for its life. message_bytes: of the longest. */
struct redis_past *redis_past_create(struct redis_log *log, const struct layer_sink *sink,
	size_t message_bytes) __attribute__((warn_unused_result));
/* Before the links: from now on the sink hears nothing. */
void redis_past_end(struct redis_past *past);
/* When nobody answers any more. NULL is fine. */
void redis_past_destroy(struct redis_past *past);
/* How many rows an answer may have. */
size_t redis_past_slice(const struct redis_past *past);
bool redis_past_ask_rows(struct redis_past *past, struct str room, uint64_t after, uint64_t until,
	size_t bytes_max) __attribute__((warn_unused_result));
/* Once a second: rows that could not be asked for are, or are not to be had. */
void redis_past_look_after(struct redis_past *past, bool is_up);
bool redis_past_ask_page(struct redis_past *past, const struct page *page, uint64_t asker)
	__attribute__((warn_unused_result));
