/* SPDX-License-Identifier: MIT */
/* Groups stand in one list for each size. A member more or less moves its group one list up or
 * down, so that the largest is always known and nothing is ever searched. */
#include "broker/crowd.h"

#include <assert.h>
#include <string.h>

#include "broker/quota.h"
#include "common/base/map.h"
#include "common/base/mem.h"

struct crowd_group {
	struct list link; /* in sizes[count] */
	struct list members; /* oldest first */
	size_t count;
	size_t key_len;
	char key[];
};

struct crowd {
	struct map *groups; /* by client */
	size_t count;
	size_t members_max;
	size_t largest; /* the size of the largest group; 0 when there is none */
	struct list sizes[]; /* of groups; one for each size up to members_max */
};

struct crowd *crowd_create(size_t members_max)
{
	struct crowd *crowd = mem_alloc(sizeof(*crowd) + (members_max + 1) * sizeof(struct list));

	crowd->groups = map_create();
	crowd->members_max = members_max;
	for (size_t i = 0; i <= members_max; i++)
		list_init(&crowd->sizes[i]);
	return crowd;
}

void crowd_destroy(struct crowd *crowd)
{
	if (crowd == NULL)
		return;
	assert(crowd->count == 0);
	map_destroy(crowd->groups);
	mem_free(crowd);
}

static struct crowd_group *group_create(struct crowd *crowd, struct str key)
{
	struct crowd_group *group = mem_alloc(sizeof(*group) + key.len);

	list_init(&group->link);
	list_init(&group->members);
	group->key_len = key.len;
	memcpy(group->key, key.data, key.len);
	map_put(crowd->groups, key, group);
	return group;
}

static void resize(struct crowd *crowd, struct crowd_group *group, size_t count)
{
	list_remove(&group->link);
	group->count = count;
	if (count > 0)
		list_append(&crowd->sizes[count], &group->link);
	if (count > crowd->largest)
		crowd->largest = count;
	else if (crowd->largest > 0 && list_is_empty(&crowd->sizes[crowd->largest]))
		crowd->largest--; /* where the group is now, or nobody at all */
}

void crowd_add(struct crowd *crowd, struct crowd_member *member, struct str client)
{
	struct address address;
	struct str key = quota_key(client, &address);
	struct crowd_group *group = map_find(crowd->groups, key);

	assert(member->group == NULL && crowd->count < crowd->members_max);
	if (group == NULL)
		group = group_create(crowd, key);
	member->group = group;
	list_append(&group->members, &member->link);
	resize(crowd, group, group->count + 1);
	crowd->count++;
}

void crowd_remove(struct crowd *crowd, struct crowd_member *member)
{
	struct crowd_group *group = member->group;

	if (group == NULL)
		return;
	member->group = NULL;
	list_remove(&member->link);
	resize(crowd, group, group->count - 1);
	crowd->count--;
	if (group->count > 0)
		return;
	map_remove(crowd->groups, str_range(group->key, group->key_len));
	mem_free(group);
}

size_t crowd_count(const struct crowd *crowd)
{
	return crowd->count;
}

struct crowd_member *crowd_choose(const struct crowd *crowd)
{
	const struct list *largest;

	if (crowd->largest == 0)
		return NULL;
	largest = list_first(&crowd->sizes[crowd->largest]);
	return list_entry(list_first(&list_entry(largest, struct crowd_group, link)->members),
		struct crowd_member, link);
}
