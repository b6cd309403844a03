/* SPDX-License-Identifier: MIT */
/* The list is in the order of adding, so that a tick finds the members that are due at its
 * start. */
#include "broker/layer/redis/keeper.h"

#include <string.h>

#include "broker/reactor/reactor.h"
#include "common/base/buf.h"
#include "common/base/list.h"
#include "common/base/map.h"
#include "common/base/mem.h"

#define RENEW_MS_MAX 30000
#define TICK_MS 250
/* 100,000 members in 25 seconds; less than a tenth of a link's queue at a time. */
#define RENEWED_IN_TICK 1000

struct kept {
	struct list link;
	uint64_t due_ms;
	size_t group_len;
	size_t len;
	char names[]; /* "<group> <member>" */
};

struct redis_keeper {
	struct reactor *reactor; /* borrowed */
	uint64_t renew_ms;
	redis_keeper_add_fn *add;
	void *context;
	struct map *by_names; /* owned, with its values */
	struct list by_age;
	struct timer timer; /* armed while anything is kept */
	struct buf key;
};

static struct str make_key(struct redis_keeper *keeper, struct str group, struct str member)
{
	buf_clear(&keeper->key);
	buf_append_str(&keeper->key, group);
	buf_append_char(&keeper->key, ' ');
	buf_append_str(&keeper->key, member);
	return buf_str(&keeper->key);
}

static void renew(struct redis_keeper *keeper, struct kept *kept)
{
	kept->due_ms = keeper->reactor->now_ms + keeper->renew_ms;
	list_remove(&kept->link);
	list_append(&keeper->by_age, &kept->link);
	keeper->add(keeper->context, str_range(kept->names, kept->group_len),
		str_range(kept->names + kept->group_len + 1, kept->len - kept->group_len - 1));
}

static void tick(struct timer *timer)
{
	struct redis_keeper *keeper = list_entry(timer, struct redis_keeper, timer);

	for (int i = 0; i < RENEWED_IN_TICK && !list_is_empty(&keeper->by_age); i++) {
		struct kept *kept = list_entry(keeper->by_age.next, struct kept, link);

		if (kept->due_ms > keeper->reactor->now_ms)
			break;
		renew(keeper, kept);
	}
	if (!list_is_empty(&keeper->by_age))
		reactor_arm(keeper->reactor, &keeper->timer, TICK_MS);
}

struct redis_keeper *redis_keeper_create(
	struct reactor *reactor, uint64_t group_expiry_ms, redis_keeper_add_fn *add, void *context)
{
	struct redis_keeper *keeper = mem_new(struct redis_keeper);

	keeper->reactor = reactor;
	keeper->renew_ms = group_expiry_ms / 2 < RENEW_MS_MAX ? group_expiry_ms / 2 : RENEW_MS_MAX;
	keeper->add = add;
	keeper->context = context;
	keeper->by_names = map_create();
	list_init(&keeper->by_age);
	timer_init(&keeper->timer, tick);
	return keeper;
}

static void drop(struct redis_keeper *keeper, struct kept *kept)
{
	map_remove(keeper->by_names, str_range(kept->names, kept->len));
	list_remove(&kept->link);
	mem_free(kept);
}

void redis_keeper_destroy(struct redis_keeper *keeper)
{
	if (keeper == NULL)
		return;
	reactor_disarm(keeper->reactor, &keeper->timer);
	list_each_safe (link, &keeper->by_age)
		drop(keeper, list_entry(link, struct kept, link));
	map_destroy(keeper->by_names);
	buf_finish(&keeper->key);
	mem_free(keeper);
}

void redis_keeper_keep(struct redis_keeper *keeper, struct str group, struct str member)
{
	struct str key = make_key(keeper, group, member);
	struct kept *kept = map_find(keeper->by_names, key);

	if (kept == NULL) {
		kept = mem_alloc(sizeof(*kept) + key.len);
		memcpy(kept->names, key.data, key.len);
		kept->group_len = group.len;
		kept->len = key.len;
		list_init(&kept->link);
		map_put(keeper->by_names, key, kept);
	}
	kept->due_ms = keeper->reactor->now_ms + keeper->renew_ms;
	list_remove(&kept->link);
	list_append(&keeper->by_age, &kept->link);
	if (!timer_is_armed(&keeper->timer))
		reactor_arm(keeper->reactor, &keeper->timer, TICK_MS);
}

void redis_keeper_drop(struct redis_keeper *keeper, struct str group, struct str member)
{
	struct kept *kept = map_find(keeper->by_names, make_key(keeper, group, member));

	if (kept != NULL)
		drop(keeper, kept);
	if (list_is_empty(&keeper->by_age))
		reactor_disarm(keeper->reactor, &keeper->timer);
}

void redis_keeper_renew_all(struct redis_keeper *keeper)
{
	list_each (link, &keeper->by_age)
		list_entry(link, struct kept, link)->due_ms = 0;
	if (!list_is_empty(&keeper->by_age))
		reactor_arm(keeper->reactor, &keeper->timer, 0);
}
