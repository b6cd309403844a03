/* SPDX-License-Identifier: MIT */
/* Hash table from byte strings to pointers. Keys come from the network, so the hash is keyed
 * (SipHash) and nobody can aim at one bucket. Keys are copied, values are borrowed. Not for
 * several threads. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/str.h"

struct map;

struct map *map_create(void) __attribute__((warn_unused_result));
/* The values stay; whoever owns them frees them first. NULL is fine. */
void map_destroy(struct map *map);
size_t map_count(const struct map *map);
/* NULL when there is none. */
void *map_find(const struct map *map, struct str key);
/* value is not NULL. Returns the value it replaced, or NULL. */
void *map_put(struct map *map, struct str key, void *value);
/* Returns the value that was there, or NULL. */
void *map_remove(struct map *map, struct str key);
/* Walks all entries in no order: start with *position = 0, false at the end. The entry just
 * handed out may be removed in between; nothing may be added. key_out may be NULL. */
bool map_next(const struct map *map, size_t *position, struct str *key_out, void **value_out);
