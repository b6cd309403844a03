/* SPDX-License-Identifier: MIT */
/* Starts the layer, and passes on what comes back from it and from the history: events to rooms and
 * followers, outcomes and pages to the socket or the request that waits for them. */
#include "broker/broker.h"

#include <sysexits.h>

#include "broker/above.h"
#include "broker/bus/bus.h"
#include "broker/conn.h"
#include "broker/direct.h"
#include "broker/history/history.h"
#include "broker/joiner.h"
#include "broker/layer/local.h"
#include "broker/layer/nng/wire_socket.h"
#include "broker/layer/redis/redis.h"
#include "broker/layer/stored.h"
#include "broker/order/settle.h"
#include "broker/other_brokers.h"
#include "broker/shard.h"

static const struct refusal {
	const char *code;
	const char *sentence;
} no_history = { "no_history", "This broker keeps no history." },
  not_read = { "storage", "The history cannot be read at this moment." },
  reader_is_busy = { "busy", "Too many read the history at this moment. Ask again in a while." };

static void deliver(void *context, const struct event *event, const struct author *author)
{
	struct broker *broker = context;

	broker_deliver(broker, event, author);
	bus_publish(broker->bus, event);
	if (event->is_message && event->seq == 1)
		order_note_first(broker, event->room, author);
	if (event->kind == MESSAGE_DELETES && event->changes_any)
		order_note_deletion(broker, event, author);
	if (author->kind == AUTHOR_REQUEST)
		bus_settle(broker->bus, author->id, LAYER_SENT, event->seq);
}

static void settle(
	void *context, const struct author *author, enum layer_result result, uint64_t seq)
{
	if (author->kind == AUTHOR_CHANNEL)
		broker_settle(context, author, result, seq);
	else
		bus_settle(((struct broker *)context)->bus, author->id, result, seq);
}

static void open_room(void *context, struct str room, const struct layer_head *head)
{
	joiners_open_room(context, room, head);
}

/* At the stop, goodbye is said when every message has its outcome. */
static void note_idle(void *context)
{
	struct broker *broker = context;

	reactor_schedule(&broker->reactor, &broker->goodbye_task);
}

static void settle_entry(void *context, const struct history_outcome *outcome)
{
	layer_settle(((struct broker *)context)->keeper, outcome);
}

static void tell_head(void *context, struct str room, uint64_t seq, enum store_problem problem)
{
	layer_open(((struct broker *)context)->keeper, room, seq, problem);
}

static void tell_rows(void *context, const struct history_rows *rows)
{
	joiners_take_rows(context, rows);
}

static void bring_rows(void *context, const struct history_rows *rows)
{
	layer_tell_rows(((struct broker *)context)->keeper, rows);
}

static void bring_page(
	void *context, uint64_t asker, enum store_problem problem, struct str members)
{
	layer_tell_page(((struct broker *)context)->keeper, asker, problem, members);
}

static void tell_members(void *context, const struct author *asker, enum layer_result result,
	const struct layer_names *names)
{
	bus_tell_members(((struct broker *)context)->bus, asker->id, result, names);
}

static void answer_error(struct channel *channel, const struct refusal *refusal)
{
	struct conn *conn = conn_of(channel);
	struct buf frames = { 0 };

	dialect_error(conn->dialect, refusal->code, refusal->sentence, STR_OF(""), &frames);
	shard_answer(conn->shard, conn, buf_str(&frames));
	buf_finish(&frames);
}

static void answer_page(struct channel *channel, struct str members)
{
	struct conn *conn = conn_of(channel);
	struct buf frames = { 0 };
	size_t start = dialect_begin(conn->dialect, &frames);

	buf_append_text(&frames, "{\"type\": \"history\", ");
	buf_append_str(&frames, members);
	buf_append_char(&frames, '}');
	dialect_end(conn->dialect, &frames, start);
	shard_answer(conn->shard, conn, buf_str(&frames));
	buf_finish(&frames);
}

static void tell_page(void *context, uint64_t asker, enum store_problem problem, const char *epoch,
	struct str members)
{
	struct broker *broker = context;
	struct channel *channel;

	if (asker & BUS_REQUEST_ID_BIT) {
		bus_tell_page(broker->bus, asker, problem, epoch, members);
		return;
	}
	channel = broker_find_channel(broker, asker);
	if (channel == NULL)
		return;
	if (problem == STORE_OK)
		answer_page(channel, members);
	else
		answer_error(channel, problem == STORE_BUSY ? &reader_is_busy : &not_read);
}

static void tell_backup(void *context, uint64_t asker, enum store_problem problem)
{
	bus_tell_backup(((struct broker *)context)->bus, asker, problem);
}

void broker_conn_asked_history(
	struct broker *broker, struct channel *channel, const struct page *page)
{
	struct page asked = *page;

	if (!broker->layer->keeps_past) {
		answer_error(channel, &no_history);
		return;
	}
	if (channel->room == NULL) { /* it has been turned away */
		answer_error(channel, &not_read);
		return;
	}
	asked.room = str_from(channel->room->name);
	if (!broker->layer->ops->ask_page(
		    broker->layer, &asked, broker_channel_id(broker, channel)))
		answer_error(channel, &reader_is_busy);
}

static struct layer_setting read_setting(struct broker *broker)
{
	const struct config *config = broker->config;

	return (struct layer_setting){ .reactor = &broker->reactor,
		.stats = &broker->stats,
		.broker_id = broker->id,
		.capacity = (size_t)config->layer_capacity,
		.expiry_ms = (uint64_t)config->layer_expiry_seconds * 1000,
		.group_expiry_ms = (uint64_t)config->layer_group_expiry_seconds * 1000,
		.sink = { .deliver = deliver,
			.settle = settle,
			.open = open_room,
			.begin_anew = other_brokers_begin_anew,
			.tell_rows = tell_rows,
			.tell_page = tell_page,
			.tell_members = tell_members,
			.tell_person = other_brokers_tell_person,
			.tell_link = other_brokers_tell_link,
			.take_notice = other_brokers_take_notice,
			.tell_above = above_tell,
			.answer_below = above_answer_below,
			.idle = note_idle,
			.deliver_to = direct_deliver_to,
			.has = direct_has,
			.send = direct_send,
			.context = broker } };
}

static struct layer *start_stored(struct broker *broker, const struct layer_setting *setting)
{
	struct history_sink history_sink = { .context = broker,
		.settle = settle_entry,
		.open = tell_head,
		.tell_rows = bring_rows,
		.tell_page = bring_page,
		.tell_backup = tell_backup };

	broker->history = history_create(broker->config, &broker->reactor, &broker->stats,
		&history_sink, &broker->exit_status);
	if (broker->history != NULL)
		broker->keeper = layer_create_stored(broker->history, setting);
	return broker->keeper;
}

static struct layer *start_local(struct broker *broker, const struct layer_setting *setting)
{
	return str_is(str_from(broker->config->history_durability), "none")
		       ? layer_create_local(setting)
		       : start_stored(broker, setting);
}

static struct layer *start_redis(struct broker *broker, const struct layer_setting *setting)
{
	struct layer *layer = layer_create_redis(broker->config, setting);

	if (layer == NULL)
		broker->exit_status = EX_CONFIG;
	return layer;
}

static struct layer *start_inner(void *context, const struct layer_setting *setting)
{
	return start_local(context, setting);
}

static struct layer *start_nng(struct broker *broker, const struct layer_setting *setting)
{
	return config_is_hub(broker->config)
		       ? wire_start_hub(broker->config, setting, start_inner, broker)
		       : wire_start_edge(broker->config, setting);
}

/* By [layer] backend. Each returns NULL after it has logged why. */
static const struct {
	const char *name;
	struct layer *(*start)(struct broker *broker, const struct layer_setting *setting);
} backends[] = {
	{ "local", start_local },
	{ "redis", start_redis },
	{ "nng", start_nng },
};

bool broker_start_layer(struct broker *broker)
{
	struct layer_setting setting = read_setting(broker);

	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
		if (str_is(str_from(broker->config->layer_backend), backends[i].name))
			broker->layer = backends[i].start(broker, &setting);
	}
	return broker->layer != NULL;
}
