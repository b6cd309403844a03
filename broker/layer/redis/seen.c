/* SPDX-License-Identifier: MIT */
#include "broker/layer/redis/seen.h"

#include <stdio.h>
#include <string.h>

#include "common/base/map.h"
#include "common/base/mem.h"

struct seen_room {
	struct list link;
	uint64_t seq;
	char epoch[EVENT_EPOCH_SIZE];
	size_t len;
	char name[];
};

struct redis_seen {
	struct map *by_name; /* owned, with its values */
	struct list by_age; /* the room with the newest message is the last */
};

struct redis_seen *redis_seen_create(void)
{
	struct redis_seen *seen = mem_new(struct redis_seen);

	seen->by_name = map_create();
	list_init(&seen->by_age);
	return seen;
}

static void forget(struct redis_seen *seen, struct seen_room *room)
{
	map_remove(seen->by_name, str_range(room->name, room->len));
	list_remove(&room->link);
	mem_free(room);
}

void redis_seen_destroy(struct redis_seen *seen)
{
	if (seen == NULL)
		return;
	list_each_safe (link, &seen->by_age)
		forget(seen, list_entry(link, struct seen_room, link));
	map_destroy(seen->by_name);
	mem_free(seen);
}

static struct seen_room *add(struct redis_seen *seen, struct str name)
{
	struct seen_room *room = mem_alloc(sizeof(*room) + name.len);

	if (map_count(seen->by_name) == REDIS_SEEN_ROOMS_MAX)
		forget(seen, list_entry(list_first(&seen->by_age), struct seen_room, link));
	memcpy(room->name, name.data, name.len);
	room->len = name.len;
	list_init(&room->link);
	map_put(seen->by_name, name, room);
	return room;
}

void redis_seen_note(struct redis_seen *seen, struct str name, const char *epoch, uint64_t seq)
{
	struct seen_room *room = map_find(seen->by_name, name);

	if (room == NULL)
		room = add(seen, name);
	if (strcmp(room->epoch, epoch) != 0) {
		snprintf(room->epoch, sizeof(room->epoch), "%s", epoch);
		room->seq = seq;
	} else if (room->seq < seq) {
		room->seq = seq;
	}
	list_remove(&room->link);
	list_append(&seen->by_age, &room->link);
}

struct layer_head redis_seen_find(const struct redis_seen *seen, struct str name)
{
	const struct seen_room *room = map_find(seen->by_name, name);

	return room == NULL ? (struct layer_head){ "", 0 }
			    : (struct layer_head){ room->epoch, room->seq };
}
