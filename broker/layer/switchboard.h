/* SPDX-License-Identifier: MIT */
/* Channels and groups in this broker's memory, for the layers of one broker: inboxes, memberships,
 * and which refs were sent to channels. Its functions are members of struct layer_ops (layer.h,
 * which has their contracts); a layer with a switchboard names them in its own. */
#pragma once

#include "broker/layer/layer.h"

struct switchboard *switchboard_create(const struct layer_setting *setting)
	__attribute__((warn_unused_result));
/* NULL is fine. No receiver waits, and no errand is under way. */
void switchboard_destroy(struct switchboard *switchboard);
/* Delivers an event to the channels that were added to its group; call it after the connections of
 * its room have it. Costs nothing while no channel is in any group. */
void switchboard_deliver(struct switchboard *switchboard, const struct event *event);
/* The inboxes of this broker's channels; borrowed. */
struct inboxes *switchboard_inboxes(struct switchboard *switchboard);
/* Puts back a message of a channel without an owner that was received for nobody. */
void switchboard_put_back(
	struct switchboard *switchboard, struct str channel, const struct json *message);
/* The part of layer_ops.group_send for a group without a room. */
enum layer_result switchboard_group_send(
	struct switchboard *switchboard, struct event *event, const struct author *author);

enum layer_result switchboard_new_channel(
	struct layer *layer, struct str prefix, uint64_t owner, struct buf *name_out);
enum layer_result switchboard_send(struct layer *layer, struct str channel,
	const struct event *event, const struct author *author);
enum layer_result switchboard_receive(struct layer *layer, struct str channel,
	struct layer_receiver *receiver, struct buf *message_out);
void switchboard_cancel_receive(struct layer *layer, struct layer_receiver *receiver);
enum layer_result switchboard_group_add(
	struct layer *layer, struct str group, struct str channel, const struct author *asker);
enum layer_result switchboard_group_discard(
	struct layer *layer, struct str group, struct str channel, const struct author *asker);
enum layer_result switchboard_members(struct layer *layer, struct str group,
	const struct author *asker, struct layer_names *names_out);
enum layer_result switchboard_flush(struct layer *layer, const struct author *asker);
void switchboard_leave(struct layer *layer, uint64_t connection);
void switchboard_end_owner(struct layer *layer, uint64_t owner);
struct layer_counts switchboard_count(const struct layer *layer);

/* All of them, in a designated initializer of struct layer_ops. */
#define SWITCHBOARD_OPS                                                                         \
	.new_channel = switchboard_new_channel, .send = switchboard_send,                       \
	.receive = switchboard_receive, .cancel_receive = switchboard_cancel_receive,           \
	.group_add = switchboard_group_add, .group_discard = switchboard_group_discard,         \
	.members = switchboard_members, .flush = switchboard_flush, .leave = switchboard_leave, \
	.end_owner = switchboard_end_owner, .count = switchboard_count
