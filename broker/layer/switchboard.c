/* SPDX-License-Identifier: MIT */
/* A channel's name leads to an inbox here, or over the sink to a connection. An errand to a
 * connection comes back with its outcome; whoever sends the same ref meanwhile is told the same
 * outcome. */
#include "broker/layer/switchboard_private.h"

#include <string.h>

#include "broker/channel.h"
#include "broker/history/refs.h"
#include "broker/layer/author.h"
#include "broker/layer/channel_name.h"
#include "broker/layer/inboxes.h"
#include "broker/layer/memberships.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

struct errand_author {
	enum author_kind kind;
	uint64_t id;
};

/* A message on its way to a connection. */
struct layer_errand {
	struct list link;
	struct switchboard *switchboard;
	bool has_ref;
	uint8_t key[REFS_KEY_SIZE];
	struct errand_author
		*authors; /* owned; who sent it, and who has sent the same ref meanwhile */
	uint32_t author_count;
	uint32_t author_capacity;
};

void switchboard_expire(struct switchboard *switchboard)
{
	stat_add(switchboard->setting.stats, STAT_CHANNEL_EXPIRED,
		inboxes_expire(switchboard->inboxes, switchboard_now_ms(switchboard)));
	memberships_expire(switchboard->memberships, switchboard_now_ms(switchboard));
}

void switchboard_arm(struct switchboard *switchboard)
{
	uint64_t messages_ms = inboxes_due_ms(switchboard->inboxes);
	uint64_t memberships_ms = memberships_due_ms(switchboard->memberships);
	uint64_t due_ms = messages_ms < memberships_ms ? messages_ms : memberships_ms;

	if (due_ms == UINT64_MAX ||
		(timer_is_armed(&switchboard->timer) && switchboard->timer.due_ms <= due_ms))
		return;
	reactor_arm(switchboard->setting.reactor, &switchboard->timer,
		due_ms - switchboard_now_ms(switchboard));
}

static void handle_timer(struct timer *timer)
{
	struct switchboard *switchboard = list_entry(timer, struct switchboard, timer);

	switchboard_expire(switchboard);
	switchboard_arm(switchboard);
}

struct switchboard *switchboard_create(const struct layer_setting *setting)
{
	struct switchboard *switchboard = mem_new(struct switchboard);

	switchboard->setting = *setting;
	switchboard->inboxes = inboxes_create(setting->capacity, setting->expiry_ms);
	switchboard->memberships = memberships_create(setting->group_expiry_ms);
	list_init(&switchboard->errands);
	timer_init(&switchboard->timer, handle_timer);
	return switchboard;
}

void switchboard_destroy(struct switchboard *switchboard)
{
	if (switchboard == NULL)
		return;
	reactor_disarm(switchboard->setting.reactor, &switchboard->timer);
	inboxes_destroy(switchboard->inboxes);
	memberships_destroy(switchboard->memberships);
	refs_destroy(switchboard->refs);
	mem_free(switchboard);
}

struct inboxes *switchboard_inboxes(struct switchboard *switchboard)
{
	return switchboard->inboxes;
}

static bool is_known(const struct switchboard *switchboard, const uint8_t *key)
{
	uint64_t unused;

	return switchboard->refs != NULL &&
	       refs_find(switchboard->refs, key, (int64_t)switchboard_now_ms(switchboard), &unused);
}

static void remember(struct switchboard *switchboard, const uint8_t *key)
{
	if (switchboard->refs == NULL)
		switchboard->refs = refs_create(REFS_MAX);
	(void)refs_add(switchboard->refs, key, 1, (int64_t)switchboard_now_ms(switchboard));
}

static struct layer_errand *find_errand(const struct switchboard *switchboard, const uint8_t *key)
{
	list_each (link, &switchboard->errands) {
		struct layer_errand *errand = list_entry(link, struct layer_errand, link);

		if (errand->has_ref && memcmp(errand->key, key, REFS_KEY_SIZE) == 0)
			return errand;
	}
	return NULL;
}

static void add_author(struct layer_errand *errand, const struct author *author)
{
	errand->authors = mem_grow(errand->authors, &errand->author_capacity, errand->author_count,
		sizeof(*errand->authors));
	errand->authors[errand->author_count++] = (struct errand_author){ author->kind,
		author->id };
}

/* key is NULL without a ref. */
static struct layer_errand *errand_create(
	struct switchboard *switchboard, const struct author *author, const uint8_t *key)
{
	struct layer_errand *errand = mem_new(struct layer_errand);

	errand->switchboard = switchboard;
	errand->has_ref = key != NULL;
	if (key != NULL)
		memcpy(errand->key, key, REFS_KEY_SIZE);
	add_author(errand, author);
	list_append(&switchboard->errands, &errand->link);
	return errand;
}

void layer_end_errand(struct layer_errand *errand, enum layer_result result)
{
	struct switchboard *switchboard = errand->switchboard;
	const struct layer_sink *sink = &switchboard->setting.sink;

	if (result == LAYER_FULL)
		stat_add(switchboard->setting.stats, STAT_CHANNEL_FULL, errand->author_count);
	if (result == LAYER_SENT && errand->has_ref)
		remember(switchboard, errand->key);
	for (uint32_t i = 0; i < errand->author_count; i++) {
		struct author author = { .kind = errand->authors[i].kind,
			.id = errand->authors[i].id };
		bool is_repeated = result == LAYER_SENT && i > 0;

		sink->settle(sink->context, &author, is_repeated ? LAYER_REPEATED : result, 0);
	}
	list_remove(&errand->link);
	mem_free(errand->authors);
	mem_free(errand);
}

static enum layer_result send_to_connection(struct switchboard *switchboard, uint64_t connection,
	const struct event *event, const struct author *author, const uint8_t *key)
{
	const struct layer_sink *sink = &switchboard->setting.sink;
	struct layer_errand *errand = key == NULL ? NULL : find_errand(switchboard, key);
	struct event stamped = *event;

	if (errand != NULL) {
		add_author(errand, author);
		return LAYER_UNDER_WAY;
	}
	if (!sink->has(sink->context, connection))
		return LAYER_NO_CHANNEL;
	stamped.time_ms = clock_wall_ms();
	sink->send(sink->context, connection, &stamped, errand_create(switchboard, author, key));
	return LAYER_UNDER_WAY;
}

static bool has_inbox(
	const struct switchboard *switchboard, struct str channel, enum channel_kind kind)
{
	return kind == CHANNEL_OPEN || kind == CHANNEL_MADE ||
	       (kind == CHANNEL_BOUND && inboxes_is_bound(switchboard->inboxes, channel));
}

typedef enum layer_result put_fn(
	struct inboxes *inboxes, struct str name, struct inbox_text *text, uint64_t now_ms);

static enum layer_result put_into_inbox(struct switchboard *switchboard, struct str channel,
	const struct json *message, put_fn *put)
{
	struct buf written = { 0 };
	struct inbox_text *text;
	enum layer_result result;

	json_print(&written, message);
	text = inbox_text_create(buf_str(&written));
	result = put(switchboard->inboxes, channel, text, switchboard_now_ms(switchboard));
	inbox_text_unref(text);
	buf_finish(&written);
	if (result == LAYER_FULL)
		stat_add(switchboard->setting.stats, STAT_CHANNEL_FULL, 1);
	switchboard_arm(switchboard);
	return result;
}

void switchboard_put_back(
	struct switchboard *switchboard, struct str channel, const struct json *message)
{
	switchboard_expire(switchboard);
	(void)put_into_inbox(switchboard, channel, message, inboxes_put_back);
}

enum layer_result switchboard_send(struct layer *layer, struct str channel,
	const struct event *event, const struct author *author)
{
	struct switchboard *switchboard = layer->switchboard;
	uint8_t key[REFS_KEY_SIZE];
	bool has_ref = author_ref_key(author, 'c', channel, key);
	uint64_t connection;
	enum channel_kind kind = channel_name_kind(
		channel, switchboard->setting.broker_id, &connection);
	enum layer_result result;

	switchboard_expire(switchboard);
	if (has_ref && is_known(switchboard, key))
		return LAYER_REPEATED;
	if (kind == CHANNEL_CONNECTION)
		return send_to_connection(
			switchboard, connection, event, author, has_ref ? key : NULL);
	if (!has_inbox(switchboard, channel, kind))
		return LAYER_NO_CHANNEL;
	result = put_into_inbox(switchboard, channel, event->fields, inboxes_put);
	if (result == LAYER_SENT && has_ref)
		remember(switchboard, key);
	return result;
}

enum layer_result switchboard_new_channel(
	struct layer *layer, struct str prefix, uint64_t owner, struct buf *name_out)
{
	struct switchboard *switchboard = layer->switchboard;
	struct buf name = { 0 };
	bool is_made;

	channel_name_make(prefix, switchboard->setting.broker_id, owner != 0, &name);
	is_made = owner == 0 || inboxes_bind(switchboard->inboxes, buf_str(&name), owner);
	if (is_made)
		buf_append_str(name_out, buf_str(&name));
	buf_finish(&name);
	return is_made ? LAYER_DONE : LAYER_CROWDED;
}

enum layer_result switchboard_receive(struct layer *layer, struct str channel,
	struct layer_receiver *receiver, struct buf *message_out)
{
	struct switchboard *switchboard = layer->switchboard;
	uint64_t unused;
	enum channel_kind kind = channel_name_kind(
		channel, switchboard->setting.broker_id, &unused);

	switchboard_expire(switchboard);
	if (!has_inbox(switchboard, channel, kind))
		return LAYER_NO_CHANNEL;
	memberships_renew(switchboard->memberships, channel, switchboard_now_ms(switchboard));
	if (inboxes_take(switchboard->inboxes, channel, message_out))
		return LAYER_DONE;
	if (receiver != NULL && !inboxes_wait(switchboard->inboxes, channel, receiver))
		return LAYER_CROWDED;
	return LAYER_EMPTY;
}

void switchboard_cancel_receive(struct layer *layer, struct layer_receiver *receiver)
{
	inboxes_cancel(layer->switchboard->inboxes, receiver);
}

enum layer_result switchboard_group_add(
	struct layer *layer, struct str group, struct str channel, const struct author *asker)
{
	struct switchboard *switchboard = layer->switchboard;
	const struct layer_sink *sink = &switchboard->setting.sink;
	uint64_t connection = 0;
	enum channel_kind kind = channel_name_kind(
		channel, switchboard->setting.broker_id, &connection);
	bool is_added;

	(void)asker;
	switchboard_expire(switchboard);
	if (kind == CHANNEL_CONNECTION ? !sink->has(sink->context, connection)
				       : !has_inbox(switchboard, channel, kind))
		return LAYER_NO_CHANNEL;
	is_added = memberships_add(switchboard->memberships, group, channel,
		kind == CHANNEL_CONNECTION ? connection : 0, switchboard_now_ms(switchboard));
	switchboard_arm(switchboard);
	return is_added ? LAYER_DONE : LAYER_TOO_MANY_GROUPS;
}

enum layer_result switchboard_group_discard(
	struct layer *layer, struct str group, struct str channel, const struct author *asker)
{
	(void)asker;
	memberships_discard(layer->switchboard->memberships, group, channel);
	return LAYER_DONE;
}

enum layer_result switchboard_members(struct layer *layer, struct str group,
	const struct author *asker, struct layer_names *names_out)
{
	struct switchboard *switchboard = layer->switchboard;
	const struct list *members;
	struct str *names;
	uint32_t capacity = 0, count = 0;

	(void)asker;
	switchboard_expire(switchboard);
	members = memberships_of(switchboard->memberships, group);
	names = mem_grow(NULL, &capacity, 0, sizeof(*names));
	if (members != NULL) {
		list_each (link, members) {
			names = mem_grow(names, &capacity, count, sizeof(*names));
			names[count++] =
				list_entry(link, struct membership, group_link)->channel->name;
		}
	}
	channel_names_sort(names, count);
	*names_out = (struct layer_names){ names, count };
	return LAYER_DONE;
}

enum layer_result switchboard_flush(struct layer *layer, const struct author *asker)
{
	(void)asker;
	inboxes_flush(layer->switchboard->inboxes);
	memberships_flush(layer->switchboard->memberships);
	return LAYER_DONE;
}

void switchboard_leave(struct layer *layer, uint64_t connection)
{
	struct switchboard *switchboard = layer->switchboard;
	struct buf name = { 0 };

	if (memberships_count(switchboard->memberships) == 0)
		return;
	channel_write_name(connection, switchboard->setting.broker_id, &name);
	memberships_discard_all(switchboard->memberships, buf_str(&name));
	buf_finish(&name);
}

static void discard_all(void *context, struct str channel)
{
	memberships_discard_all(((struct switchboard *)context)->memberships, channel);
}

void switchboard_end_owner(struct layer *layer, uint64_t owner)
{
	inboxes_end_owner(layer->switchboard->inboxes, owner, discard_all, layer->switchboard);
}

struct layer_counts switchboard_count(const struct layer *layer)
{
	const struct switchboard *switchboard = layer->switchboard;

	return (struct layer_counts){ .channels = inboxes_count(switchboard->inboxes),
		.messages = inboxes_messages(switchboard->inboxes),
		.memberships = memberships_count(switchboard->memberships) };
}

enum layer_result switchboard_group_send(
	struct switchboard *switchboard, struct event *event, const struct author *author)
{
	uint8_t key[REFS_KEY_SIZE];
	bool has_ref = author_ref_key(author, 'g', event->group, key);

	if (has_ref && is_known(switchboard, key))
		return LAYER_REPEATED;
	if (has_ref)
		remember(switchboard, key);
	event->time_ms = clock_wall_ms();
	event->epoch = "";
	event->seq = 0;
	switchboard_deliver(switchboard, event);
	return LAYER_SENT;
}
