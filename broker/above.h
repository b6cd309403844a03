/* SPDX-License-Identifier: MIT */
/* Questions of an edge's broker to its hub's broker, carried by the layer that both share. Both
 * ends are here. A question is a control request; the hub answers only those about accounts and
 * tickets. Main thread. */
#pragma once

#include "broker/bus/asker.h"
#include "common/base/buf.h"

struct broker;

/* The asker asks the hub. broker, whose layer is an edge's, is borrowed. The caller owns the
 * asker. */
struct asker *above_create_asker(struct broker *broker) __attribute__((warn_unused_result));
/* Members of the layer's sink; context is the broker. above_tell takes an answer of the hub;
 * above_answer_below answers a question of an edge. */
void above_tell(void *context, uint64_t asker, struct str answer);
void above_answer_below(void *context, struct str question, struct buf *answer);
