/* SPDX-License-Identifier: MIT */
/* The control socket (REP) and the requests that wait for their answer. A raw REP socket, so that
 * answers may come in any order: each goes back under the header of its own request. What others
 * have to do first has a request wait under its id, and comes back by it. */
#pragma once

#include "broker/bus/control.h"
#include "broker/nng/socket.h"
#include "common/base/buf.h"
#include "common/base/list.h"

/* Of one connection, waiting for whatever; more are answered at once that it is busy. As many
 * answers as nng keeps for a connection that does not read them: beyond it drops them without a
 * word. */
#define REQUESTS_PER_PIPE_MAX 64
/* Of all. Each keeps its text. */
#define REQUESTS_MAX 1024
/* Of these, who wait for messages: they hold up nobody else. */
#define REQUESTS_RECEIVING_MAX 512
/* A request that still waits by then is told so. */
#define REQUEST_WAIT_MS 30000

struct broker;
struct requests;

struct waiting_request {
	struct list link;
	struct requests *requests;
	nng_msg *message; /* owned; its header says whose answer this will be */
	struct control_asker asker; /* its id is never used again */
	bool is_receiving; /* its receiver waits */
	struct buf answer; /* as far as it is written */
	bool is_complete; /* while its handler runs */
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
	struct map *callers; /* owned, and its values: connections of now, by nng's id */
	uint64_t last_id;
	const struct waiting_request *current; /* whose handler runs */
	struct reactor_task answer_task;
	bool is_stopping;
	bool has_said_last; /* something since then */
};

bool requests_start(struct requests *requests, struct broker *broker, const char *path)
	__attribute__((warn_unused_result));
/* Nothing new is begun: who asks is told so. Harmless when it was not started. */
void requests_stop(struct requests *requests);
/* What still waits is told so, and gets a moment to arrive. Harmless when it was not started. */
void requests_finish(struct requests *requests);
/* A connection has come (harmless a second time), before anything that it asks; or is gone: its
 * requests for messages are dropped, and what was bound to it. */
void requests_add_caller(struct requests *requests, uint32_t pipe);
void requests_remove_caller(struct requests *requests, uint32_t pipe);
/* A request that waits; NULL when it waits no more. */
struct waiting_request *requests_find(struct requests *requests, uint64_t id);
/* Its answer is complete: it is sent, and the request is gone. When who asked is gone, nothing
 * happens. */
void requests_answer(struct waiting_request *request);
