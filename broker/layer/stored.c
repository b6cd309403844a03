/* SPDX-License-Identifier: MIT */
/* No state is kept for a room. When it opens, its head is asked for in the same queue as its
 * messages; messages that the head does not count are delivered behind it. */
#include "broker/layer/stored.h"

#include "broker/layer/alone.h"
#include "broker/layer/switchboard.h"
#include "common/base/clock.h"
#include "common/base/list.h"
#include "common/base/mem.h"

struct stored {
	struct layer layer;
	struct layer_sink sink;
	struct history *history; /* borrowed */
	bool is_hurried;
};

static const enum layer_result results[] = {
	[HISTORY_COMMITTED] = LAYER_SENT,
	[HISTORY_REPEATED] = LAYER_REPEATED,
	[HISTORY_BUSY] = LAYER_BUSY,
	[HISTORY_STORAGE] = LAYER_STORAGE,
	[HISTORY_NOT_SAID] = LAYER_NOT_SAID,
	[HISTORY_NO_TARGET] = LAYER_NO_TARGET,
	[HISTORY_NOT_YOURS] = LAYER_NOT_YOURS,
	[HISTORY_TOO_LATE] = LAYER_TOO_LATE,
};

static struct stored *stored_of(struct layer *layer)
{
	return list_entry(layer, struct stored, layer);
}

static bool open_room(struct layer *layer, struct str room, struct layer_head *head_out)
{
	(void)head_out;
	history_ask_head(stored_of(layer)->history, room);
	return false;
}

static void close_room(struct layer *layer, struct str room)
{
	(void)layer, (void)room;
}

/* Delivers to the connections first, then to the channels that were added. */
static void come_out(struct stored *stored, const struct event *event, const struct author *author)
{
	stored->sink.deliver(stored->sink.context, event, author);
	switchboard_deliver(stored->layer.switchboard, event);
}

static enum layer_result send_ephemeral(
	struct stored *stored, struct event *event, const struct author *author)
{
	event->time_ms = clock_wall_ms();
	event->epoch = history_epoch(stored->history);
	event->seq = 0;
	come_out(stored, event, author);
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
		.kind = event->kind,
		.target = event->target,
		.changes_any = event->changes_any,
		.is_only_looked_for = event->is_only_looked_for,
		.author = { (uint64_t)author->kind, author->id },
		.origin = event->origin,
		.via = event->via,
		.copies = event->copies };

	if (event->room.len == 0)
		return switchboard_group_send(layer->switchboard, event, author);
	if (!event->is_message)
		return send_ephemeral(stored, event, author);
	return history_submit(stored->history, &entry) ? LAYER_SENT : LAYER_BUSY;
}

static void deliver(
	struct stored *stored, const struct history_outcome *outcome, const struct author *author)
{
	const struct history_entry *entry = outcome->entry;
	struct event event = { .type = STR("chat.message"),
		.is_message = true,
		.kind = entry->kind,
		.target = entry->target,
		.changes_any = entry->changes_any,
		.room = entry->room,
		.message = entry->text,
		.user = entry->user,
		.origin = entry->origin,
		.via = entry->via,
		.copies = entry->copies,
		.seq = outcome->seq,
		.epoch = history_epoch(stored->history),
		.time_ms = outcome->time_ms };

	come_out(stored, &event, author);
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
	if (stored->is_hurried && history_is_idle(stored->history))
		stored->sink.idle(stored->sink.context);
}

void layer_open(struct layer *layer, struct str room, uint64_t seq, enum store_problem problem)
{
	struct stored *stored = stored_of(layer);
	struct layer_head head = { history_epoch(stored->history), seq };

	stored->sink.open(stored->sink.context, room, problem == STORE_OK ? &head : NULL);
}

static bool ask_rows(
	struct layer *layer, struct str room, uint64_t after, uint64_t until, size_t bytes_max)
{
	return history_ask_rows(stored_of(layer)->history, room, after, until, bytes_max);
}

void layer_tell_rows(struct layer *layer, const struct history_rows *rows)
{
	const struct layer_sink *sink = &stored_of(layer)->sink;

	sink->tell_rows(sink->context, rows);
}

static bool ask_page(struct layer *layer, const struct page *page, uint64_t asker)
{
	return history_ask_page(stored_of(layer)->history, page, asker);
}

void layer_tell_page(
	struct layer *layer, uint64_t asker, enum store_problem problem, struct str members)
{
	struct stored *stored = stored_of(layer);

	stored->sink.tell_page(
		stored->sink.context, asker, problem, history_epoch(stored->history), members);
}

static const char *state(const struct layer *layer)
{
	const struct stored *stored = list_entry(layer, struct stored, layer);

	return store_problem_code(history_problem(stored->history));
}

static void hurry(struct layer *layer)
{
	stored_of(layer)->is_hurried = true;
	history_hurry(stored_of(layer)->history);
}

static bool is_idle(const struct layer *layer)
{
	return history_is_idle(list_entry(layer, struct stored, layer)->history);
}

static void destroy(struct layer *layer)
{
	switchboard_destroy(layer->switchboard);
	mem_free(stored_of(layer));
}

static const struct layer_ops stored_ops = {
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

struct layer *layer_create_stored(struct history *history, const struct layer_setting *setting)
{
	struct stored *stored = mem_new(struct stored);

	stored->layer.ops = &stored_ops;
	stored->layer.keeps_past = true;
	stored->layer.finds_said = true;
	stored->history = history;
	stored->layer.switchboard = switchboard_create(setting);
	stored->sink = setting->sink;
	return &stored->layer;
}
