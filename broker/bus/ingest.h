/* SPDX-License-Identifier: MIT */
/* The ingest socket (PULL): lines of events from shells and daemons, fire and forget. Several
 * lines may come in one message, as `nngcat --push --file -` sends them. */
#pragma once

#include "broker/bus/socket.h"

struct broker;

struct ingest {
	struct bus_socket socket;
	struct broker *broker;
};

bool ingest_start(struct ingest *ingest, struct broker *broker, const char *path)
	__attribute__((warn_unused_result));
