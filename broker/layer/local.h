/* SPDX-License-Identifier: MIT */
/* The channel layer of one broker without history. It numbers a room's messages in memory and hands
 * them straight to the sink. It drops a room's numbering LOCAL_KEEP_MS after the last member has
 * left; the next epoch is random. */
#pragma once

#include "broker/layer/layer.h"

#define LOCAL_KEEP_MS 60000
/* Rooms without members whose numbering is kept. At this number, sending to a room without members
 * opens no more of them, and a room that is left is forgotten at once. Rooms with members are
 * bounded by their members. */
#define LOCAL_IDLE_MAX 10000

struct layer *layer_create_local(const struct layer_setting *setting)
	__attribute__((warn_unused_result));
