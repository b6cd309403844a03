/* SPDX-License-Identifier: MIT */
/* The layer of the hub. It forwards operations to the inner layer; the events of the inner layer go
 * to this broker and into the stream. Channels that no edge owns live here, as on a broker alone;
 * an operation on the channel of an edge becomes an errand of that edge. */
#include "broker/layer/nng/hub_private.h"

#include <stdio.h>
#include <string.h>

#include "broker/history/history.h"
#include "broker/layer/channel_name.h"
#include "broker/layer/nng/relay.h"
#include "broker/layer/notice.h"
#include "broker/layer/switchboard.h"
#include "common/base/mem.h"

struct hub_room {
	size_t count; /* of edges that have it open, and the hub itself */
	struct list openings; /* struct hub_opening */
};

struct hub *hub_of(struct layer *layer)
{
	return list_entry(layer, struct hub, layer);
}

/* The inner layer's sink. */

static void note_epoch(struct hub *hub, const char *epoch)
{
	snprintf(hub->epoch, sizeof(hub->epoch), "%s", epoch);
}

static void deliver(void *context, const struct event *event, const struct author *author)
{
	struct hub *hub = context;
	bool is_of_edge = author->kind == AUTHOR_EDGE;

	note_epoch(hub, event->epoch);
	if (hub->edge_count > 0)
		hub_tell_event(hub, event, is_of_edge ? hub_author_number(author->id) : 0,
			is_of_edge ? hub_author_edge(hub, author->id) : STR_OF(""));
	hub->sink.deliver(hub->sink.context, event, is_of_edge ? AUTHOR_OF_NOBODY : author);
}

static void settle(
	void *context, const struct author *author, enum layer_result result, uint64_t seq)
{
	hub_settle(context, author, result, seq);
}

static void end_opening(struct list *link)
{
	list_remove(link);
	mem_free(list_entry(link, struct hub_opening, link));
}

/* Moves the openings out of the room, because the room may close while they are answered. */
static void take_openings(struct hub_room *room, struct list *openings)
{
	list_init(openings);
	if (room != NULL)
		list_splice(openings, &room->openings);
}

static void open_came(void *context, struct str room, const struct layer_head *head)
{
	struct hub *hub = context;
	struct list openings;

	if (head != NULL)
		note_epoch(hub, head->epoch);
	take_openings(map_find(hub->rooms, room), &openings);
	list_each_safe (link, &openings) {
		const struct hub_opening *opening = list_entry(link, struct hub_opening, link);

		if (opening->edge == NULL)
			hub->sink.open(hub->sink.context, room, head);
		else
			hub_tell_result(hub, opening->author,
				head == NULL ? LAYER_STORAGE : LAYER_DONE, head);
		end_opening(link);
	}
}

static void tell_members(void *context, const struct author *asker, enum layer_result result,
	const struct layer_names *names)
{
	struct hub *hub = context;

	hub->sink.tell_members(hub->sink.context, asker, result, names);
}

static void note_idle(void *context)
{
	struct hub *hub = context;

	hub_send(hub);
	hub->sink.idle(hub->sink.context);
}

/* Rooms. A room is open while the hub or any edge has it open. */

static struct hub_opening *find_opening(const struct hub_room *room, const struct hub_edge *edge)
{
	list_each (link, &room->openings) {
		struct hub_opening *opening = list_entry(link, struct hub_opening, link);

		if (opening->edge == edge)
			return opening;
	}
	return NULL;
}

static void add_opening(struct hub_room *room, const struct hub_edge *edge, uint64_t author)
{
	struct hub_opening *opening = find_opening(room, edge);

	if (opening == NULL) {
		opening = mem_new(struct hub_opening);
		opening->edge = edge;
		list_append(&room->openings, &opening->link);
	}
	opening->author = author;
}

enum layer_result hub_open(struct hub *hub, struct str room, struct hub_edge *edge, uint64_t author,
	struct layer_head *head_out)
{
	struct hub_room *open = map_find(hub->rooms, room);

	if (open == NULL) {
		open = mem_new(struct hub_room);
		list_init(&open->openings);
		map_put(hub->rooms, room, open);
	}
	if (edge == NULL || map_put(edge->rooms, room, edge) == NULL)
		open->count++;
	if (hub->inner->ops->open_room(hub->inner, room, head_out))
		return LAYER_DONE;
	add_opening(open, edge, author);
	return LAYER_UNDER_WAY;
}

static void free_room(struct hub_room *room)
{
	list_each_safe (link, &room->openings)
		end_opening(link);
	mem_free(room);
}

void hub_close(struct hub *hub, struct str room, const struct hub_edge *edge)
{
	struct hub_room *open = map_find(hub->rooms, room);
	struct hub_opening *opening = open == NULL ? NULL : find_opening(open, edge);

	if (opening != NULL)
		end_opening(&opening->link);
	if (open == NULL || --open->count > 0)
		return;
	map_remove(hub->rooms, room);
	free_room(open);
	hub->inner->ops->close_room(hub->inner, room);
}

static bool open_room(struct layer *layer, struct str room, struct layer_head *head_out)
{
	struct hub *hub = hub_of(layer);
	bool is_open = hub_open(hub, room, NULL, 0, head_out) == LAYER_DONE;

	roster_open_room(hub->roster, room);
	return is_open;
}

static void close_room(struct layer *layer, struct str room)
{
	struct hub *hub = hub_of(layer);

	roster_close_room(hub->roster, room);
	hub_close(hub, room, NULL);
}

/* Channels and groups. */

static enum layer_result group_send(
	struct layer *layer, struct event *event, const struct author *author)
{
	return hub_group_send(hub_of(layer), event, author);
}

static enum layer_result send(struct layer *layer, struct str channel, const struct event *event,
	const struct author *author)
{
	struct buf text = { 0 };
	enum layer_result result;

	if (hub_edge_of_channel(hub_of(layer), channel) != NULL)
		json_print(&text, event->fields);
	result = hub_send_to(hub_of(layer), channel, buf_str(&text), event, author);
	buf_finish(&text);
	return result;
}

static enum layer_result group_add(
	struct layer *layer, struct str group, struct str channel, const struct author *asker)
{
	return hub_change_group(hub_of(layer), WIRE_ADD, group, channel, asker);
}

static enum layer_result group_discard(
	struct layer *layer, struct str group, struct str channel, const struct author *asker)
{
	return hub_change_group(hub_of(layer), WIRE_DISCARD, group, channel, asker);
}

static enum layer_result flush(struct layer *layer, const struct author *asker)
{
	(void)asker;
	hub_flush(hub_of(layer));
	return LAYER_DONE;
}

/* People and notices. */

void hub_note_person(
	struct hub *hub, struct str broker, struct str room, const struct user *user, bool is_here)
{
	struct wire_record record = wire_person(broker, room, user, is_here);

	if (!roster_note(hub->roster, broker, room, user, is_here)) {
		stat_add(hub->setting.stats, STAT_PEOPLE_REFUSED, 1);
		return;
	}
	hub_tell(hub, &record);
}

static void person(struct layer *layer, struct str room, const struct user *user, bool is_here)
{
	struct hub *hub = hub_of(layer);

	hub_note_person(hub, str_from(hub->setting.broker_id), room, user, is_here);
}

void hub_tell_notice(
	struct hub *hub, struct str broker, enum layer_notice_kind kind, struct str text)
{
	struct wire_record record = { .kind = WIRE_NOTICE, .broker = broker, .text = text };

	if (kind != NOTICE_ANNOUNCE) { /* an edge that was away need not hear announcements */
		record.number = hub_notices_add(hub->notices, broker, text);
		stat_add(hub->setting.stats, STAT_NOTICES_LOST, record.number == 0);
	}
	hub_tell(hub, &record);
}

static void notify(struct layer *layer, const struct layer_notice *notice)
{
	struct hub *hub = hub_of(layer);
	struct buf text = { 0 };
	struct json_writer writer = json_writer_to(&text);

	notice_write(notice, NULL, &writer);
	hub_tell_notice(hub, str_from(hub->setting.broker_id), notice->kind, buf_str(&text));
	buf_finish(&text);
}

static struct layer_counts count(const struct layer *layer)
{
	struct layer_counts counts = switchboard_count(layer);

	counts.edges = hub_count_places(list_entry(layer, struct hub, layer));
	return counts;
}

/* Forwarded to the inner layer. */

static const char *state(const struct layer *layer)
{
	const struct layer *inner = list_entry(layer, struct hub, layer)->inner;

	return inner->ops->state(inner);
}

static void hurry(struct layer *layer)
{
	struct layer *inner = hub_of(layer)->inner;

	inner->ops->hurry(inner);
}

static bool is_idle(const struct layer *layer)
{
	const struct layer *inner = list_entry(layer, struct hub, layer)->inner;

	return inner->ops->is_idle(inner);
}

static void forget_rooms(struct hub *hub)
{
	size_t position = 0;
	void *room;

	while (map_next(hub->rooms, &position, NULL, &room))
		free_room(room);
	map_destroy(hub->rooms);
}

void hub_destroy(struct hub *hub)
{
	list_each_safe (link, &hub->edges)
		hub_edge_end(list_entry(link, struct hub_edge, link));
	hub_drop_questions(hub);
	forget_rooms(hub);
	hub_end_stream(hub);
	if (hub->inner != NULL)
		hub->inner->ops->destroy(hub->inner);
	roster_destroy(hub->roster);
	hub_frames_destroy(hub->frames);
	hub_notices_destroy(hub->notices);
	buf_finish(&hub->records);
	buf_finish(&hub->message);
	if (hub->way.finish != NULL)
		hub->way.finish(hub->way.context);
	mem_free(hub);
}

static void destroy(struct layer *layer)
{
	hub_destroy(hub_of(layer));
}

static const struct layer_ops hub_ops = {
	.name = "nng",
	.destroy = destroy,
	.open_room = open_room,
	.close_room = close_room,
	.group_send = group_send,
	.new_channel = switchboard_new_channel,
	.send = send,
	.receive = switchboard_receive,
	.cancel_receive = switchboard_cancel_receive,
	.group_add = group_add,
	.group_discard = group_discard,
	.members = hub_members,
	.flush = flush,
	.leave = switchboard_leave,
	.end_owner = switchboard_end_owner,
	.count = count,
	.ask_rows = hub_ask_rows,
	.ask_page = hub_ask_page,
	.person = person,
	.notify = notify,
	.state = state,
	.hurry = hurry,
	.is_idle = is_idle,
};

static const struct layer_sink inner_sink = {
	.deliver = deliver,
	.settle = settle,
	.open = open_came,
	.tell_rows = hub_tell_rows,
	.tell_page = hub_tell_page,
	.tell_members = tell_members,
	.idle = note_idle,
	RELAY_SINK,
};

struct hub *hub_create(const struct layer_setting *setting, const struct hub_way *way)
{
	struct hub *hub = mem_new(struct hub);
	const struct roster_sink roster_sink = { setting->sink.tell_person, setting->sink.context };

	hub->layer.ops = &hub_ops;
	hub->setting = *setting;
	hub->sink = setting->sink;
	hub->setting.sink = inner_sink;
	hub->setting.sink.context = hub;
	hub->way = *way;
	hub->roster = roster_create(setting->broker_id, &roster_sink);
	hub->frames = hub_frames_create(HUB_FRAMES_BYTES_MAX);
	hub->notices = hub_notices_create();
	hub->rooms = map_create();
	list_init(&hub->edges);
	list_init(&hub->questions);
	list_init(&hub->gatherings);
	hub_begin_stream(hub);
	return hub;
}

const struct layer_setting *hub_setting(const struct hub *hub)
{
	return &hub->setting;
}

struct layer *hub_layer(struct hub *hub)
{
	return &hub->layer;
}

void hub_begin(struct hub *hub, struct layer *inner)
{
	hub->inner = inner;
	hub->layer.switchboard = inner->switchboard;
	hub->layer.is_shared = true;
	hub->layer.keeps_past = inner->keeps_past;
	hub->layer.finds_said = inner->finds_said;
}
