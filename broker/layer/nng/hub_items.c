/* SPDX-License-Identifier: MIT */
/* The items that edges send. An edge is a broker of the same site, but its items are checked like
 * those of anybody: an item with an invalid field is refused. */
#include "broker/layer/nng/hub_private.h"

#include <string.h>

#include "broker/layer/channel_name.h"
#include "broker/layer/notice.h"
#include "broker/layer/switchboard.h"
#include "common/base/mem.h"
#include "common/base/utf8.h"
#include "common/room_name.h"

/* The outcome of an item that is refused, so that its author does not wait. */
#define REFUSED LAYER_STORAGE

/* Checks. */

static bool is_text(struct str text)
{
	return text.len <= WIRE_TEXT_BYTES_MAX && utf8_is_valid(text);
}

static bool read_author(
	const struct hub_edge *edge, const struct wire_record *record, struct author *author_out)
{
	*author_out = hub_author_of(hub_author(edge, record->number));
	if (record->ref.len == 0)
		return true;
	author_out->ref = record->ref;
	author_out->sender = (const uint8_t *)record->sender.data;
	return record->ref.len <= EVENT_REF_MAX && is_text(record->ref) &&
	       record->sender.len == USER_ID_SIZE;
}

static bool is_way(const struct wire_record *record)
{
	return is_text(record->origin) && is_text(record->via) && is_text(record->copies);
}

/* Items. */

static void settle(struct hub_edge *edge, const struct wire_record *record,
	enum layer_result result, const struct layer_head *head)
{
	hub_tell_result(edge->hub, hub_author(edge, record->number), result, head);
}

/* An edge that has just come asks before it knows what is kept here. */
static enum layer_result say(struct hub *hub, struct event *event, const struct author *author)
{
	return message_kind_changes(event->kind) && !hub->inner->keeps_past
		       ? LAYER_NO_HISTORY
		       : hub_group_send(hub, event, author);
}

static void take_say(struct hub_edge *edge, const struct wire_record *record)
{
	struct event event = { .type = STR("chat.message"),
		.is_message = true,
		.room = record->room,
		.message = record->text,
		.user = record->user };
	enum layer_result result = REFUSED;
	struct author author;

	wire_read_way(record, &event);
	if (wire_read_change(record, &event) && event.kind != MESSAGE_DELETED &&
		room_name_is_normal(record->room) && is_text(record->text) && is_way(record) &&
		event_user_is_acceptable(record->user) && read_author(edge, record, &author))
		result = say(edge->hub, &event, &author);
	if (result != LAYER_SENT)
		settle(edge, record, result, NULL);
}

/* In a room this must be no message, as messages are numbered. Other groups number nothing. */
static bool read_ephemeral(
	const struct wire_record *record, struct json *fields, struct event *event)
{
	*event = (struct event){ 0 };
	if (!json_is_object(fields) || event_read(fields, event) != EVENT_OK || !is_way(record))
		return false;
	event->fields = fields;
	event->room = record->room;
	event->group = record->group;
	wire_read_way(record, event);
	return record->room.len > 0 ? !event->is_message && room_name_is_normal(record->room)
				    : group_name_is_valid(record->group);
}

static void take_ephemeral(struct hub_edge *edge, const struct wire_record *record)
{
	const char *unused;
	struct json *fields = json_parse(record->text, &unused);
	enum layer_result result = REFUSED;
	struct author author;
	struct event event;

	if (read_ephemeral(record, fields, &event) && read_author(edge, record, &author))
		result = hub_group_send(edge->hub, &event, &author);
	if (result != LAYER_SENT || record->room.len == 0)
		settle(edge, record, result, NULL);
	json_destroy(fields);
}

static enum layer_result send(struct hub_edge *edge, const struct wire_record *record,
	const struct json *fields, const struct author *author)
{
	struct event event = { .fields = fields };
	uint64_t unused;

	if (channel_name_kind(record->channel, edge->hub->setting.broker_id, &unused) ==
			CHANNEL_CONNECTION &&
		event_read(fields, &event) != EVENT_OK)
		return REFUSED;
	return hub_send_to(edge->hub, record->channel, record->text, &event, author);
}

static void take_send(struct hub_edge *edge, const struct wire_record *record)
{
	const char *unused;
	struct json *fields = json_parse(record->text, &unused);
	enum layer_result result = REFUSED;
	struct author author;

	if (json_is_object(fields) && channel_name_is_valid(record->channel) &&
		read_author(edge, record, &author))
		result = send(edge, record, fields, &author);
	if (result != LAYER_UNDER_WAY)
		settle(edge, record, result, NULL);
	json_destroy(fields);
}

static void take_change(struct hub_edge *edge, const struct wire_record *record)
{
	struct author author = hub_author_of(hub_author(edge, record->number));
	enum layer_result result = REFUSED;

	if (group_name_is_valid(record->group) && channel_name_is_valid(record->channel))
		result = hub_change_group(
			edge->hub, record->kind, record->group, record->channel, &author);
	if (result != LAYER_UNDER_WAY)
		settle(edge, record, result, NULL);
}

static void take_flush(struct hub_edge *edge, const struct wire_record *record)
{
	hub_flush(edge->hub);
	settle(edge, record, LAYER_DONE, NULL);
}

/* An edge may send OPEN again to learn the head; it still has the room open once. */
static void take_open(struct hub_edge *edge, const struct wire_record *record)
{
	struct hub *hub = edge->hub;
	uint64_t author = hub_author(edge, record->number);
	struct layer_head head;

	if (!room_name_is_normal(record->room)) {
		settle(edge, record, REFUSED, NULL);
		return;
	}
	if (hub_open(hub, record->room, edge, author, &head) == LAYER_DONE)
		settle(edge, record, LAYER_DONE, &head);
}

static void take_close(struct hub_edge *edge, const struct wire_record *record)
{
	if (map_remove(edge->rooms, record->room) != NULL)
		hub_close(edge->hub, record->room, edge);
}

static void end_receive(struct hub_receiver *receiver)
{
	list_remove(&receiver->link);
	receiver->edge->receiver_count--;
	mem_free(receiver);
}

static void tell_message(const struct hub_receiver *receiver, struct str message)
{
	hub_tell(receiver->edge->hub, &(struct wire_record){ .kind = WIRE_MESSAGE,
					      .number = receiver->number,
					      .broker = str_from(receiver->edge->id),
					      .channel = str_from(receiver->channel),
					      .text = message });
}

static void take_message(struct layer_receiver *base, struct str message)
{
	struct hub_receiver *receiver = list_entry(base, struct hub_receiver, receiver);

	tell_message(receiver, message);
	end_receive(receiver);
}

static struct hub_receiver *begin_receive(struct hub_edge *edge, const struct wire_record *record)
{
	struct hub_receiver *receiver = mem_new(struct hub_receiver);

	receiver->edge = edge;
	receiver->number = record->number;
	memcpy(receiver->channel, record->channel.data, record->channel.len);
	receiver->receiver.take = take_message;
	list_init(&receiver->receiver.link);
	list_append(&edge->receivers, &receiver->link);
	edge->receiver_count++;
	return receiver;
}

static enum layer_result check_receive(
	const struct hub_edge *edge, const struct wire_record *record)
{
	if (!channel_name_is_valid(record->channel) ||
		str_find(record->channel, '!') < record->channel.len)
		return LAYER_NO_CHANNEL;
	return edge->receiver_count >= HUB_RECEIVERS_MAX ? LAYER_CROWDED : LAYER_DONE;
}

static void take_receive(struct hub_edge *edge, const struct wire_record *record)
{
	struct layer *inner = edge->hub->inner;
	enum layer_result result = check_receive(edge, record);
	struct hub_receiver *receiver;
	struct buf message = { 0 };

	if (result != LAYER_DONE) {
		settle(edge, record, result, NULL);
		return;
	}
	receiver = begin_receive(edge, record);
	result = inner->ops->receive(inner, record->channel, &receiver->receiver, &message);
	if (result == LAYER_DONE)
		tell_message(receiver, buf_str(&message));
	else if (result != LAYER_EMPTY)
		settle(edge, record, result, NULL);
	if (result != LAYER_EMPTY)
		end_receive(receiver);
	buf_finish(&message);
}

static void cancel(struct hub_receiver *receiver)
{
	struct layer *inner = receiver->edge->hub->inner;

	inner->ops->cancel_receive(inner, &receiver->receiver);
	end_receive(receiver);
}

static void take_cancel(struct hub_edge *edge, const struct wire_record *record)
{
	list_each_safe (link, &edge->receivers) {
		struct hub_receiver *receiver = list_entry(link, struct hub_receiver, link);

		if (receiver->number == record->number)
			cancel(receiver);
	}
}

static void take_return(struct hub_edge *edge, const struct wire_record *record)
{
	const char *unused;
	struct json *fields = json_parse(record->text, &unused);

	if (json_is_object(fields) && channel_name_is_valid(record->channel) &&
		str_find(record->channel, '!') == record->channel.len)
		switchboard_put_back(edge->hub->inner->switchboard, record->channel, fields);
	json_destroy(fields);
}

static void relay(struct hub_edge *edge, const struct wire_record *record)
{
	struct wire_record told = *record;

	told.broker = str_from(edge->id);
	hub_tell(edge->hub, &told);
}

static void take_people(struct hub_edge *edge, const struct wire_record *record)
{
	edge->is_telling = true;
	roster_begin(edge->hub->roster, str_from(edge->id));
	relay(edge, record);
}

static void take_person(struct hub_edge *edge, const struct wire_record *record)
{
	struct user user = { 0 };

	if (!room_name_is_normal(record->room) || !event_user_is_acceptable(record->user) ||
		record->user.len >= sizeof(user.name) || record->sender.len != sizeof(user.id))
		return;
	memcpy(user.name, record->user.data, record->user.len);
	memcpy(user.id, record->sender.data, sizeof(user.id));
	hub_note_person(edge->hub, str_from(edge->id), record->room, &user, record->is_here != 0);
}

static void take_all_people(struct hub_edge *edge, const struct wire_record *record)
{
	edge->is_telling = false;
	roster_end(edge->hub->roster, str_from(edge->id));
	relay(edge, record);
}

static void take_notice(struct hub_edge *edge, const struct wire_record *record)
{
	const struct layer_sink *sink = &edge->hub->sink;
	const char *unused;
	struct json *json = json_parse(record->text, &unused);
	uint8_t key[NOTICE_KEY_MAX];
	struct layer_notice notice;

	if (notice_read(json, key, &notice)) {
		hub_tell_notice(edge->hub, str_from(edge->id), notice.kind, record->text);
		sink->take_notice(sink->context, &notice);
	} else {
		stat_add(edge->hub->setting.stats, STAT_NOTICES_LOST, 1);
	}
	settle(edge, record, LAYER_DONE, NULL);
	json_destroy(json);
}

static void take_done(struct hub_edge *edge, const struct wire_record *record)
{
	if (record->result < LAYER_RESULT_COUNT)
		hub_end_errand(edge, record->number, (enum layer_result)record->result);
}

static void take_name(struct hub_edge *edge, const struct wire_record *record)
{
	if (channel_name_is_valid(record->channel))
		hub_take_name(edge, record->number, record->channel);
}

static void take_gathered(struct hub_edge *edge, const struct wire_record *record)
{
	hub_end_names(edge->hub, edge, record->number);
}

static void (*const takers[WIRE_KIND_COUNT])(
	struct hub_edge *edge, const struct wire_record *record) = {
	[WIRE_SAY] = take_say,
	[WIRE_EPHEMERAL] = take_ephemeral,
	[WIRE_SEND] = take_send,
	[WIRE_ADD] = take_change,
	[WIRE_DISCARD] = take_change,
	[WIRE_FLUSH] = take_flush,
	[WIRE_OPEN] = take_open,
	[WIRE_CLOSE] = take_close,
	[WIRE_RECEIVE] = take_receive,
	[WIRE_CANCEL] = take_cancel,
	[WIRE_RETURN] = take_return,
	[WIRE_PEOPLE] = take_people,
	[WIRE_PERSON] = take_person,
	[WIRE_ALL_PEOPLE] = take_all_people,
	[WIRE_NOTICE] = take_notice,
	[WIRE_DONE] = take_done,
	[WIRE_NAME] = take_name,
	[WIRE_GATHERED] = take_gathered,
};

void hub_take_items(struct hub_edge *edge, struct str rest)
{
	struct wire_record record;

	while (wire_read(&rest, &record)) {
		if (takers[record.kind] != NULL && hub_is_number(record.number))
			takers[record.kind](edge, &record);
	}
}

void hub_cancel_receives(struct hub_edge *edge)
{
	list_each_safe (link, &edge->receivers)
		cancel(list_entry(link, struct hub_receiver, link));
}
