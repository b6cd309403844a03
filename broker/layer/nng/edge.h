/* SPDX-License-Identifier: MIT */
/* The channel layer of a broker that has its rooms from a hub (broker/layer/nng/hub.h): it holds
 * connections and forwards what they say, a batch at a time, and what comes out comes by the hub's
 * stream. When the hub is lost it keeps its connections and refuses what is said; what was on its
 * way by then stays, and is said once when the hub is back. Knows no socket: messages come and go
 * by struct edge_way. */
#pragma once

#include "broker/layer/layer.h"

/* So long without a word of the hub, and it is lost. */
#define EDGE_SILENCE_MS 3000
/* Records that wait to be sent, beyond which nothing more is taken. */
#define EDGE_BYTES_MAX (8 * 1024 * 1024)
/* What nobody can refuse waits beside those, as people who come and go. Beyond, the session begins
 * anew, which tells all that is to be known without its history. What it begins with is not
 * counted. */
#define EDGE_SESSION_BYTES_MAX (16 * 1024 * 1024)
/* Of a batch, but for its last record. */
#define EDGE_BATCH_BYTES (256 * 1024)
/* What was asked of others and has no answer yet. Notices are counted by themselves: no crowd of
 * questions keeps a revocation here. */
#define EDGE_ERRANDS_MAX 65536
#define EDGE_ERRANDS_BYTES_MAX (64 * 1024 * 1024)
#define EDGE_NOTICES_MAX 8192
/* Frames that wait for one that was missed. */
#define EDGE_HELD_BYTES_MAX (16 * 1024 * 1024)

struct edge;

/* How messages go out. */
struct edge_way {
	/* False when there is no way now. */
	bool (*ask)(void *context, struct str records);
	void (*finish)(void *context); /* the edge is gone; may be NULL */
	void *context;
};

struct edge *edge_create(const struct layer_setting *setting, const struct edge_way *way)
	__attribute__((warn_unused_result));
/* Which destroys the edge. */
struct layer *edge_layer(struct edge *edge);
/* A message that the hub has answered with, or of its stream. False when it is none. */
bool edge_take(struct edge *edge, struct str records) __attribute__((warn_unused_result));
/* There is a connection to the hub that was not there before. */
void edge_connect(struct edge *edge);
