/* SPDX-License-Identifier: MIT */
/* A table of groups. A message to a room without members opens its group, too, so that what a cron
 * job says and what `members` tells later are in one numbering for a while. An event without a
 * number opens none. */
#include "broker/layer/local.h"

#include "broker/history/refs.h"
#include "broker/layer/alone.h"
#include "broker/layer/author.h"
#include "broker/layer/group.h"
#include "broker/layer/switchboard.h"
#include "common/base/clock.h"
#include "common/base/map.h"
#include "common/base/mem.h"

struct local {
	struct layer layer;
	struct reactor *reactor;
	struct layer_sink sink;
	struct map *groups;
	size_t idle; /* the groups without members */
	struct refs *refs; /* owned */
};

static struct local *local_of(struct layer *layer)
{
	return list_entry(layer, struct local, layer);
}

static void drop_group(struct local *local, struct group *group)
{
	if (!group->has_members)
		local->idle--;
	reactor_disarm(local->reactor, &group->idle_timer);
	map_remove(local->groups, str_from(group->room));
	group_destroy(group);
}

static void expire_group(struct timer *timer)
{
	struct group *group = list_entry(timer, struct group, idle_timer);

	drop_group(group->layer, group);
}

static struct group *open_group(struct local *local, struct str room)
{
	struct group *group = group_create(room, local, expire_group);

	map_put(local->groups, room, group);
	local->idle++;
	return group;
}

static bool open_room(struct layer *layer, struct str room, struct layer_head *head_out)
{
	struct local *local = local_of(layer);
	struct group *group = map_find(local->groups, room);

	if (group == NULL)
		group = open_group(local, room);
	if (!group->has_members)
		local->idle--;
	group->has_members = true;
	reactor_disarm(local->reactor, &group->idle_timer);
	*head_out = (struct layer_head){ group->epoch, group->seq };
	return true;
}

static void close_room(struct layer *layer, struct str room)
{
	struct local *local = local_of(layer);
	struct group *group = map_find(local->groups, room);

	if (group == NULL)
		return;
	if (group->has_members)
		local->idle++;
	group->has_members = false;
	if (local->idle > LOCAL_IDLE_MAX)
		drop_group(local, group);
	else
		reactor_arm(local->reactor, &group->idle_timer, LOCAL_KEEP_MS);
}

/* The group of a message; NULL when there would be too many. */
static struct group *message_group(struct local *local, struct str room)
{
	struct group *group = map_find(local->groups, room);

	if (group == NULL && local->idle < LOCAL_IDLE_MAX)
		group = open_group(local, room);
	if (group != NULL && !group->has_members)
		reactor_arm(local->reactor, &group->idle_timer, LOCAL_KEEP_MS);
	return group;
}

/* Whether this message is a retry that was delivered before; its author is told so then. */
static bool is_repeated(struct local *local, const struct event *event, const struct author *author,
	uint8_t key[static REFS_KEY_SIZE])
{
	uint64_t seq;

	refs_key(event->room, author->sender, author->ref, key);
	if (!refs_find(local->refs, key, (int64_t)clock_monotonic_ms(), &seq))
		return false;
	local->sink.settle(local->sink.context, author, LAYER_REPEATED, seq);
	return true;
}

static enum layer_result send_to_room(
	struct local *local, struct event *event, const struct author *author)
{
	bool has_ref = event->is_message && author_has_ref(author);
	uint8_t key[REFS_KEY_SIZE];
	struct group *group;

	if (has_ref && is_repeated(local, event, author, key))
		return LAYER_SENT;
	if (event->is_only_looked_for)
		return LAYER_NOT_SAID;
	group = event->is_message ? message_group(local, event->room)
				  : map_find(local->groups, event->room);
	if (group == NULL && event->is_message)
		return LAYER_TOO_MANY_ROOMS;
	if (group != NULL)
		group_number(group, event);
	else
		group_stamp(event);
	if (has_ref)
		(void)refs_add(local->refs, key, event->seq, (int64_t)clock_monotonic_ms());
	local->sink.deliver(local->sink.context, event, author);
	switchboard_deliver(local->layer.switchboard, event);
	return LAYER_SENT;
}

static enum layer_result group_send(
	struct layer *layer, struct event *event, const struct author *author)
{
	if (event->room.len == 0)
		return switchboard_group_send(layer->switchboard, event, author);
	return send_to_room(local_of(layer), event, author);
}

static void destroy(struct layer *layer)
{
	struct local *local = local_of(layer);
	size_t position = 0;
	void *group;

	while (map_next(local->groups, &position, NULL, &group))
		drop_group(local, group);
	map_destroy(local->groups);
	switchboard_destroy(layer->switchboard);
	refs_destroy(local->refs);
	mem_free(local);
}

static bool ask_rows(
	struct layer *layer, struct str room, uint64_t after, uint64_t until, size_t bytes_max)
{
	(void)layer, (void)room, (void)after, (void)until, (void)bytes_max;
	return false;
}

static bool ask_page(struct layer *layer, const struct page *page, uint64_t asker)
{
	(void)layer, (void)page, (void)asker;
	return false;
}

static const char *state(const struct layer *layer)
{
	(void)layer;
	return "ok";
}

/* Nothing is ever under way: messages are delivered at once. */
static void hurry(struct layer *layer)
{
	(void)layer;
}

static bool is_idle(const struct layer *layer)
{
	(void)layer;
	return true;
}

static const struct layer_ops local_ops = {
	.name = "local",
	.destroy = destroy,
	.open_room = open_room,
	.close_room = close_room,
	.group_send = group_send,
	.ask_rows = ask_rows,
	.ask_page = ask_page,
	.state = state,
	.hurry = hurry,
	.is_idle = is_idle,
	ALONE_OPS,
	SWITCHBOARD_OPS,
};

struct layer *layer_create_local(const struct layer_setting *setting)
{
	struct local *local = mem_new(struct local);

	local->layer.ops = &local_ops;
	local->layer.finds_said = true;
	local->layer.switchboard = switchboard_create(setting);
	local->reactor = setting->reactor;
	local->sink = setting->sink;
	local->groups = map_create();
	local->refs = refs_create(REFS_MAX);
	return &local->layer;
}
