/* SPDX-License-Identifier: MIT */
/* A chunk is aligned to its size, so that a cell's address leads to its header. What is free is
 * kept in the header and not in the cells: AddressSanitizer may then watch over a free cell. */
#include "common/base/slab.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/base/mem.h"

#if defined(__SANITIZE_ADDRESS__)
#define IS_WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_WATCHED 1
#endif
#endif
#ifdef IS_WATCHED
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

#define CHUNK_BYTES (64 * 1024)
#define CELL_BYTES_MAX 4096
#define CELL_ALIGNMENT 8

struct slab_chunk {
	struct list link; /* in with_room while free_count > 0 */
	uint32_t index; /* in chunks */
	uint16_t free_count;
	uint16_t first_free;
	uint16_t next_free[]; /* of each cell; TAKEN of one that is not free */
};

#define TAKEN UINT16_MAX

static size_t header_bytes(size_t cells)
{
	size_t bytes = sizeof(struct slab_chunk) + cells * sizeof(uint16_t);

	return (bytes + CELL_ALIGNMENT - 1) / CELL_ALIGNMENT * CELL_ALIGNMENT;
}

void slab_init(struct slab *slab, size_t cell_size)
{
	assert(cell_size > 0 && cell_size <= CELL_BYTES_MAX);
	*slab = (struct slab){ .cell_size = (cell_size + CELL_ALIGNMENT - 1) / CELL_ALIGNMENT *
					    CELL_ALIGNMENT };
	slab->cells_per_chunk = CHUNK_BYTES / slab->cell_size;
	while (header_bytes(slab->cells_per_chunk) + slab->cells_per_chunk * slab->cell_size >
		CHUNK_BYTES)
		slab->cells_per_chunk--;
	list_init(&slab->with_room);
}

static void *map_aligned(void)
{
	char *map = mmap(
		NULL, 2 * CHUNK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before;

	if (map == MAP_FAILED)
		abort(); /* as mem_alloc does */
	before = (CHUNK_BYTES - (uintptr_t)map % CHUNK_BYTES) % CHUNK_BYTES;
	if (before > 0)
		munmap(map, before);
	munmap(map + before + CHUNK_BYTES, CHUNK_BYTES - before);
	return map + before;
}

static size_t free_chunk_index(struct slab *slab)
{
	size_t index = 0;

	while (index < slab->chunk_count && slab->chunks[index] != NULL)
		index++;
	if (index == slab->chunk_count)
		slab->chunks = mem_resize(
			slab->chunks, ++slab->chunk_count * sizeof(struct slab_chunk *));
	return index;
}

static char *cell_at(const struct slab *slab, struct slab_chunk *chunk, size_t cell)
{
	return (char *)chunk + header_bytes(slab->cells_per_chunk) + cell * slab->cell_size;
}

static void add_chunk(struct slab *slab)
{
	struct slab_chunk *chunk = map_aligned();
	size_t index = free_chunk_index(slab);

	slab->chunks[index] = chunk;
	chunk->index = (uint32_t)index;
	chunk->free_count = (uint16_t)slab->cells_per_chunk;
	for (size_t i = 0; i < slab->cells_per_chunk; i++)
		chunk->next_free[i] = (uint16_t)(i + 1);
	ASAN_POISON_MEMORY_REGION(cell_at(slab, chunk, 0), slab->cells_per_chunk * slab->cell_size);
	list_append(&slab->with_room, &chunk->link);
}

static void drop_chunk(struct slab *slab, struct slab_chunk *chunk)
{
	list_remove(&chunk->link);
	slab->chunks[chunk->index] = NULL;
	ASAN_UNPOISON_MEMORY_REGION(chunk, CHUNK_BYTES);
	munmap(chunk, CHUNK_BYTES);
}

void slab_finish(struct slab *slab)
{
	while (!list_is_empty(&slab->with_room)) {
		struct slab_chunk *chunk = list_entry(
			list_first(&slab->with_room), struct slab_chunk, link);

		assert(chunk->free_count == slab->cells_per_chunk);
		drop_chunk(slab, chunk);
	}
	mem_free(slab->chunks);
	*slab = (struct slab){ 0 };
}

void *slab_take(struct slab *slab)
{
	struct slab_chunk *chunk;
	uint16_t cell;

	if (list_is_empty(&slab->with_room))
		add_chunk(slab);
	chunk = list_entry(list_first(&slab->with_room), struct slab_chunk, link);
	cell = chunk->first_free;
	chunk->first_free = chunk->next_free[cell];
	chunk->next_free[cell] = TAKEN;
	if (--chunk->free_count == 0)
		list_remove(&chunk->link);
	ASAN_UNPOISON_MEMORY_REGION(cell_at(slab, chunk, cell), slab->cell_size);
	return memset(cell_at(slab, chunk, cell), 0, slab->cell_size);
}

static struct slab_chunk *chunk_of(const void *cell)
{
	return (void *)((uintptr_t)cell - (uintptr_t)cell % CHUNK_BYTES);
}

/* Of a cell within its chunk. */
static size_t number_of(const struct slab *slab, const void *cell)
{
	return (size_t)((const char *)cell - cell_at(slab, chunk_of(cell), 0)) / slab->cell_size;
}

uint32_t slab_index(const struct slab *slab, const void *cell)
{
	return chunk_of(cell)->index * (uint32_t)slab->cells_per_chunk +
	       (uint32_t)number_of(slab, cell);
}

void slab_give_back(struct slab *slab, void *cell)
{
	struct slab_chunk *chunk = chunk_of(cell);
	size_t number = number_of(slab, cell);

	assert(chunk->next_free[number] == TAKEN);
	chunk->next_free[number] = chunk->first_free;
	chunk->first_free = (uint16_t)number;
	ASAN_POISON_MEMORY_REGION(cell, slab->cell_size);
	if (chunk->free_count == 0)
		list_append(&slab->with_room, &chunk->link);
	chunk->free_count++;
	/* The only one with room is kept: who comes next would map it again. */
	if (chunk->free_count == slab->cells_per_chunk &&
		slab->with_room.next != slab->with_room.previous)
		drop_chunk(slab, chunk);
}

void *slab_find(const struct slab *slab, uint64_t index)
{
	size_t number = index / slab->cells_per_chunk;
	size_t cell = index % slab->cells_per_chunk;

	if (number >= slab->chunk_count || slab->chunks[number] == NULL ||
		slab->chunks[number]->next_free[cell] != TAKEN)
		return NULL;
	return cell_at(slab, slab->chunks[number], cell);
}

void *slab_next(const struct slab *slab, uint64_t *position)
{
	uint64_t end = slab->chunk_count * slab->cells_per_chunk;
	void *cell = NULL;

	while (cell == NULL && *position < end)
		cell = slab_find(slab, (*position)++);
	return cell;
}
