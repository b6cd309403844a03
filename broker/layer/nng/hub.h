/* SPDX-License-Identifier: MIT */
/* The channel layer of a hub: a broker that numbers and keeps messages for others, its edges
 * (broker/layer/nng/edge.h). It wraps the layer that this broker would have alone, the inner layer.
 * All events of the inner layer also go to the edges, in one stream (broker/layer/nng/wire.h). What
 * an edge sends is done as if it had been said here, and its outcome comes in the stream. Knows no
 * socket: struct hub_way sends, and hub_take is given what arrives. */
#pragma once

#include "broker/layer/layer.h"

/* The roster knows the people of 64 brokers (broker/layer/roster.h); one of these is the hub. */
#define HUB_EDGES_MAX 63
/* When all places are taken, a new edge gets the place of the edge that has been silent for
 * longest, if that is longer than this. An edge speaks each second. */
#define HUB_QUIET_MS 3000
/* Edges that have sent a HELLO and no batch. Beyond it, the oldest is dropped. */
#define HUB_NEWCOMERS_MAX 64
/* After so long without a batch, an edge has gone, and its people with it. */
#define HUB_SILENCE_MS 10000
/* Errands that an edge has not done yet. Beyond it, its channels are LAYER_BUSY. */
#define HUB_ERRANDS_MAX 16384
/* Receivers of one edge that wait for a message: more than an edge ever has. Beyond it, the outcome
 * is LAYER_CROWDED. */
#define HUB_RECEIVERS_MAX 65536
/* Questions that wait for the history. Beyond it, the answer is BUSY. */
#define HUB_QUESTIONS_MAX 4096

struct history_rows;
struct hub;

/* Sends messages to edges. Borrows records for the call. */
struct hub_way {
	void (*publish)(void *context, struct str records);
	/* Takes asker, which was given to hub_take with the message that is answered. */
	void (*answer)(void *context, void *asker, struct str records);
	void (*finish)(void *context); /* the last call, when the hub is destroyed; may be NULL */
	void *context;
};

struct hub *hub_create(const struct layer_setting *setting, const struct hub_way *way)
	__attribute__((warn_unused_result));
/* The setting with which the caller creates the inner layer; borrowed from the hub. */
const struct layer_setting *hub_setting(const struct hub *hub);
/* Takes the inner layer. Call it once, before anything else but hub_setting. */
void hub_begin(struct hub *hub, struct layer *inner);
/* The layer of the hub. Its destroy operation destroys the hub. */
struct layer *hub_layer(struct hub *hub);
/* For a caller that could not create the inner layer. */
void hub_destroy(struct hub *hub);
/* Takes a message from an edge, and asker with it. False when no edge would write such a message:
 * then the caller keeps asker. */
bool hub_take(struct hub *hub, void *asker, struct str records) __attribute__((warn_unused_result));
/* Publishes the records of this turn now, instead of at its end. */
void hub_send(struct hub *hub);
