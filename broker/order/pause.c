/* SPDX-License-Identifier: MIT */
#include "broker/order/pause.h"

#include <string.h>

#include "common/base/list.h"
#include "common/base/map.h"
#include "common/base/mem.h"
#include "common/event.h"

/* The key is the user's id with the room's name behind it. */
struct pause {
	struct list link; /* the earliest first */
	char *key; /* owned */
	size_t key_len;
	uint64_t said_ms;
	size_t ref_len;
	char ref[EVENT_REF_MAX];
};

struct pauses {
	struct map *by_key; /* owned, with its values */
	struct list by_age;
};

struct pauses *pauses_create(void)
{
	struct pauses *pauses = mem_new(struct pauses);

	pauses->by_key = map_create();
	list_init(&pauses->by_age);
	return pauses;
}

static void forget(struct pauses *pauses, struct pause *pause)
{
	map_remove(pauses->by_key, str_range(pause->key, pause->key_len));
	list_remove(&pause->link);
	mem_free(pause->key);
	mem_free(pause);
}

void pauses_destroy(struct pauses *pauses)
{
	if (pauses == NULL)
		return;
	list_each_safe (link, &pauses->by_age) {
		forget(pauses, list_entry(link, struct pause, link));
	}
	map_destroy(pauses->by_key);
	mem_free(pauses);
}

static void write_key(struct str room, const uint8_t user[static USER_ID_SIZE], struct buf *key)
{
	buf_append(key, user, USER_ID_SIZE);
	buf_append_str(key, room);
}

/* NULL when somebody is not known. */
static struct pause *find(
	const struct pauses *pauses, struct str room, const uint8_t user[static USER_ID_SIZE])
{
	struct buf key = { 0 };
	struct pause *pause;

	write_key(room, user, &key);
	pause = map_find(pauses->by_key, buf_str(&key));
	buf_finish(&key);
	return pause;
}

static bool is_said_again(const struct pause *pause, struct str ref)
{
	return ref.len > 0 && str_equals(ref, str_range(pause->ref, pause->ref_len));
}

int64_t pauses_wait(const struct pauses *pauses, struct str room,
	const uint8_t user[static USER_ID_SIZE], struct str ref, uint64_t now_ms, uint64_t pause_ms)
{
	const struct pause *pause = find(pauses, room, user);
	uint64_t passed_ms;

	if (pause == NULL || is_said_again(pause, ref))
		return 0;
	passed_ms = now_ms - pause->said_ms;
	return passed_ms >= pause_ms ? 0 : (int64_t)(pause_ms - passed_ms);
}

static struct pause *add(
	struct pauses *pauses, struct str room, const uint8_t user[static USER_ID_SIZE])
{
	struct list *earliest = list_first(&pauses->by_age);
	struct pause *pause = mem_new(struct pause);
	struct buf key = { 0 };

	if (map_count(pauses->by_key) >= PAUSES_MAX && earliest != NULL)
		forget(pauses, list_entry(earliest, struct pause, link));
	write_key(room, user, &key);
	pause->key_len = key.len;
	pause->key = buf_take(&key);
	list_init(&pause->link);
	map_put(pauses->by_key, str_range(pause->key, pause->key_len), pause);
	return pause;
}

void pauses_note(struct pauses *pauses, struct str room, const uint8_t user[static USER_ID_SIZE],
	struct str ref, uint64_t now_ms)
{
	struct pause *pause = find(pauses, room, user);

	if (pause == NULL)
		pause = add(pauses, room, user);
	else if (is_said_again(pause, ref)) /* its pause goes on */
		return;
	list_remove(&pause->link);
	list_append(&pauses->by_age, &pause->link);
	pause->said_ms = now_ms;
	pause->ref_len = ref.len < sizeof(pause->ref) ? ref.len : sizeof(pause->ref);
	if (pause->ref_len > 0)
		memcpy(pause->ref, ref.data, pause->ref_len);
}
