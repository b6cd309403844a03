/* SPDX-License-Identifier: MIT */
/* A list of chunks: frames with the same tag share one, so that the replies to a burst leave in
 * one write. A chunk that has been begun is not moved any more. */
#include "broker/outq.h"

#include <assert.h>
#include <string.h>

#include "common/base/mem.h"

/* The first frame of a tag is mostly alone: a connection answers a ping and rests, and in a busy
 * room each reply has a tag of its own. For those of one tag chunks grow, up to this size. */
#define GROWTH_FACTOR 4
#define CHUNK_SHARED_BYTES 4096

static void destroy_chunk(struct outq_chunk *chunk)
{
	if (chunk->shared != NULL)
		payload_unref(chunk->shared);
	mem_free(chunk);
}

void outq_finish(struct outq *queue)
{
	while (queue->first != NULL) {
		struct outq_chunk *chunk = queue->first;

		queue->first = chunk->next;
		destroy_chunk(chunk);
	}
}

bool outq_is_empty(const struct outq *queue)
{
	return queue->first == NULL;
}

size_t outq_bytes(const struct outq *queue)
{
	return queue->first == NULL ? 0 : queue->first->bytes;
}

bool outq_has_shared(const struct outq *queue)
{
	const struct outq_chunk *chunk = queue->first;

	while (chunk != NULL && chunk->shared == NULL)
		chunk = chunk->next;
	return chunk != NULL;
}

/* For a frame that the last chunk, if any, has no place for. */
static size_t choose_capacity(const struct outq_chunk *last, uint64_t tag, size_t len)
{
	size_t grown = last == NULL || last->tag != tag ? 0 : last->capacity * GROWTH_FACTOR;

	if (grown > CHUNK_SHARED_BYTES)
		grown = CHUNK_SHARED_BYTES;
	return grown > len ? grown : len;
}

static struct outq_chunk *append_chunk(struct outq *queue, uint64_t tag, size_t capacity)
{
	struct outq_chunk *chunk = mem_alloc(sizeof(*chunk) + capacity);

	chunk->tag = tag;
	chunk->text = chunk->data;
	chunk->capacity = capacity;
	if (queue->first == NULL)
		queue->first = chunk;
	else
		queue->first->last->next = chunk;
	queue->first->last = chunk;
	return chunk;
}

void outq_push(struct outq *queue, uint64_t tag, struct str frames)
{
	struct outq_chunk *chunk = queue->first == NULL ? NULL : queue->first->last;

	if (frames.len == 0)
		return;
	assert(chunk == NULL || chunk->tag <= tag);
	if (chunk == NULL || chunk->tag != tag || chunk->shared != NULL ||
		chunk->capacity - chunk->len < frames.len)
		chunk = append_chunk(queue, tag, choose_capacity(chunk, tag, frames.len));
	memcpy(chunk->data + chunk->len, frames.data, frames.len);
	chunk->len += frames.len;
	queue->first->bytes += frames.len;
}

void outq_push_replay(struct outq *queue, uint64_t tag, struct replay *replay)
{
	for (size_t i = 0; i < replay->count; i++) {
		struct outq_chunk *chunk = append_chunk(queue, tag, 0);
		struct str frames[DIALECT_COUNT];
		struct str rest;

		payload_frames(replay->payloads[i], frames);
		rest = str_skip(frames[replay->dialect], i == 0 ? replay->skipped : 0);
		chunk->shared = replay->payloads[i];
		chunk->text = rest.data;
		chunk->len = rest.len;
	}
	replay->count = 0;
}

void outq_keep_begun(struct outq *queue)
{
	struct outq_chunk *begun = queue->first;
	struct outq rest = { .first = begun };

	if (begun != NULL && begun->sent > 0) {
		rest.first = begun->next;
		begun->next = NULL;
		begun->last = begun;
		begun->tag = 0;
		begun->bytes = begun->shared != NULL ? 0 : begun->len - begun->sent;
	} else {
		queue->first = NULL;
	}
	outq_finish(&rest);
}

size_t outq_advance(struct outq *queue, size_t count)
{
	struct outq_chunk *chunk = queue->first;
	size_t counted = chunk->shared != NULL ? 0 : count;

	assert(count <= chunk->len - chunk->sent);
	chunk->sent += count;
	chunk->bytes -= counted;
	if (chunk->sent < chunk->len)
		return counted;
	queue->first = chunk->next;
	if (queue->first != NULL) {
		queue->first->last = chunk->last;
		queue->first->bytes = chunk->bytes;
	}
	destroy_chunk(chunk);
	return counted;
}
