/* SPDX-License-Identifier: MIT */
/* Everything that goes over nng: control, ingest and events, the broker's peers, and copies
 * between rooms. Main thread. */
#pragma once

#include "broker/layer/layer.h"
#include "common/store/problem.h"

/* Set in the ids of all control requests, and in no channel's id. */
#define BUS_REQUEST_ID_BIT (UINT64_C(1) << 63)

struct broker;
struct bus;
struct order_refusal;

/* Binds the sockets below DIR/run and dials the peers. NULL after it has logged why. */
struct bus *bus_create(struct broker *broker) __attribute__((warn_unused_result));
/* Takes no more requests and events from outside. Requests that wait can still be answered, and
 * what has been published still goes out. */
void bus_stop_listening(struct bus *bus);
/* NULL is fine. */
void bus_destroy(struct bus *bus);
/* Answers a control request that sent a message: LAYER_SENT or LAYER_REPEATED with its seq, else a
 * refusal. request_id 0 is a message of ingest, a peer or a route, whose refusal is counted and
 * logged. */
void bus_settle(struct bus *bus, uint64_t request_id, enum layer_result result, uint64_t seq);
/* Answers a request that asked the history; members are those of a JSON object. */
void bus_tell_page(struct bus *bus, uint64_t request_id, enum store_problem problem,
	const char *epoch, struct str members);
/* Answers a request that asked the layer for a group's members. */
void bus_tell_members(struct bus *bus, uint64_t request_id, enum layer_result result,
	const struct layer_names *names);
/* Answers a request that asked about accounts; "": nobody can say. */
void bus_tell_account(struct bus *bus, uint64_t request_id, struct str members);
/* Who says something by a request that waits. False when it is gone, or says nothing for a
 * person. */
bool bus_find_speaker(struct bus *bus, uint64_t request_id, struct user *user_out)
	__attribute__((warn_unused_result));
/* By what way a request that waits came, for the audit log. NULL when it is gone, or does not
 * say. */
const char *bus_find_via(struct bus *bus, uint64_t request_id);
/* What a request is answered that is settled with LAYER_NOT_SAID. Its texts are static. */
void bus_note_refusal(struct bus *bus, uint64_t request_id, const struct order_refusal *refusal);
/* Answers a request that ordered something; NULL: it is done. */
void bus_tell_order(struct bus *bus, uint64_t request_id, const struct order_refusal *refusal);
void bus_tell_backup(struct bus *bus, uint64_t request_id, enum store_problem problem);
/* Publishes an event on the events socket. Costs nothing when nobody follows it. bus may be NULL;
 * nobody follows then. */
void bus_publish(struct bus *bus, const struct event *event);
