/* SPDX-License-Identifier: MIT */
/* The layer of an edge. It handles its own channels and forwards everything else to the hub. */
#include "broker/layer/nng/edge_private.h"

#include <string.h>

#include "broker/layer/channel_name.h"
#include "broker/layer/nng/relay.h"
#include "broker/layer/notice.h"
#include "broker/layer/switchboard.h"
#include "common/base/mem.h"

struct edge *edge_of(struct layer *layer)
{
	return list_entry(layer, struct edge, layer);
}

/* The follower's sink. */

static void deliver(void *context, const struct event *event, const struct author *author)
{
	struct edge *edge = context;

	edge->sink.deliver(edge->sink.context, event, author);
	switchboard_deliver(edge->layer.switchboard, event);
	edge_note_idle(edge);
}

static void settle_item(
	void *context, const struct author *author, enum layer_result result, uint64_t seq)
{
	struct edge *edge = context;

	edge->sink.settle(edge->sink.context, author, result, seq);
	edge_note_idle(edge);
}

static void open_came(void *context, struct str room, const struct layer_head *head)
{
	struct edge *edge = context;

	edge->sink.open(edge->sink.context, room, head);
	/* The room may have closed in that call: then all who waited were refused. */
	if (!follower_is_open(edge->follower, room) || map_find(edge->open_rooms, room) != NULL)
		return;
	map_put(edge->open_rooms, room, edge);
	roster_open_room(edge->roster, room);
}

static void begin_anew(void *context, struct str room, const struct layer_head *head)
{
	struct edge *edge = context;

	edge->sink.begin_anew(edge->sink.context, room, head);
}

static void ask_head(void *context, struct str room, const struct layer_head *seen)
{
	(void)seen;
	edge_ask_head(context, room);
}

static void count_drop(void *context)
{
	struct edge *edge = context;

	stat_add(edge->setting.stats, STAT_LAYER_EARLY_DROPPED, 1);
}

/* The switchboard's sink. */

static void settle_errand(
	void *context, const struct author *author, enum layer_result result, uint64_t seq)
{
	struct edge *edge = context;

	if (author->kind == AUTHOR_EDGE)
		edge_tell_done(edge, author->id, result);
	else
		edge->sink.settle(edge->sink.context, author, result, seq);
}

/* Rooms. */

static bool open_room(struct layer *layer, struct str room, struct layer_head *head_out)
{
	struct edge *edge = edge_of(layer);

	(void)head_out;
	follower_open(edge->follower, room);
	if (!edge->is_up) /* fail soon: nobody waits for a lost hub */
		reactor_schedule(edge->setting.reactor, &edge->fail_task);
	return false;
}

static void close_room(struct layer *layer, struct str room)
{
	struct edge *edge = edge_of(layer);

	if (map_remove(edge->open_rooms, room) != NULL)
		roster_close_room(edge->roster, room);
	follower_close(edge->follower, room);
	edge_forget_head(edge, room);
	edge_tell(edge, &(struct wire_record){ .kind = WIRE_CLOSE, .room = room });
}

static enum layer_result refusal(const struct edge *edge)
{
	if (!edge->is_up)
		return LAYER_UNAVAILABLE;
	return edge_is_full(edge) || edge->is_hurried ? LAYER_BUSY : LAYER_DONE;
}

static enum layer_result send_transient(
	struct edge *edge, const struct event *event, const struct author *author)
{
	struct wire_record record = { .kind = WIRE_EPHEMERAL,
		.room = event->room,
		.group = event->room.len > 0 ? STR_OF("") : event->group,
		.origin = event->origin,
		.via = event->via,
		.copies = event->copies };
	struct buf fields = { 0 };
	bool is_taken;

	wire_write_ref(author, &record);
	json_print(&fields, event->fields);
	record.text = buf_str(&fields);
	is_taken = edge_begin_errand(edge, EDGE_OTHERS, &record, author) != NULL;
	buf_finish(&fields);
	return is_taken ? LAYER_DONE : LAYER_BUSY;
}

/* The outcome comes later, but only to an author that waits for one. */
static enum layer_result send_to_group(
	struct edge *edge, const struct event *event, const struct author *author)
{
	enum layer_result result = send_transient(edge, event, author);

	return result == LAYER_DONE && author->kind != AUTHOR_NOBODY ? LAYER_UNDER_WAY : result;
}

static enum layer_result group_send(
	struct layer *layer, struct event *event, const struct author *author)
{
	struct edge *edge = edge_of(layer);
	enum layer_result result = refusal(edge);
	const struct follower_item *item;

	if (result != LAYER_DONE)
		return result;
	if (event->room.len == 0)
		return send_to_group(edge, event, author);
	if (!event->is_message)
		return send_transient(edge, event, author);
	item = follower_begin(edge->follower, event, author);
	if (item == NULL)
		return LAYER_BUSY;
	edge_tell_item(edge, item);
	return LAYER_SENT;
}

/* Channels and groups. */

/* Whether the channel is one of this broker's, also if it has gone. */
static bool is_ours(const struct edge *edge, struct str channel)
{
	uint64_t unused;
	enum channel_kind kind = channel_name_kind(channel, edge->setting.broker_id, &unused);

	return kind != CHANNEL_OPEN && kind != CHANNEL_STRANGE;
}

static enum layer_result forward(
	struct edge *edge, struct wire_record *record, const struct author *author)
{
	enum layer_result result = refusal(edge);

	if (result != LAYER_DONE)
		return result;
	return edge_begin_errand(edge, EDGE_OTHERS, record, author) == NULL ? LAYER_BUSY
									    : LAYER_UNDER_WAY;
}

static enum layer_result send(struct layer *layer, struct str channel, const struct event *event,
	const struct author *author)
{
	struct edge *edge = edge_of(layer);
	struct wire_record record = { .kind = WIRE_SEND, .channel = channel };
	struct buf fields = { 0 };
	enum layer_result result;

	if (is_ours(edge, channel))
		return switchboard_send(layer, channel, event, author);
	wire_write_ref(author, &record);
	json_print(&fields, event->fields);
	record.text = buf_str(&fields);
	result = forward(edge, &record, author);
	buf_finish(&fields);
	return result;
}

static enum layer_result receive(struct layer *layer, struct str channel,
	struct layer_receiver *receiver, struct buf *message_out)
{
	struct edge *edge = edge_of(layer);
	struct wire_record record = { .kind = WIRE_RECEIVE, .channel = channel };
	struct edge_errand *errand;

	if (is_ours(edge, channel))
		return switchboard_receive(layer, channel, receiver, message_out);
	if (str_find(channel, '!') < channel.len)
		return LAYER_NO_CHANNEL;
	if (!edge->is_up)
		return LAYER_UNAVAILABLE;
	errand = edge_begin_errand(edge, EDGE_OTHERS, &record, AUTHOR_OF_NOBODY);
	if (errand == NULL)
		return LAYER_CROWDED;
	errand->receiver = receiver;
	return LAYER_EMPTY;
}

static void cancel_receive(struct layer *layer, struct layer_receiver *receiver)
{
	struct edge *edge = edge_of(layer);

	list_each_safe (link, &edge->errands) {
		struct edge_errand *errand = list_entry(link, struct edge_errand, link);

		if (errand->receiver != receiver)
			continue;
		edge_tell(edge,
			&(struct wire_record){ .kind = WIRE_CANCEL, .number = errand->number });
		edge_end_errand(edge, errand);
	}
	switchboard_cancel_receive(layer, receiver);
}

static enum layer_result change_group(struct layer *layer, enum wire_kind kind, struct str group,
	struct str channel, const struct author *asker)
{
	struct wire_record record = { .kind = kind, .group = group, .channel = channel };

	if (!is_ours(edge_of(layer), channel))
		return forward(edge_of(layer), &record, asker);
	return kind == WIRE_ADD ? switchboard_group_add(layer, group, channel, asker)
				: switchboard_group_discard(layer, group, channel, asker);
}

static enum layer_result group_add(
	struct layer *layer, struct str group, struct str channel, const struct author *asker)
{
	return change_group(layer, WIRE_ADD, group, channel, asker);
}

static enum layer_result group_discard(
	struct layer *layer, struct str group, struct str channel, const struct author *asker)
{
	return change_group(layer, WIRE_DISCARD, group, channel, asker);
}

static enum layer_result flush(struct layer *layer, const struct author *asker)
{
	return forward(edge_of(layer), &(struct wire_record){ .kind = WIRE_FLUSH }, asker);
}

/* People and notices. */

static void person(struct layer *layer, struct str room, const struct user *user, bool is_here)
{
	struct edge *edge = edge_of(layer);
	struct wire_record record = wire_person(STR_OF(""), room, user, is_here);

	if (!roster_note(edge->roster, str_from(edge->setting.broker_id), room, user, is_here))
		stat_add(edge->setting.stats, STAT_PEOPLE_REFUSED, 1);
	edge_tell(edge, &record);
}

static void notify(struct layer *layer, const struct layer_notice *notice)
{
	struct edge *edge = edge_of(layer);
	enum edge_errand_class class = notice->kind == NOTICE_ANNOUNCE ? EDGE_OTHERS : EDGE_NOTICES;
	struct wire_record record = { .kind = WIRE_NOTICE };
	struct buf text = { 0 };
	struct json_writer writer = json_writer_to(&text);

	notice_write(notice, NULL, &writer);
	record.text = buf_str(&text);
	if (edge_begin_errand(edge, class, &record, AUTHOR_OF_NOBODY) == NULL)
		stat_add(edge->setting.stats, STAT_NOTICES_LOST, 1);
	buf_finish(&text);
}

static struct layer_counts count(const struct layer *layer)
{
	const struct edge *edge = list_entry(layer, struct edge, layer);
	struct layer_counts counts = switchboard_count(layer);

	counts.is_down = !edge->is_up;
	counts.waiting_bytes = edge->waiting.len;
	return counts;
}

static const char *state(const struct layer *layer)
{
	return list_entry(layer, struct edge, layer)->is_up ? "ok" : "unavailable";
}

static void hurry(struct layer *layer)
{
	edge_of(layer)->is_hurried = true;
}

/* A lost hub answers nothing, so nothing is waited for. */
static bool is_idle(const struct layer *layer)
{
	const struct edge *edge = list_entry(layer, struct edge, layer);

	return !edge->is_up || (follower_items(edge->follower) == 0 && edge->waiting.len == 0);
}

static void destroy(struct layer *layer)
{
	struct edge *edge = edge_of(layer);

	edge->is_hurried = false;
	edge_end(edge);
	edge_drop_questions(edge);
	edge_drop_errands(edge);
	follower_destroy(edge->follower);
	roster_destroy(edge->roster);
	map_destroy(edge->open_rooms);
	switchboard_destroy(layer->switchboard);
	if (edge->way.finish != NULL)
		edge->way.finish(edge->way.context);
	mem_free(edge);
}

static const struct layer_ops edge_ops = {
	.name = "nng",
	.destroy = destroy,
	.open_room = open_room,
	.close_room = close_room,
	.group_send = group_send,
	.new_channel = switchboard_new_channel,
	.send = send,
	.receive = receive,
	.cancel_receive = cancel_receive,
	.group_add = group_add,
	.group_discard = group_discard,
	.members = edge_members,
	.flush = flush,
	.leave = switchboard_leave,
	.end_owner = switchboard_end_owner,
	.count = count,
	.ask_rows = edge_ask_rows,
	.ask_page = edge_ask_page,
	.ask_above = edge_ask_above,
	.person = person,
	.notify = notify,
	.state = state,
	.hurry = hurry,
	.is_idle = is_idle,
};

static const struct layer_sink switchboard_sink = {
	.settle = settle_errand,
	RELAY_SINK,
};

static struct follower *create_follower(struct edge *edge)
{
	const struct follower_sink sink = { .context = edge,
		.deliver = deliver,
		.settle = settle_item,
		.open = open_came,
		.begin_anew = begin_anew,
		.ask_head = ask_head,
		.ask_rows = edge_ask_missed_rows,
		.drop = count_drop };

	return follower_create(&sink);
}

struct edge *edge_create(const struct layer_setting *setting, const struct edge_way *way)
{
	struct edge *edge = mem_new(struct edge);
	const struct roster_sink roster_sink = { setting->sink.tell_person, setting->sink.context };

	edge->layer.ops = &edge_ops;
	edge->layer.is_shared = edge->layer.receives_late = true;
	edge->layer.keeps_past = true; /* until WELCOME says whether it is so */
	edge->setting = *setting;
	edge->sink = setting->sink;
	edge->setting.sink = switchboard_sink;
	edge->setting.sink.context = edge;
	edge->layer.switchboard = switchboard_create(&edge->setting);
	edge->way = *way;
	edge->follower = create_follower(edge);
	edge->roster = roster_create(setting->broker_id, &roster_sink);
	edge->open_rooms = map_create();
	edge_begin_errands(edge);
	list_init(&edge->questions);
	edge_begin(edge);
	return edge;
}

struct layer *edge_layer(struct edge *edge)
{
	return &edge->layer;
}
