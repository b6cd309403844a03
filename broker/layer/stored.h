/* SPDX-License-Identifier: MIT */
/* The channel layer of one broker with a history. A message is numbered in the transaction that
 * keeps it, and is delivered when that is committed. The history owns a room's numbering, which
 * outlives the broker and the members; this layer only knows how far messages were delivered. */
#pragma once

#include "broker/history/history.h"
#include "broker/layer/layer.h"

/* history is borrowed. */
struct layer *layer_create_stored(struct history *history, const struct layer_setting *setting)
	__attribute__((warn_unused_result));
/* Members of the history's sink, for the layer. */
void layer_settle(struct layer *layer, const struct history_outcome *outcome);
void layer_open(struct layer *layer, struct str room, uint64_t seq, enum store_problem problem);
void layer_tell_rows(struct layer *layer, const struct history_rows *rows);
void layer_tell_page(
	struct layer *layer, uint64_t asker, enum store_problem problem, struct str members);
