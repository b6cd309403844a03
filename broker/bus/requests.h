/* SPDX-License-Identifier: MIT */
/* The control socket (REP) and the requests that wait for their answer. It is a raw REP socket, so
 * that answers may come in any order: each goes back under the header of its own request. A request
 * that needs others waits under its id until they have answered. */
#pragma once

#include "broker/bus/control.h"
#include "broker/nng/socket.h"
#include "broker/order/order.h"
#include "common/base/buf.h"
#include "common/base/list.h"

/* Waiting requests of one connection; more are answered "busy" at once. It is the number of answers
 * that nng keeps for a connection that does not read them; beyond it nng drops answers silently. */
#define REQUESTS_PER_PIPE_MAX 64
/* Waiting requests of all connections. Each keeps its text. */
#define REQUESTS_MAX 1024
/* Of these, requests that wait for messages; the bound keeps room for others. */
#define REQUESTS_RECEIVING_MAX 512
/* A request that still waits after this time is answered "timeout". */
#define REQUEST_WAIT_MS 30000

struct broker;
struct requests;

struct waiting_request {
	struct list link;
	struct requests *requests;
	nng_msg *message; /* owned; its header says whose answer this will be */
	struct control_asker asker; /* its id is never used again */
	bool is_receiving; /* its receiver waits */
	struct buf answer; /* what has been written of it */
	bool is_complete; /* while its handler runs */
	struct order_refusal refusal; /* of what is looked for, if it was not said */
	struct timer timer;
};

struct requests {
	struct watched_socket socket;
	struct broker *broker;
	struct list unread; /* nobody has looked at them; oldest first */
	struct list begun; /* wait for others; oldest first */
	struct list receiving; /* wait for messages; oldest first */
	size_t receiving_count;
	size_t count; /* of all */
	struct map *callers; /* owned, with its values: the open connections, by nng's id */
	uint64_t last_id;
	const struct waiting_request *current; /* whose handler runs */
	struct reactor_task answer_task;
	bool is_stopping;
	bool has_said_last; /* something since then */
};

bool requests_start(struct requests *requests, struct broker *broker, const char *path)
	__attribute__((warn_unused_result));
/* Begins no new request; new ones are answered that the broker is stopping. Harmless when it was
 * not started. */
void requests_stop(struct requests *requests);
/* Answers what still waits that the broker is stopping, and gives the answers a moment to arrive.
 * Harmless when it was not started. */
void requests_finish(struct requests *requests);
/* Call the first when a connection has come, before anything that it asks (a second time is
 * harmless). Call the second when it is gone: its requests for messages are dropped, and the
 * channels that were bound to it end. */
void requests_add_caller(struct requests *requests, uint32_t pipe);
void requests_remove_caller(struct requests *requests, uint32_t pipe);
/* Finds a request that waits; NULL when it waits no more. */
struct waiting_request *requests_find(struct requests *requests, uint64_t id);
/* Sends a request's complete answer and frees the request. Harmless when the connection that asked
 * is gone. */
void requests_answer(struct waiting_request *request);
