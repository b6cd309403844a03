/* SPDX-License-Identifier: MIT */
/* Everything that goes over nng: control, ingest and events, the broker's peers, and copies
 * between rooms. Main thread. */
#pragma once

#include "broker/layer/layer.h"
#include "common/store/problem.h"

/* In the ids of all requests on control and in no channel's. */
#define BUS_REQUEST_ID_BIT (UINT64_C(1) << 63)

struct broker;
struct bus;

/* Binds the sockets below DIR/run and dials the peers. NULL after it has logged why. */
struct bus *bus_create(struct broker *broker) __attribute__((warn_unused_result));
/* No requests and events from outside any more; requests that wait can still be answered, and what
 * has been published still goes out. */
void bus_stop_listening(struct bus *bus);
/* NULL is fine. */
void bus_destroy(struct bus *bus);
/* What has become of a message that a request on control sent: LAYER_SENT or LAYER_REPEATED with
 * its seq, else a refusal. request_id 0 is nobody's: of ingest, a peer or a route, whose refusal
 * is counted and logged. */
void bus_settle(struct bus *bus, uint64_t request_id, enum layer_result result, uint64_t seq);
/* The answers to what requests have asked of the history; members are those of an object. */
void bus_tell_page(struct bus *bus, uint64_t request_id, enum store_problem problem,
	const char *epoch, struct str members);
/* The same of the layer. */
void bus_tell_members(struct bus *bus, uint64_t request_id, enum layer_result result,
	const struct layer_names *names);
/* The same of what they have asked about accounts; "": nobody can say. */
void bus_tell_account(struct bus *bus, uint64_t request_id, struct str members);
void bus_tell_backup(struct bus *bus, uint64_t request_id, enum store_problem problem);
/* Tells whoever follows the events socket; costs nothing when nobody does, and nobody does when bus
 * is NULL. */
void bus_publish(struct bus *bus, const struct event *event);
