/* SPDX-License-Identifier: MIT */
/* Applies the records of the hub's stream, in their order. */
#include "broker/layer/nng/edge_private.h"

#include <stdio.h>
#include <string.h>

#include "broker/channel.h"
#include "broker/layer/channel_name.h"
#include "broker/layer/notice.h"
#include "broker/layer/switchboard.h"
#include "common/base/mem.h"

/* People of a broker that the hub does not name are kept for so long: after the hub has restarted,
 * that broker may not have told the hub yet. */
#define FORGET_AFTER_MS 10000

static bool is_ours(const struct edge *edge, const struct wire_record *record)
{
	return str_is(record->broker, edge->setting.broker_id);
}

static void take_event(struct edge *edge, const struct wire_record *record)
{
	char epoch[EVENT_EPOCH_SIZE];
	struct event event = { .type = STR("chat.message"),
		.is_message = true,
		.room = record->room,
		.message = record->text,
		.user = record->user,
		.seq = record->seq,
		.epoch = epoch,
		.time_ms = (int64_t)record->time_ms };

	wire_read_epoch(record, epoch);
	wire_read_epoch(record, edge->epoch);
	wire_read_way(record, &event);
	follower_take(edge->follower, &event, is_ours(edge, record) ? record->number >> 1 : 0);
}

/* Ends the errand if the event is ours. Gives its author, who is told by the event itself. */
static struct author end_ephemeral(struct edge *edge, const struct wire_record *record)
{
	struct edge_errand *errand = is_ours(edge, record) ? edge_find_errand(edge, record->number)
							   : NULL;
	struct author author = { .kind = AUTHOR_NOBODY };

	if (errand == NULL)
		return author;
	author = errand->author;
	edge_end_errand(edge, errand);
	return author;
}

static void take_transient(struct edge *edge, const struct wire_record *record)
{
	const char *unused;
	struct json *fields = json_parse(record->text, &unused);
	struct author author = end_ephemeral(edge, record);
	char epoch[EVENT_EPOCH_SIZE];
	struct event event;

	if (json_is_object(fields) && event_read(fields, &event) == EVENT_OK) {
		wire_read_epoch(record, epoch);
		wire_read_way(record, &event);
		event.fields = fields;
		event.room = record->room;
		event.group = record->group;
		event.epoch = epoch;
		event.time_ms = (int64_t)record->time_ms;
		if (event.room.len > 0)
			edge->sink.deliver(edge->sink.context, &event, &author);
		switchboard_deliver(edge->layer.switchboard, &event);
	}
	json_destroy(fields);
}

/* Outcomes. */

static void end_item(struct edge *edge, const struct wire_record *record)
{
	char epoch[EVENT_EPOCH_SIZE];
	const struct follower_answer answer = {
		.result = (enum layer_result)record->result, .epoch = epoch, .seq = record->seq
	};

	wire_read_epoch(record, epoch);
	follower_answer(edge->follower, record->number >> 1, &answer);
}

static void take_head(struct edge *edge, struct str room, const struct wire_record *record)
{
	char epoch[EVENT_EPOCH_SIZE];
	const struct follower_head head = {
		.epoch = epoch, .base = record->seq, .seq = record->seq
	};

	wire_read_epoch(record, epoch);
	wire_read_epoch(record, edge->epoch);
	follower_take_head(edge->follower, room, record->result == LAYER_DONE ? &head : NULL);
}

static void end_errand(
	struct edge *edge, struct edge_errand *errand, const struct wire_record *record)
{
	struct author author = errand->author;
	char *room = errand->room == NULL ? NULL : str_dup(str_from(errand->room));

	if (errand->receiver != NULL)
		list_remove(&errand->receiver->link);
	edge_end_errand(edge, errand);
	if (room != NULL)
		take_head(edge, str_from(room), record);
	else if (author.kind != AUTHOR_NOBODY)
		edge->sink.settle(edge->sink.context, &author, (enum layer_result)record->result,
			record->seq);
	mem_free(room);
}

/* An open room needs its head before it can deliver anything, so the head is asked for again. */
static bool has_to_wait(
	const struct edge *edge, const struct edge_errand *errand, const struct wire_record *record)
{
	return errand->room != NULL && record->result != LAYER_DONE &&
	       follower_is_open(edge->follower, str_from(errand->room));
}

static void take_result(struct edge *edge, const struct wire_record *record)
{
	struct edge_errand *errand;

	if (!is_ours(edge, record) || record->result >= LAYER_RESULT_COUNT)
		return;
	if ((record->number & 1) == 0) {
		end_item(edge, record);
		return;
	}
	errand = edge_find_errand(edge, record->number);
	if (errand == NULL)
		return;
	errand->waits = has_to_wait(edge, errand, record);
	if (!errand->waits)
		end_errand(edge, errand, record);
}

/* A message for a receiver that does not wait any more is returned. */
static void take_message(struct edge *edge, const struct wire_record *record)
{
	struct edge_errand *errand = edge_find_errand(edge, record->number);
	struct layer_receiver *receiver;

	if (!is_ours(edge, record))
		return;
	if (errand == NULL || errand->receiver == NULL) {
		edge_tell(edge, &(struct wire_record){ .kind = WIRE_RETURN,
					.channel = record->channel,
					.text = record->text });
		return;
	}
	receiver = errand->receiver;
	edge_end_errand(edge, errand);
	list_remove(&receiver->link);
	receiver->take(receiver, record->text);
}

/* Errands that the hub has for us. */

static enum layer_result send(
	struct edge *edge, const struct wire_record *record, const struct json *fields)
{
	struct event event = { .fields = fields };
	struct author author = { .kind = AUTHOR_EDGE, .id = record->number };
	uint64_t unused;

	if (channel_name_kind(record->channel, edge->setting.broker_id, &unused) ==
			CHANNEL_CONNECTION &&
		event_read(fields, &event) != EVENT_OK)
		return LAYER_NO_CHANNEL;
	if (record->ref.len > 0 && record->sender.len == USER_ID_SIZE) {
		author.ref = record->ref;
		author.sender = (const uint8_t *)record->sender.data;
	}
	return switchboard_send(&edge->layer, record->channel, &event, &author);
}

static void take_direct(struct edge *edge, const struct wire_record *record)
{
	const char *unused;
	struct json *fields;
	enum layer_result result = LAYER_NO_CHANNEL;

	if (!is_ours(edge, record))
		return;
	fields = json_parse(record->text, &unused);
	if (json_is_object(fields))
		result = send(edge, record, fields);
	if (result != LAYER_UNDER_WAY)
		edge_tell_done(edge, record->number, result);
	json_destroy(fields);
}

static void take_change(struct edge *edge, const struct wire_record *record)
{
	struct layer *layer = &edge->layer;

	if (!is_ours(edge, record))
		return;
	edge_tell_done(edge, record->number,
		record->kind == WIRE_ADD ? switchboard_group_add(layer, record->group,
						   record->channel, AUTHOR_OF_NOBODY)
					 : switchboard_group_discard(layer, record->group,
						   record->channel, AUTHOR_OF_NOBODY));
}

static void take_flush(struct edge *edge, const struct wire_record *record)
{
	(void)record;
	(void)switchboard_flush(&edge->layer, AUTHOR_OF_NOBODY);
}

/* How many names are sent: up to WIRE_NAMES_BYTES_MAX, none if too much waits already. */
static size_t names_that_fit(const struct edge *edge, const struct layer_names *names)
{
	size_t left = edge_is_full(edge) ? 0 : WIRE_NAMES_BYTES_MAX, count = 0;

	while (count < names->count && left >= WIRE_NAME_HEAD_BYTES_MAX + names->names[count].len) {
		left -= WIRE_NAME_HEAD_BYTES_MAX + names->names[count].len;
		count++;
	}
	return count;
}

static void take_gather(struct edge *edge, const struct wire_record *record)
{
	struct layer_names names;
	size_t count;

	if (switchboard_members(&edge->layer, record->group, AUTHOR_OF_NOBODY, &names) !=
		LAYER_DONE)
		return;
	count = names_that_fit(edge, &names);
	stat_add(edge->setting.stats, STAT_NAMES_CUT, names.count - count);
	for (size_t i = 0; i < count; i++)
		edge_tell(edge, &(struct wire_record){ .kind = WIRE_NAME,
					.number = record->number,
					.channel = names.names[i] });
	edge_tell(edge, &(struct wire_record){ .kind = WIRE_GATHERED, .number = record->number });
	mem_free(names.names);
}

/* People. */

static struct edge_broker *find_broker(struct edge *edge, struct str id)
{
	for (size_t i = 0; i < edge->broker_count; i++) {
		if (str_is(id, edge->brokers[i].id))
			return &edge->brokers[i];
	}
	return NULL;
}

static void note_broker(struct edge *edge, struct str id)
{
	struct edge_broker *broker = find_broker(edge, id);

	if (broker == NULL && edge->broker_count < EDGE_BROKERS_MAX) {
		broker = &edge->brokers[edge->broker_count++];
		snprintf(broker->id, sizeof(broker->id), "%.*s", STR_ARG(id));
	}
	if (broker != NULL)
		broker->forget_ms = 0;
}

static void forget_broker(struct edge *edge, struct edge_broker *broker)
{
	roster_forget(edge->roster, str_from(broker->id));
	*broker = edge->brokers[--edge->broker_count];
}

void edge_begin_people(struct edge *edge)
{
	for (size_t i = 0; i < edge->broker_count; i++)
		edge->brokers[i].forget_ms = edge->setting.reactor->now_ms + FORGET_AFTER_MS;
	edge->awaits_people = true;
}

static void end_people(struct edge *edge)
{
	for (size_t i = 0; i < edge->broker_count; i++)
		roster_end(edge->roster, str_from(edge->brokers[i].id));
	edge->awaits_people = false;
	edge_go_on(edge);
}

void edge_take_part(struct edge *edge, const struct edge_question *question,
	const struct wire_record *head, struct str rest)
{
	if (head->parts != question->until) {
		edge_ask_for_people(edge, 0, head->parts);
		return;
	}
	edge_apply(edge, rest);
	if (question->after + 1 < question->until)
		edge_ask_for_people(edge, question->after + 1, question->until);
	else
		end_people(edge);
}

void edge_forget_brokers(struct edge *edge)
{
	for (size_t i = edge->broker_count; edge->session != 0 && i-- > 0;) {
		struct edge_broker *broker = &edge->brokers[i];

		if (broker->forget_ms != 0 && edge->setting.reactor->now_ms >= broker->forget_ms)
			forget_broker(edge, broker);
	}
}

static void take_people(struct edge *edge, const struct wire_record *record)
{
	if (is_ours(edge, record) || !channel_broker_id_is_valid(record->broker))
		return;
	note_broker(edge, record->broker);
	roster_begin(edge->roster, record->broker);
}

static void take_person(struct edge *edge, const struct wire_record *record)
{
	struct user user = { 0 };

	if (is_ours(edge, record) || record->user.len >= sizeof(user.name) ||
		record->sender.len != sizeof(user.id) ||
		!channel_broker_id_is_valid(record->broker))
		return;
	memcpy(user.name, record->user.data, record->user.len);
	memcpy(user.id, record->sender.data, sizeof(user.id));
	note_broker(edge, record->broker);
	if (!roster_note(edge->roster, record->broker, record->room, &user, record->is_here != 0))
		stat_add(edge->setting.stats, STAT_PEOPLE_REFUSED, 1);
}

static void take_all_people(struct edge *edge, const struct wire_record *record)
{
	if (!is_ours(edge, record))
		roster_end(edge->roster, record->broker);
}

static void take_gone(struct edge *edge, const struct wire_record *record)
{
	struct edge_broker *broker = find_broker(edge, record->broker);

	if (broker != NULL)
		forget_broker(edge, broker);
}

static void take_notice(struct edge *edge, const struct wire_record *record)
{
	const char *unused;
	struct json *json;
	uint8_t key[NOTICE_KEY_MAX];
	struct layer_notice notice;

	if (record->number > 0 && record->number <= edge->notice)
		return;
	if (record->number > 0)
		edge->notice = record->number;
	if (is_ours(edge, record))
		return;
	json = json_parse(record->text, &unused);
	if (notice_read(json, key, &notice))
		edge->sink.take_notice(edge->sink.context, &notice);
	json_destroy(json);
}

static void take_missed(struct edge *edge, const struct wire_record *record)
{
	const struct layer_notice notice = { .kind = NOTICE_MISSED };

	(void)record;
	edge->sink.take_notice(edge->sink.context, &notice);
}

static void (*const takers[WIRE_KIND_COUNT])(
	struct edge *edge, const struct wire_record *record) = {
	[WIRE_EVENT] = take_event,
	[WIRE_TRANSIENT] = take_transient,
	[WIRE_RESULT] = take_result,
	[WIRE_MESSAGE] = take_message,
	[WIRE_DIRECT] = take_direct,
	[WIRE_ADD] = take_change,
	[WIRE_DISCARD] = take_change,
	[WIRE_FLUSH] = take_flush,
	[WIRE_GATHER] = take_gather,
	[WIRE_PEOPLE] = take_people,
	[WIRE_PERSON] = take_person,
	[WIRE_ALL_PEOPLE] = take_all_people,
	[WIRE_GONE] = take_gone,
	[WIRE_NOTICE] = take_notice,
	[WIRE_MISSED] = take_missed,
};

void edge_apply(struct edge *edge, struct str records)
{
	struct wire_record record;

	while (wire_read(&records, &record)) {
		if (takers[record.kind] != NULL)
			takers[record.kind](edge, &record);
	}
}
