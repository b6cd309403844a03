/* SPDX-License-Identifier: MIT */
/* A room's group is there while it has members. Its head is asked for in the line of the messages:
 * what comes out behind the answer is what the head does not count. */
#include "broker/layer/stored.h"

#include "common/base/clock.h"
#include "common/base/map.h"
#include "common/base/mem.h"

struct stored {
	struct layer layer;
	struct layer_sink sink;
	struct history *history; /* borrowed */
	struct map *groups; /* by room */
};

struct stored_group {
	uint64_t seq; /* of the last that has come out; counts once it is open */
	bool is_open;
};

static const enum layer_result results[] = {
	[HISTORY_COMMITTED] = LAYER_SENT,
	[HISTORY_REPEATED] = LAYER_REPEATED,
	[HISTORY_BUSY] = LAYER_BUSY,
	[HISTORY_STORAGE] = LAYER_STORAGE,
};

static struct stored *stored_of(struct layer *layer)
{
	return list_entry(layer, struct stored, layer);
}

static struct layer_head head_of(const struct stored *stored, const struct stored_group *group)
{
	return (struct layer_head){ history_epoch(stored->history), group->seq };
}

static bool group_add(struct layer *layer, struct str room, struct layer_head *head_out)
{
	struct stored *stored = stored_of(layer);
	struct stored_group *group = map_find(stored->groups, room);

	if (group == NULL) {
		group = mem_new(struct stored_group);
		map_put(stored->groups, room, group);
		history_ask_head(stored->history, room);
	}
	if (group->is_open)
		*head_out = head_of(stored, group);
	return group->is_open;
}

static void group_discard(struct layer *layer, struct str room)
{
	mem_free(map_remove(stored_of(layer)->groups, room));
}

static enum layer_result send_ephemeral(
	struct stored *stored, struct event *event, const struct author *author)
{
	event->time_ms = clock_wall_ms();
	event->epoch = history_epoch(stored->history);
	event->seq = 0;
	stored->sink.deliver(stored->sink.context, event, author);
	return LAYER_SENT;
}

static enum layer_result group_send(
	struct layer *layer, struct event *event, const struct author *author)
{
	struct stored *stored = stored_of(layer);
	struct history_entry entry = { .room = event->room,
		.user = event->user,
		.text = event->message,
		.ref = author->ref,
		.sender = author->sender,
		.author = { (uint64_t)author->kind, author->id },
		.origin = event->origin,
		.via = event->via,
		.copies = event->copies };

	if (!event->is_message)
		return send_ephemeral(stored, event, author);
	return history_submit(stored->history, &entry) ? LAYER_SENT : LAYER_BUSY;
}

static bool group_head(struct layer *layer, struct str room, struct layer_head *head_out)
{
	struct stored *stored = stored_of(layer);
	const struct stored_group *group = map_find(stored->groups, room);

	if (group == NULL || !group->is_open)
		return false;
	*head_out = head_of(stored, group);
	return true;
}

static void deliver(
	struct stored *stored, const struct history_outcome *outcome, const struct author *author)
{
	const struct history_entry *entry = outcome->entry;
	struct stored_group *group = map_find(stored->groups, entry->room);
	struct event event = { .type = STR("chat.message"),
		.is_message = true,
		.room = entry->room,
		.message = entry->text,
		.user = entry->user,
		.origin = entry->origin,
		.via = entry->via,
		.copies = entry->copies,
		.seq = outcome->seq,
		.epoch = history_epoch(stored->history),
		.time_ms = outcome->time_ms };

	if (group != NULL)
		group->seq = outcome->seq;
	stored->sink.deliver(stored->sink.context, &event, author);
}

void layer_settle(struct layer *layer, const struct history_outcome *outcome)
{
	struct stored *stored = stored_of(layer);
	struct author author = { .kind = (enum author_kind)outcome->entry->author[0],
		.id = outcome->entry->author[1],
		.ref = outcome->entry->ref,
		.sender = outcome->entry->sender };

	if (outcome->result == HISTORY_COMMITTED)
		deliver(stored, outcome, &author);
	else
		stored->sink.settle(
			stored->sink.context, &author, results[outcome->result], outcome->seq);
}

void layer_open(struct layer *layer, struct str room, uint64_t seq, enum store_problem problem)
{
	struct stored *stored = stored_of(layer);
	struct stored_group *group = map_find(stored->groups, room);
	struct layer_head head;

	if (group == NULL || group->is_open) /* all have left again, or somebody asked twice */
		return;
	group->seq = seq;
	group->is_open = problem == STORE_OK;
	head = head_of(stored, group);
	stored->sink.open(stored->sink.context, room, group->is_open ? &head : NULL);
}

static void destroy(struct layer *layer)
{
	struct stored *stored = stored_of(layer);
	size_t position = 0;
	void *group;

	while (map_next(stored->groups, &position, NULL, &group))
		mem_free(group);
	map_destroy(stored->groups);
	mem_free(stored);
}

static const struct layer_ops stored_ops = {
	.name = "local",
	.destroy = destroy,
	.group_add = group_add,
	.group_discard = group_discard,
	.group_send = group_send,
	.group_head = group_head,
};

struct layer *layer_create_stored(struct history *history, const struct layer_sink *sink)
{
	struct stored *stored = mem_new(struct stored);

	stored->layer.ops = &stored_ops;
	stored->history = history;
	stored->sink = *sink;
	stored->groups = map_create();
	return &stored->layer;
}
