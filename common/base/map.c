/* SPDX-License-Identifier: MIT */
/* Hash table from byte strings to pointers: open addressing with linear probing. Owns copies of
 * its keys, never its values. A removed entry leaves a mark in its slot instead of moving its
 * neighbours, so that a walk may remove what it was just handed; marks go when the table is
 * rebuilt. */
#include "common/base/map.h"

#include <stdint.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/base/mem.h"

#define MAP_SLOTS_MIN 16

struct map_entry {
	uint32_t hash;
	uint32_t key_len;
	void *value;
	char key[];
};

struct map {
	struct map_entry **slots; /* owned, and the entries */
	size_t slot_count; /* a power of two */
	size_t used; /* slots that are not NULL: at most three quarters */
	size_t count; /* used without the marks */
};

static struct map_entry removed; /* the mark */

struct map *map_create(void)
{
	struct map *map = mem_new(struct map);

	map->slot_count = MAP_SLOTS_MIN;
	map->slots = mem_alloc_array(map->slot_count, sizeof(*map->slots));
	return map;
}

void map_destroy(struct map *map)
{
	if (map == NULL)
		return;
	for (size_t i = 0; i < map->slot_count; i++) {
		if (map->slots[i] != &removed)
			mem_free(map->slots[i]);
	}
	mem_free(map->slots);
	mem_free(map);
}

size_t map_count(const struct map *map)
{
	return map->count;
}

/* 32 bits are more than any table has slots. */
static uint32_t hash_of(struct str key)
{
	return (uint32_t)crypto_table_hash(key);
}

static bool entry_has_key(const struct map_entry *entry, uint32_t hash, struct str key)
{
	return entry != &removed && entry->hash == hash &&
	       str_equals(str_range(entry->key, entry->key_len), key);
}

/* The slot of key, or the empty one that ends the search for it. */
static size_t map_slot(const struct map *map, uint32_t hash, struct str key)
{
	size_t mask = map->slot_count - 1;
	size_t slot = hash & mask;

	while (map->slots[slot] != NULL && !entry_has_key(map->slots[slot], hash, key))
		slot = (slot + 1) & mask;
	return slot;
}

/* Makes a table of twice what the entries need; it may also shrink. */
static void map_rebuild(struct map *map)
{
	struct map old = *map;

	for (map->slot_count = MAP_SLOTS_MIN; map->slot_count < 2 * (map->count + 1);)
		map->slot_count *= 2;
	map->slots = mem_alloc_array(map->slot_count, sizeof(*map->slots));
	map->used = map->count;
	for (size_t i = 0; i < old.slot_count; i++) {
		struct map_entry *entry = old.slots[i];

		if (entry != NULL && entry != &removed)
			map->slots[map_slot(
				map, entry->hash, str_range(entry->key, entry->key_len))] = entry;
	}
	mem_free(old.slots);
}

void *map_find(const struct map *map, struct str key)
{
	const struct map_entry *entry = map->slots[map_slot(map, hash_of(key), key)];

	return entry == NULL ? NULL : entry->value;
}

void *map_put(struct map *map, struct str key, void *value)
{
	uint32_t hash = hash_of(key);
	size_t slot = map_slot(map, hash, key);
	struct map_entry *entry = map->slots[slot];

	if (entry != NULL) {
		void *replaced = entry->value;

		entry->value = value;
		return replaced;
	}
	entry = mem_alloc(sizeof(*entry) + key.len);
	entry->hash = hash;
	entry->value = value;
	entry->key_len = (uint32_t)key.len;
	if (key.len > 0)
		memcpy(entry->key, key.data, key.len);
	map->slots[slot] = entry;
	map->count++;
	map->used++;
	if (map->used > map->slot_count / 4 * 3)
		map_rebuild(map);
	return NULL;
}

void *map_remove(struct map *map, struct str key)
{
	size_t slot = map_slot(map, hash_of(key), key);
	struct map_entry *entry = map->slots[slot];
	void *value;

	if (entry == NULL)
		return NULL;
	value = entry->value;
	map->slots[slot] = &removed;
	map->count--;
	mem_free(entry);
	return value;
}

bool map_next(const struct map *map, size_t *position, struct str *key_out, void **value_out)
{
	while (*position < map->slot_count) {
		const struct map_entry *entry = map->slots[(*position)++];

		if (entry == NULL || entry == &removed)
			continue;
		if (key_out != NULL)
			*key_out = str_range(entry->key, entry->key_len);
		*value_out = entry->value;
		return true;
	}
	return false;
}
