/* SPDX-License-Identifier: MIT */
/* A list of chunks: frames with the same tag share one, so that the replies to a burst leave in
 * one write. A chunk that has been begun is not moved any more. */
#include "broker/outq.h"

#include <assert.h>
#include <string.h>

#include "common/base/mem.h"

/* Up to this size a chunk is allocated with room for the next frames. */
#define CHUNK_SHARED_BYTES 4096

void outq_finish(struct outq *queue)
{
	while (queue->first != NULL) {
		struct outq_chunk *chunk = queue->first;

		queue->first = chunk->next;
		mem_free(chunk);
	}
	*queue = (struct outq){ 0 };
}

bool outq_is_empty(const struct outq *queue)
{
	return queue->first == NULL;
}

static struct outq_chunk *append_chunk(struct outq *queue, uint64_t tag, size_t len)
{
	/* The first frame is mostly alone: an idle connection answers a ping and rests. */
	size_t capacity = queue->first == NULL || len > CHUNK_SHARED_BYTES ? len
									   : CHUNK_SHARED_BYTES;
	struct outq_chunk *chunk = mem_alloc(sizeof(*chunk) + capacity);

	chunk->tag = tag;
	chunk->capacity = capacity;
	if (queue->last != NULL)
		queue->last->next = chunk;
	else
		queue->first = chunk;
	queue->last = chunk;
	return chunk;
}

void outq_push(struct outq *queue, uint64_t tag, struct str frames)
{
	struct outq_chunk *chunk = queue->last;

	if (frames.len == 0)
		return;
	assert(chunk == NULL || chunk->tag <= tag);
	if (chunk == NULL || chunk->tag != tag || chunk->capacity - chunk->len < frames.len)
		chunk = append_chunk(queue, tag, frames.len);
	memcpy(chunk->data + chunk->len, frames.data, frames.len);
	chunk->len += frames.len;
	queue->bytes += frames.len;
}

struct str outq_first(const struct outq *queue)
{
	return str_range(queue->first->data + queue->sent, queue->first->len - queue->sent);
}

void outq_keep_begun(struct outq *queue)
{
	struct outq_chunk *begun = queue->sent > 0 ? queue->first : NULL;
	struct outq rest = { .first = begun != NULL ? begun->next : queue->first };

	outq_finish(&rest);
	queue->first = queue->last = begun;
	queue->bytes = 0;
	if (begun == NULL)
		return;
	begun->next = NULL;
	begun->tag = 0;
	queue->bytes = begun->len - queue->sent;
}

void outq_advance(struct outq *queue, size_t count)
{
	struct outq_chunk *chunk = queue->first;

	assert(count <= chunk->len - queue->sent);
	queue->sent += count;
	queue->bytes -= count;
	if (queue->sent < chunk->len)
		return;
	queue->first = chunk->next;
	if (queue->first == NULL)
		queue->last = NULL;
	queue->sent = 0;
	mem_free(chunk);
}
