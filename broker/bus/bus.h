/* SPDX-License-Identifier: MIT */
/* Everything that goes over nng: control, ingest and events, the broker's peers, and copies
 * between rooms. Main thread. */
#pragma once

#include "broker/layer/layer.h"

struct broker;
struct bus;

/* Binds the sockets below DIR/run and dials the peers. NULL after it has logged why. */
struct bus *bus_create(struct broker *broker) __attribute__((warn_unused_result));
/* No requests and events from outside any more; what has been published still goes out. */
void bus_stop_listening(struct bus *bus);
/* NULL is fine. */
void bus_destroy(struct bus *bus);
/* What has become of a message that a request on control sent: LAYER_SENT or LAYER_REPEATED with
 * its seq, else a refusal. */
void bus_settle(struct bus *bus, uint64_t request_id, enum layer_result result, uint64_t seq);
/* Tells whoever follows the events socket; costs nothing when nobody does. */
void bus_publish(struct bus *bus, const struct event *event);
