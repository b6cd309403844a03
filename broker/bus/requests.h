/* SPDX-License-Identifier: MIT */
/* The control socket (REP) and the requests that wait for their answer. A raw REP socket, so that
 * answers may come in any order: each goes back under the header of its own request. */
#pragma once

#include "broker/bus/socket.h"
#include "common/base/list.h"

/* Of one connection; more are answered at once that it is busy. As many answers as nng keeps for a
 * connection that does not read them: beyond it drops them without a word. */
#define REQUESTS_PER_PIPE_MAX 64
/* Of all. */
#define REQUESTS_MAX 1024

struct broker;

struct requests {
	struct bus_socket socket;
	struct broker *broker;
	struct list waiting; /* oldest first */
	size_t count;
	struct reactor_task answer_task;
};

bool requests_start(struct requests *requests, struct broker *broker, const char *path)
	__attribute__((warn_unused_result));
/* What waits is not answered any more. Harmless when it was not started. */
void requests_finish(struct requests *requests);
