/* SPDX-License-Identifier: MIT */
/* The heap behind one door: every allocation of the project comes through here, so that running
 * out is decided in one place. Knows nothing of logs, which allocate nothing either but may be
 * the ones that asked. */
#include "common/base/mem.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What malloc keeps at hand for each thread. glibc's calloc does not take from there before 2.41.
 */
#define SMALL_BYTES 1024

static void *mem_check(void *memory, size_t size)
{
	if (memory != NULL)
		return memory;
	fprintf(stderr, "out of memory: %zu bytes\n", size);
	abort();
}

void mem_abort(void)
{
	fputs("out of memory\n", stderr);
	abort();
}

void *mem_alloc(size_t size)
{
	void *memory;

	if (size > SMALL_BYTES)
		return mem_alloc_array(1, size);
	memory = mem_check(malloc(size == 0 ? 1 : size), size);
	return memset(memory, 0, size);
}

void *mem_alloc_array(size_t count, size_t size)
{
	if (count == 0 || size == 0)
		count = size = 1;
	/* calloc refuses a product that overflows. */
	return mem_check(calloc(count, size), size);
}

void *mem_resize(void *memory, size_t size)
{
	if (size == 0)
		size = 1;
	return mem_check(realloc(memory, size), size);
}

void *mem_grow(void *array, uint32_t *capacity, uint32_t count, size_t size)
{
	if (count < *capacity)
		return array;
	*capacity = *capacity / 2 * 3 + 4;
	return mem_resize(array, *capacity * size);
}

char *mem_strdup(const char *text)
{
	return mem_strndup(text, strlen(text));
}

char *mem_strndup(const char *text, size_t len)
{
	char *copy = mem_resize(NULL, len + 1);

	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

void mem_limit_heaps(int count)
{
	mallopt(M_ARENA_MAX, count);
}

void mem_keep_freed(int bytes)
{
	mallopt(M_TRIM_THRESHOLD, bytes);
}

void mem_trim(void)
{
	malloc_trim(0);
}

void mem_free(void *memory)
{
	free(memory);
}
