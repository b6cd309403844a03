/* SPDX-License-Identifier: MIT */
/* Heap memory. Out of memory is a broken host, not a path for each caller to test: these abort
 * with one line on stderr and the supervisor restarts the program. Sizes that come from outside
 * are checked against a named limit before they get here. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define mem_new(type) ((type *)mem_alloc(sizeof(type)))

/* Zeroed. Never NULL, size 0 included. */
void *mem_alloc(size_t size) __attribute__((malloc, warn_unused_result));
/* Aborts when count * size overflows. */
void *mem_alloc_array(size_t count, size_t size) __attribute__((malloc, warn_unused_result));
/* New bytes are not zeroed. memory may be NULL. */
void *mem_resize(void *memory, size_t size) __attribute__((warn_unused_result));
/* Room for one more behind count elements of an array: returns it, moved when capacity has grown.
 */
void *mem_grow(void *array, uint32_t *capacity, uint32_t count, size_t size)
	__attribute__((warn_unused_result));
char *mem_strdup(const char *text) __attribute__((malloc, warn_unused_result));
/* A copy of len bytes with a NUL behind them. */
char *mem_strndup(const char *text, size_t len) __attribute__((malloc, warn_unused_result));
/* How many heaps the threads share; before there are any. Every library's thread would get one of
 * its own, which is never much used and never given back. */
void mem_limit_heaps(int count);
/* How much of each heap stays with the process when it is given back, instead of being taken from
 * the system and zeroed again for the next piece of work. */
void mem_keep_freed(int bytes);
/* For a library that tells when it is out of memory: ends the program as the others here do. */
void mem_abort(void) __attribute__((noreturn));
/* Gives pages that are free back to the system, wherever they lie. Takes milliseconds in a large
 * heap. */
void mem_trim(void);
/* NULL is fine. */
void mem_free(void *memory);
