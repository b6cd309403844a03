/* SPDX-License-Identifier: MIT */
/* The ingest socket (PULL): lines of events from shells and daemons, without answers. One message
 * may bring many lines, as `nngcat --push --file -` sends them; they are handled over several
 * turns. Nothing more is read meanwhile, nor while too much waits to be committed, so that senders
 * wait. */
#pragma once

#include "broker/nng/socket.h"
#include "common/base/log.h"

struct broker;

struct ingest {
	struct watched_socket socket;
	struct broker *broker;
	nng_msg *message; /* owned; the message that is being handled, or NULL */
	struct str rest; /* of its lines */
	size_t lines; /* taken in this turn */
	size_t bytes;
	struct reactor_task turn_task; /* begins a new turn */
	struct timer retry_timer; /* armed while the next line is held back */
	bool is_ending; /* no line is held back any more */
	struct log_rate refusals;
};

bool ingest_start(struct ingest *ingest, struct broker *broker, const char *path)
	__attribute__((warn_unused_result));
/* Takes the lines that have been read. Harmless when it was not started. */
void ingest_finish(struct ingest *ingest);
