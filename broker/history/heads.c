/* SPDX-License-Identifier: MIT */
/* A map, and a list of the heads that the open transaction has changed. Forgetting all at once
 * when there are too many is as good as forgetting the oldest: what is asked for again costs one
 * read. */
#include "broker/history/heads.h"

#include "common/base/map.h"
#include "common/base/mem.h"

struct heads {
	struct map *by_name; /* owned, and its values: struct head */
	struct list changed;
};

struct heads *heads_create(void)
{
	struct heads *heads = mem_new(struct heads);

	heads->by_name = map_create();
	list_init(&heads->changed);
	return heads;
}

static void free_all(struct heads *heads)
{
	size_t position = 0;
	void *head;

	while (map_next(heads->by_name, &position, NULL, &head))
		mem_free(head);
	map_destroy(heads->by_name);
	list_init(&heads->changed);
}

void heads_destroy(struct heads *heads)
{
	if (heads == NULL)
		return;
	free_all(heads);
	mem_free(heads);
}

struct head *heads_find(const struct heads *heads, struct str name)
{
	return map_find(heads->by_name, name);
}

struct head *heads_add(struct heads *heads, struct str name, const struct archive_room *room)
{
	struct head *head = mem_new(struct head);

	head->room = *room;
	list_init(&head->changed_link);
	map_put(heads->by_name, name, head);
	return head;
}

void heads_change(struct heads *heads, struct head *head)
{
	if (!list_is_empty(&head->changed_link))
		return;
	head->before = head->room;
	list_append(&heads->changed, &head->changed_link);
}

void heads_keep(struct heads *heads)
{
	while (!list_is_empty(&heads->changed))
		list_remove(heads->changed.next);
}

void heads_take_back(struct heads *heads)
{
	list_each (link, &heads->changed) {
		struct head *head = list_entry(link, struct head, changed_link);

		head->room = head->before;
	}
	heads_keep(heads);
}

void heads_forget(struct heads *heads)
{
	free_all(heads);
	heads->by_name = map_create();
}

void heads_trim(struct heads *heads)
{
	if (map_count(heads->by_name) > HEADS_MAX)
		heads_forget(heads);
}
