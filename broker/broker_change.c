/* SPDX-License-Identifier: MIT */
/* Messages that are edited and deleted: whether this broker can, and who may. The rest is judged
 * where the message is kept, in one transaction with what is done. */
#include "broker/broker.h"
#include "broker/order/order.h"
#include "broker/order/room.h"
#include "broker/order/tell.h"

static const enum action actions[] = {
	[MESSAGE_EDITS] = ACTION_EDIT,
	[MESSAGE_DELETES] = ACTION_WITHDRAW,
};

static bool may(
	const struct channel *channel, enum action action, struct order_refusal *refusal_out)
{
	struct standing standing = order_standing(channel->room, channel->person);

	return order_lets(&standing, action, refusal_out);
}

bool broker_may_change_any(const struct channel *channel)
{
	struct order_refusal refusal;

	return may(channel, ACTION_DELETE, &refusal);
}

enum layer_result broker_change(
	struct broker *broker, struct event *event, const struct author *author)
{
	if (!broker->layer->keeps_past)
		return LAYER_NO_HISTORY;
	return broker_group_send(broker, event, author);
}

void broker_conn_changed(struct broker *broker, struct channel *channel,
	const struct message_change *change, struct str ref)
{
	struct author author = {
		.kind = AUTHOR_CHANNEL, .id = broker_channel_id(broker, channel), .ref = ref
	};
	struct event event = { .type = STR("chat.message"),
		.is_message = true,
		.kind = change->kind,
		.target = change->target,
		.message = change->text };
	struct order_refusal refusal;
	enum layer_result result;

	if (channel->room == NULL) /* it has been turned away */
		return;
	if (!may(channel, actions[change->kind], &refusal)) {
		order_tell_refused(channel, &refusal, ref);
		return;
	}
	author.sender = channel->person->id;
	event.changes_any = change->kind == MESSAGE_DELETES && broker_may_change_any(channel);
	event.room = str_from(channel->room->name);
	event.user = str_from(channel->person->name);
	result = broker_change(broker, &event, &author);
	if (result != LAYER_SENT)
		broker_settle(broker, &author, result, 0);
}
