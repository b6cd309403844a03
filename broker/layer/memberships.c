/* SPDX-License-Identifier: MIT */
/* Groups and channels are found by name, memberships by both names, so that adding twice is noticed
 * at once however large either is. All memberships last equally long, so those that expire are in
 * one list, the next one first. */
#include "broker/layer/memberships.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/base/map.h"
#include "common/base/mem.h"

struct membership_group {
	struct list memberships;
	struct str name;
	char data[];
};

struct memberships {
	uint64_t expiry_ms;
	struct map *groups; /* owned, with its values */
	struct map *channels; /* the same */
	struct map *pairs; /* the same: struct membership by "<group> <channel>" */
	struct list by_age;
	struct buf key; /* of a pair */
};

struct memberships *memberships_create(uint64_t expiry_ms)
{
	struct memberships *memberships = mem_new(struct memberships);

	memberships->expiry_ms = expiry_ms;
	memberships->groups = map_create();
	memberships->channels = map_create();
	memberships->pairs = map_create();
	list_init(&memberships->by_age);
	return memberships;
}

void memberships_destroy(struct memberships *memberships)
{
	if (memberships == NULL)
		return;
	memberships_flush(memberships);
	map_destroy(memberships->groups);
	map_destroy(memberships->channels);
	map_destroy(memberships->pairs);
	buf_finish(&memberships->key);
	mem_free(memberships);
}

/* No name has a blank. The key is borrowed until the next call. */
static struct str pair_key(struct memberships *memberships, struct str group, struct str channel)
{
	buf_clear(&memberships->key);
	buf_append_str(&memberships->key, group);
	buf_append_char(&memberships->key, ' ');
	buf_append_str(&memberships->key, channel);
	return buf_str(&memberships->key);
}

static struct membership_group *open_group(struct memberships *memberships, struct str name)
{
	struct membership_group *group = map_find(memberships->groups, name);

	if (group != NULL)
		return group;
	group = mem_alloc(sizeof(*group) + name.len);
	memcpy(group->data, name.data, name.len);
	group->name = str_range(group->data, name.len);
	list_init(&group->memberships);
	map_put(memberships->groups, name, group);
	return group;
}

static struct membership_channel *open_channel(
	struct memberships *memberships, struct str name, uint64_t connection)
{
	struct membership_channel *channel = map_find(memberships->channels, name);

	if (channel != NULL)
		return channel;
	channel = mem_alloc(sizeof(*channel) + name.len);
	memcpy(channel->data, name.data, name.len);
	channel->name = str_range(channel->data, name.len);
	channel->connection = connection;
	list_init(&channel->memberships);
	map_put(memberships->channels, name, channel);
	return channel;
}

static void renew(struct memberships *memberships, struct membership *membership, uint64_t now_ms)
{
	membership->renewed_ms = now_ms;
	list_remove(&membership->age_link);
	if (membership->channel->connection == 0)
		list_append(&memberships->by_age, &membership->age_link);
}

static bool is_one_too_many(const struct memberships *memberships, struct str channel_name)
{
	const struct membership_channel *channel = map_find(memberships->channels, channel_name);

	return memberships_count(memberships) >= MEMBERSHIPS_MAX ||
	       (channel != NULL && channel->count >= MEMBERSHIPS_OF_CHANNEL_MAX);
}

static struct membership *create(struct memberships *memberships, struct str group_name,
	struct str channel_name, uint64_t connection)
{
	struct membership *membership = mem_new(struct membership);
	struct membership_channel *channel = open_channel(memberships, channel_name, connection);

	membership->group = open_group(memberships, group_name);
	membership->channel = channel;
	channel->count++;
	list_append(&membership->group->memberships, &membership->group_link);
	list_append(&channel->memberships, &membership->channel_link);
	list_init(&membership->age_link);
	map_put(memberships->pairs, pair_key(memberships, group_name, channel_name), membership);
	return membership;
}

bool memberships_add(struct memberships *memberships, struct str group, struct str channel,
	uint64_t connection, uint64_t now_ms)
{
	struct membership *membership = map_find(
		memberships->pairs, pair_key(memberships, group, channel));

	if (membership == NULL && is_one_too_many(memberships, channel))
		return false;
	if (membership == NULL)
		membership = create(memberships, group, channel, connection);
	renew(memberships, membership, now_ms);
	return true;
}

static void drop(struct memberships *memberships, struct membership *membership)
{
	struct membership_group *group = membership->group;
	struct membership_channel *channel = (struct membership_channel *)membership->channel;

	map_remove(memberships->pairs, pair_key(memberships, group->name, channel->name));
	list_remove(&membership->group_link);
	list_remove(&membership->channel_link);
	list_remove(&membership->age_link);
	mem_free(membership);
	if (list_is_empty(&group->memberships)) {
		map_remove(memberships->groups, group->name);
		mem_free(group);
	}
	if (--channel->count == 0) {
		map_remove(memberships->channels, channel->name);
		mem_free(channel);
	}
}

void memberships_discard(struct memberships *memberships, struct str group, struct str channel)
{
	struct membership *membership = map_find(
		memberships->pairs, pair_key(memberships, group, channel));

	if (membership != NULL)
		drop(memberships, membership);
}

void memberships_discard_all(struct memberships *memberships, struct str name)
{
	const struct membership_channel *channel;

	while ((channel = map_find(memberships->channels, name)) != NULL)
		drop(memberships,
			list_entry(channel->memberships.next, struct membership, channel_link));
}

void memberships_renew(struct memberships *memberships, struct str name, uint64_t now_ms)
{
	const struct membership_channel *channel = map_find(memberships->channels, name);

	if (channel == NULL)
		return;
	list_each (link, &channel->memberships)
		renew(memberships, list_entry(link, struct membership, channel_link), now_ms);
}

void memberships_flush(struct memberships *memberships)
{
	size_t position = 0;
	void *membership;

	while (map_next(memberships->pairs, &position, NULL, &membership))
		drop(memberships, membership);
}

uint64_t memberships_due_ms(const struct memberships *memberships)
{
	if (list_is_empty(&memberships->by_age))
		return UINT64_MAX;
	return list_entry(memberships->by_age.next, struct membership, age_link)->renewed_ms +
	       memberships->expiry_ms;
}

void memberships_expire(struct memberships *memberships, uint64_t now_ms)
{
	while (memberships_due_ms(memberships) <= now_ms)
		drop(memberships,
			list_entry(memberships->by_age.next, struct membership, age_link));
}

size_t memberships_count(const struct memberships *memberships)
{
	return map_count(memberships->pairs);
}

const struct list *memberships_of(const struct memberships *memberships, struct str name)
{
	const struct membership_group *group = map_find(memberships->groups, name);

	return group == NULL ? NULL : &group->memberships;
}

const struct membership_channel *memberships_find_channel(
	const struct memberships *memberships, struct str name)
{
	return map_find(memberships->channels, name);
}

const struct membership *memberships_next(
	const struct membership_channel *channel, const struct membership *previous)
{
	const struct list *link = previous == NULL ? channel->memberships.next
						   : previous->channel_link.next;

	return link == &channel->memberships ? NULL
					     : list_entry(link, struct membership, channel_link);
}

const struct membership *memberships_walk(const struct memberships *memberships, size_t *position)
{
	void *membership;

	return map_next(memberships->pairs, position, NULL, &membership) ? membership : NULL;
}

struct str membership_group_name(const struct membership *membership)
{
	return membership->group->name;
}
