/* SPDX-License-Identifier: MIT */
/* The hub's stream. The records of one turn of the loop are one frame. Nothing is written while
 * there are no edges. */
#include "broker/layer/nng/hub_private.h"

/* A frame ends with the record that exceeds this size. */
#define HUB_FRAME_BYTES (256 * 1024)
/* An author id is the serial of an edge and, in its lower 40 bits, the number of an item. That is
 * enough for half a million items a second for three weeks of a session, and sixteen million
 * sessions. */
#define AUTHOR_SERIAL_SHIFT 40

static void publish(struct hub *hub, struct str records)
{
	const struct wire_record head = { .kind = WIRE_FRAME,
		.number = hub_frames_last(hub->frames),
		.broker = str_from(hub->setting.broker_id) };

	buf_clear(&hub->message);
	wire_write(&head, &hub->message);
	buf_append_str(&hub->message, records);
	hub->way.publish(hub->way.context, buf_str(&hub->message));
}

void hub_send(struct hub *hub)
{
	if (hub->records.len == 0)
		return;
	hub_frames_add(hub->frames, buf_str(&hub->records));
	publish(hub, buf_str(&hub->records));
	buf_clear(&hub->records);
	reactor_arm(hub->setting.reactor, &hub->beat_timer, HUB_ECHO_MS);
}

static void run_send(struct reactor_task *task)
{
	hub_send(list_entry(task, struct hub, send_task));
}

static void beat(struct timer *timer)
{
	struct hub *hub = list_entry(timer, struct hub, beat_timer);

	publish(hub, STR_OF(""));
	reactor_arm(hub->setting.reactor, timer, HUB_TICK_MS);
}

/* If this process was suspended, that time does not count as silence of the edges. */
static void tick(struct timer *timer)
{
	struct hub *hub = list_entry(timer, struct hub, tick_timer);
	uint64_t late_ms = hub->setting.reactor->now_ms - hub->tick_ms;

	hub->tick_ms = hub->setting.reactor->now_ms;
	if (late_ms > 2 * HUB_TICK_MS) {
		list_each (link, &hub->edges)
			list_entry(link, struct hub_edge, link)->heard_ms += late_ms;
	}
	hub_check_silence(hub);
	hub_check_gatherings(hub);
	reactor_arm(hub->setting.reactor, timer, HUB_TICK_MS);
}

void hub_tell(struct hub *hub, const struct wire_record *record)
{
	if (hub->edge_count == 0)
		return;
	wire_write(record, &hub->records);
	if (hub->records.len > HUB_FRAME_BYTES)
		hub_send(hub);
	else
		reactor_schedule(hub->setting.reactor, &hub->send_task);
}

/* Authors. */

bool hub_is_number(uint64_t number)
{
	return number >> AUTHOR_SERIAL_SHIFT == 0;
}

uint64_t hub_author(const struct hub_edge *edge, uint64_t number)
{
	return edge->serial << AUTHOR_SERIAL_SHIFT | number;
}

uint64_t hub_author_number(uint64_t author)
{
	return author & ((UINT64_C(1) << AUTHOR_SERIAL_SHIFT) - 1);
}

struct author hub_author_of(uint64_t author)
{
	return (struct author){ .kind = AUTHOR_EDGE, .id = author };
}

struct str hub_author_edge(const struct hub *hub, uint64_t author)
{
	list_each (link, &hub->edges) {
		const struct hub_edge *edge = list_entry(link, struct hub_edge, link);

		if (edge->serial == author >> AUTHOR_SERIAL_SHIFT)
			return str_from(edge->id);
	}
	return STR_OF("");
}

void hub_tell_result(
	struct hub *hub, uint64_t author, enum layer_result result, const struct layer_head *head)
{
	struct str edge = hub_author_edge(hub, author);

	if (edge.len > 0)
		hub_tell(hub, &(struct wire_record){ .kind = WIRE_RESULT,
				      .number = hub_author_number(author),
				      .result = (uint64_t)result,
				      .seq = head == NULL ? 0 : head->seq,
				      .epoch = str_from(head == NULL ? "" : head->epoch),
				      .broker = edge });
}

void hub_settle(
	struct hub *hub, const struct author *author, enum layer_result result, uint64_t seq)
{
	struct layer_head head = { "", seq };

	if (author->kind == AUTHOR_EDGE)
		hub_tell_result(hub, author->id, result, &head);
	else
		hub->sink.settle(hub->sink.context, author, result, seq);
}

void hub_tell_event(struct hub *hub, const struct event *event, uint64_t number, struct str edge)
{
	struct wire_record record = { .kind = event->seq > 0 ? WIRE_EVENT : WIRE_TRANSIENT,
		.number = number,
		.seq = event->seq,
		.time_ms = (uint64_t)event->time_ms,
		.broker = edge,
		.room = event->room,
		.group = event->group,
		.user = event->user,
		.text = event->message,
		.epoch = str_from(event->epoch),
		.origin = event->origin,
		.via = event->via,
		.copies = event->copies };
	struct buf fields = { 0 };

	wire_write_change(event, &record);
	if (event->seq == 0) {
		json_print(&fields, event->fields);
		record.text = buf_str(&fields);
	}
	hub_tell(hub, &record);
	buf_finish(&fields);
}

void hub_begin_stream(struct hub *hub)
{
	reactor_task_init(&hub->send_task, run_send);
	timer_init(&hub->beat_timer, beat);
	timer_init(&hub->tick_timer, tick);
	hub->tick_ms = hub->setting.reactor->now_ms;
	reactor_arm(hub->setting.reactor, &hub->beat_timer, HUB_TICK_MS);
	reactor_arm(hub->setting.reactor, &hub->tick_timer, HUB_TICK_MS);
}

void hub_end_stream(struct hub *hub)
{
	reactor_unschedule(&hub->send_task);
	reactor_disarm(hub->setting.reactor, &hub->beat_timer);
	reactor_disarm(hub->setting.reactor, &hub->tick_timer);
}
