/* SPDX-License-Identifier: MIT */
/* A slab, so that a walk by position goes on while others come and go; and a list by the time when
 * they were noted. */
#include "broker/remote_sessions.h"

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

struct remote_sessions {
	uint64_t keep_ms;
	struct slab cells;
	struct map *by_hash;
	struct list order;
};

struct remote_sessions *remote_sessions_create(uint64_t keep_ms)
{
	struct remote_sessions *sessions = mem_new(struct remote_sessions);

	sessions->keep_ms = keep_ms;
	slab_init(&sessions->cells, sizeof(struct cell));
	sessions->by_hash = map_create();
	list_init(&sessions->order);
	return sessions;
}

static struct str key_of(const uint8_t *key_hash)
{
	return str_range((const char *)key_hash, SESSION_HASH_SIZE);
}

static void forget(struct remote_sessions *sessions, struct cell *cell)
{
	map_remove(sessions->by_hash, key_of(cell->key_hash));
	list_remove(&cell->link);
	slab_give_back(&sessions->cells, cell);
}

void remote_sessions_destroy(struct remote_sessions *sessions)
{
	if (sessions == NULL)
		return;
	list_each_safe (link, &sessions->order)
		forget(sessions, list_entry(link, struct cell, link));
	slab_finish(&sessions->cells);
	map_destroy(sessions->by_hash);
	mem_free(sessions);
}

static void forget_old(struct remote_sessions *sessions, uint64_t now_ms)
{
	list_each_safe (link, &sessions->order) {
		struct cell *cell = list_entry(link, struct cell, link);

		if (cell->until_ms > now_ms && map_count(sessions->by_hash) < REMOTE_SESSIONS_MAX)
			return;
		forget(sessions, cell);
	}
}

static struct cell *add(struct remote_sessions *sessions, const uint8_t *key_hash)
{
	struct cell *cell = slab_take(&sessions->cells);

	memcpy(cell->key_hash, key_hash, sizeof(cell->key_hash));
	list_init(&cell->link);
	map_put(sessions->by_hash, key_of(cell->key_hash), cell);
	return cell;
}

void remote_sessions_note(struct remote_sessions *sessions,
	const uint8_t key_hash[static SESSION_HASH_SIZE], uint64_t now_ms)
{
	struct cell *cell = map_find(sessions->by_hash, key_of(key_hash));

	if (cell == NULL) {
		forget_old(sessions, now_ms);
		cell = add(sessions, key_hash);
	}
	cell->until_ms = now_ms + sessions->keep_ms;
	list_remove(&cell->link);
	list_append(&sessions->order, &cell->link);
}

const uint8_t *remote_sessions_next(
	struct remote_sessions *sessions, uint64_t *position, uint64_t now_ms)
{
	struct cell *cell = slab_next(&sessions->cells, position);

	while (cell != NULL && cell->until_ms <= now_ms)
		cell = slab_next(&sessions->cells, position);
	return cell == NULL ? NULL : cell->key_hash;
}
