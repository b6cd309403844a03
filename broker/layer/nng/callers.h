/* SPDX-License-Identifier: MIT */
/* The connections (callers) at the two sockets of a hub. Anybody can connect to a port, and nng
 * reads a message before its key is checked. So the number of strangers, who have not yet shown the
 * key, is bounded; when there are more, the oldest stranger is disconnected. That keeps places free
 * for edges, which show the key with their first message. Pure: connections are numbers, and the
 * caller passes the time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Connections of each socket: all edges twice, as an edge may dial again before its old connection
 * ends, and the strangers. */
#define CALLERS_MAX 256
#define CALLERS_STRANGERS_MAX 64
/* An edge speaks each second. A caller that is silent for longer is a stranger, or has gone. */
#define CALLERS_SILENCE_MS 10000

enum caller_road {
	CALLER_ASKS,
	/* Subscribers send nothing. If an address has n known callers that ask, its first n
	 * subscribers are known, too. */
	CALLER_STREAM,
};

/* In network byte order; all zero where there is no address (ipc). */
struct caller_address {
	uint8_t host[16];
	uint16_t port;
};

struct callers;

/* Has to close a connection; it may do so later. The connection counts until callers_remove.
 * stranger is the reason, a word for logs; NULL for a known caller. Called by callers_add,
 * callers_expose and callers_check; do not call these functions from it. */
typedef void callers_hang_up_fn(
	void *context, const struct caller_address *address, const char *stranger);
struct callers *callers_create(callers_hang_up_fn *hang_up, void *context)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void callers_destroy(struct callers *callers);
void callers_add(struct callers *callers, enum caller_road road, uint32_t pipe,
	const struct caller_address *address, uint64_t now_ms);
/* Harmless if there is no such pipe; so is callers_know. */
void callers_remove(struct callers *callers, uint32_t pipe);
/* The caller has shown the key. */
void callers_know(struct callers *callers, uint32_t pipe, uint64_t now_ms);
/* The caller has sent a message without the key, perhaps before callers_add: disconnects it.
 * problem is the reason, a word for logs. */
void callers_expose(struct callers *callers, uint32_t pipe, const struct caller_address *address,
	const char *problem);
/* Disconnects the callers of CALLER_ASKS that have been silent for CALLERS_SILENCE_MS. Call it now
 * and then. */
void callers_check(struct callers *callers, uint64_t now_ms);
