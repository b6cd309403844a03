/* SPDX-License-Identifier: MIT */
/* In a slab, because a walk goes on by position when others have come or gone, and in a list by
 * when they were noted. */
#include "broker/lent.h"

#include <string.h>

#include "common/base/list.h"
#include "common/base/map.h"
#include "common/base/mem.h"
#include "common/base/slab.h"

struct cell {
	struct list link; /* the oldest first */
	uint64_t until_ms;
	uint8_t key_hash[SESSION_HASH_SIZE];
};

struct lent {
	uint64_t keep_ms;
	struct slab cells;
	struct map *by_hash;
	struct list order;
};

struct lent *lent_create(uint64_t keep_ms)
{
	struct lent *lent = mem_new(struct lent);

	lent->keep_ms = keep_ms;
	slab_init(&lent->cells, sizeof(struct cell));
	lent->by_hash = map_create();
	list_init(&lent->order);
	return lent;
}

static struct str key_of(const uint8_t *key_hash)
{
	return str_range((const char *)key_hash, SESSION_HASH_SIZE);
}

static void forget(struct lent *lent, struct cell *cell)
{
	map_remove(lent->by_hash, key_of(cell->key_hash));
	list_remove(&cell->link);
	slab_give_back(&lent->cells, cell);
}

void lent_destroy(struct lent *lent)
{
	if (lent == NULL)
		return;
	list_each_safe (link, &lent->order)
		forget(lent, list_entry(link, struct cell, link));
	slab_finish(&lent->cells);
	map_destroy(lent->by_hash);
	mem_free(lent);
}

static void forget_old(struct lent *lent, uint64_t now_ms)
{
	list_each_safe (link, &lent->order) {
		struct cell *cell = list_entry(link, struct cell, link);

		if (cell->until_ms > now_ms && map_count(lent->by_hash) < LENT_MAX)
			return;
		forget(lent, cell);
	}
}

static struct cell *add(struct lent *lent, const uint8_t *key_hash)
{
	struct cell *cell = slab_take(&lent->cells);

	memcpy(cell->key_hash, key_hash, sizeof(cell->key_hash));
	list_init(&cell->link);
	map_put(lent->by_hash, key_of(cell->key_hash), cell);
	return cell;
}

void lent_note(struct lent *lent, const uint8_t key_hash[static SESSION_HASH_SIZE], uint64_t now_ms)
{
	struct cell *cell = map_find(lent->by_hash, key_of(key_hash));

	if (cell == NULL) {
		forget_old(lent, now_ms);
		cell = add(lent, key_hash);
	}
	cell->until_ms = now_ms + lent->keep_ms;
	list_remove(&cell->link);
	list_append(&lent->order, &cell->link);
}

const uint8_t *lent_next(struct lent *lent, uint64_t *position, uint64_t now_ms)
{
	struct cell *cell = slab_next(&lent->cells, position);

	while (cell != NULL && cell->until_ms <= now_ms)
		cell = slab_next(&lent->cells, position);
	return cell == NULL ? NULL : cell->key_hash;
}
