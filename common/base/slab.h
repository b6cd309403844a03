/* SPDX-License-Identifier: MIT */
/* Cells of one size in mappings of their own: ten thousand of them leave no holes in the heap, a
 * mapping whose cells are all free goes back to the system, and a cell is found by its index. Not
 * for several threads. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/list.h"

struct slab_chunk;

struct slab {
	/* private */
	size_t cell_size;
	size_t cells_per_chunk;
	struct slab_chunk **chunks; /* by index; NULL where one was given back */
	size_t chunk_count;
	struct list with_room;
};

/* cell_size is at most 4096 bytes. */
void slab_init(struct slab *slab, size_t cell_size);
/* All cells are free. */
void slab_finish(struct slab *slab);
/* A zeroed cell, aligned for pointers. */
void *slab_take(struct slab *slab) __attribute__((warn_unused_result));
void slab_give_back(struct slab *slab, void *cell);
/* Of a taken cell; it stays the same while it is taken. */
uint32_t slab_index(const struct slab *slab, const void *cell);
/* NULL when no taken cell has that index. */
void *slab_find(const struct slab *slab, uint64_t index);
/* Walks the taken cells in the order of their indices: start with *position = 0, NULL at the end.
 * Cells may be taken and given back in between. */
void *slab_next(const struct slab *slab, uint64_t *position);
