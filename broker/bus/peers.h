/* SPDX-License-Identifier: MIT */
/* Follows events sockets (SUB): those of the peers, which share our rooms, and our own, whose
 * events [routes] copies between rooms. Best effort, as PUB/SUB is. */
#pragma once

#include "broker/nng/socket.h"
#include "common/base/log.h"

struct broker;

struct peers {
	struct watched_socket others; /* dials all of [broker] peers */
	struct watched_socket own; /* dials our own events socket, when there are routes */
	struct broker *broker;
	struct log_rate refusals;
};

/* own_path is that of our own events socket. */
bool peers_start(struct peers *peers, struct broker *broker, const char *own_path)
	__attribute__((warn_unused_result));
void peers_finish(struct peers *peers);
