/* SPDX-License-Identifier: MIT */
/* The channel layer of an edge: a broker whose rooms are those of a hub (broker/layer/nng/hub.h).
 * The edge holds connections and forwards their messages, one batch at a time; the hub's stream
 * brings the events. When the hub is lost, the edge keeps its connections and refuses new messages.
 * It keeps the messages that were already on their way, and delivers each once when the hub is
 * back. Knows no socket: struct edge_way sends, and edge_take is given what arrives. */
#pragma once

#include "broker/layer/layer.h"

/* The hub is lost after so long without a message from it. */
#define EDGE_SILENCE_MS 3000
/* Records that wait to be sent. Beyond it, new messages are refused with LAYER_BUSY. */
#define EDGE_BYTES_MAX (8 * 1024 * 1024)
/* The same, but for records that cannot be refused, such as people who come and go. Beyond it, the
 * edge begins a new session, which tells the present state without its history. The records that a
 * session begins with do not count. */
#define EDGE_SESSION_BYTES_MAX (16 * 1024 * 1024)
/* A batch ends with the record that reaches this size. */
#define EDGE_BATCH_BYTES (256 * 1024)
/* Errands without an outcome yet. Closings and revocations have a bound of their own: however many
 * other errands wait, a revocation gets through. */
#define EDGE_ERRANDS_MAX 65536
#define EDGE_ERRANDS_BYTES_MAX (64 * 1024 * 1024)
#define EDGE_NOTICES_MAX 8192
/* Frames that wait for a missed frame before them. Beyond it, a frame is dropped, and asked for
 * again. */
#define EDGE_HELD_BYTES_MAX (16 * 1024 * 1024)

struct edge;

/* Sends messages to the hub. */
struct edge_way {
	/* Borrows records for the call. False when there is no connection now. */
	bool (*ask)(void *context, struct str records);
	void (*finish)(void *context); /* the last call, when the edge is destroyed; may be NULL */
	void *context;
};

struct edge *edge_create(const struct layer_setting *setting, const struct edge_way *way)
	__attribute__((warn_unused_result));
/* The layer of the edge. Its destroy operation destroys the edge. */
struct layer *edge_layer(struct edge *edge);
/* Takes a message from the hub: an answer, or a part of its stream. False when it is malformed. */
bool edge_take(struct edge *edge, struct str records) __attribute__((warn_unused_result));
/* Call it when there is a new connection to the hub: sends again what has no answer. */
void edge_connect(struct edge *edge);
