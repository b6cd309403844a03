/* SPDX-License-Identifier: MIT */
/* The channel layer of one broker alone: it numbers a room's messages in memory and hands them
 * straight to the sink. Without history a room's numbering is dropped LOCAL_KEEP_MS after its
 * last member has left; the next epoch is random. */
#pragma once

#include "broker/layer/layer.h"

#define LOCAL_KEEP_MS 60000
/* Rooms without members whose numbering is kept. Whoever is not in a room opens no more of them by
 * sending; a room that is left is forgotten at once. Those with members are bounded by these. */
#define LOCAL_IDLE_MAX 10000

struct layer *layer_create_local(const struct layer_setting *setting)
	__attribute__((warn_unused_result));
