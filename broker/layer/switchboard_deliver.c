/* SPDX-License-Identifier: MIT */
/* Delivers an event to the channels that were added to its group. */
#include "broker/layer/inboxes.h"
#include "broker/layer/memberships.h"
#include "broker/layer/switchboard_private.h"
#include "common/room_name.h"

static struct inbox_text *render(const struct event *event)
{
	struct buf written = { 0 };
	struct inbox_text *text;

	event_write_for_channels(event, &written);
	text = inbox_text_create(buf_str(&written));
	buf_finish(&written);
	return text;
}

/* One event on its way to the members of a group. */
struct delivery {
	struct switchboard *switchboard;
	const struct event *event;
	struct inbox_text *text; /* made when the first inbox needs it */
	uint64_t connections[LAYER_CONNECTIONS_AT_ONCE];
	size_t count; /* of these */
};

static void deliver_to_connections(struct delivery *delivery)
{
	const struct layer_sink *sink = &delivery->switchboard->setting.sink;

	if (delivery->count > 0)
		sink->deliver_to(
			sink->context, delivery->connections, delivery->count, delivery->event);
	delivery->count = 0;
}

static void deliver_to_inbox(struct delivery *delivery, struct str channel)
{
	struct switchboard *switchboard = delivery->switchboard;

	if (delivery->text == NULL)
		delivery->text = render(delivery->event);
	if (inboxes_put(switchboard->inboxes, channel, delivery->text,
		    switchboard_now_ms(switchboard)) != LAYER_SENT)
		stat_add(switchboard->setting.stats, STAT_GROUP_MISSED, 1);
}

static void deliver_to(struct delivery *delivery, const struct membership_channel *channel)
{
	if (channel->connection == 0) {
		deliver_to_inbox(delivery, channel->name);
		return;
	}
	delivery->connections[delivery->count++] = channel->connection;
	if (delivery->count == LAYER_CONNECTIONS_AT_ONCE)
		deliver_to_connections(delivery);
}

static void deliver_to_all(
	struct switchboard *switchboard, const struct list *members, const struct event *event)
{
	struct delivery delivery = { .switchboard = switchboard, .event = event };

	list_each (link, members)
		deliver_to(&delivery, list_entry(link, struct membership, group_link)->channel);
	deliver_to_connections(&delivery);
	if (delivery.text != NULL)
		inbox_text_unref(delivery.text);
	switchboard_arm(switchboard);
}

void switchboard_deliver(struct switchboard *switchboard, const struct event *event)
{
	const struct list *members;
	struct buf group = { 0 };

	/* What was deleted before it came here is nothing to those who do not know its number. */
	if (event->kind == MESSAGE_DELETED || memberships_count(switchboard->memberships) == 0)
		return;
	switchboard_expire(switchboard);
	if (event->room.len > 0)
		room_name_group(event->room, &group);
	else
		buf_append_str(&group, event->group);
	members = memberships_of(switchboard->memberships, buf_str(&group));
	if (members != NULL)
		deliver_to_all(switchboard, members, event);
	buf_finish(&group);
}
