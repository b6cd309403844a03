/* SPDX-License-Identifier: MIT */
/* What an edge asks the broker of its hub, by way of the layer that they share: both ends. A
 * question is a request as on control, of which the hub does those about accounts and tickets.
 * Main thread. */
#pragma once

#include "broker/bus/asker.h"
#include "common/base/buf.h"

struct broker;

/* Asks the hub. broker, whose layer is an edge's, is borrowed. */
struct asker *above_create_asker(struct broker *broker) __attribute__((warn_unused_result));
/* The layer's sink, whose context is the broker: an answer of the hub; and what an edge asks this
 * one. */
void above_tell(void *context, uint64_t asker, struct str answer);
void above_answer_below(void *context, struct str question, struct buf *answer);
