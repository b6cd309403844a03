/* SPDX-License-Identifier: MIT */
/* The channel layer of a broker that numbers and keeps for others, its edges
 * (broker/layer/nng/edge.h): around the layer that it would have alone. All that comes out there
 * goes to the edges too, in one stream (broker/layer/nng/wire.h); what edges send is done here as
 * if it had been said here, and its outcome is in the stream. Knows no socket: messages come and go
 * by struct hub_way. */
#pragma once

#include "broker/layer/layer.h"

/* People of 64 brokers are seen (broker/layer/roster.h), the hub's own among them. */
#define HUB_EDGES_MAX 63
/* When all places are taken, whoever was not heard of for longest goes, after so long at least:
 * edges speak each second. */
#define HUB_QUIET_MS 3000
/* Who has said hello and nothing else. */
#define HUB_NEWCOMERS_MAX 64
/* So long without a word, and an edge is gone with its people. */
#define HUB_SILENCE_MS 10000
/* What an edge has not done yet; beyond, it is busy. */
#define HUB_ERRANDS_MAX 16384
/* Who waits on an edge for a channel's next message: more than an edge ever asks for. */
#define HUB_RECEIVERS_MAX 65536
/* Questions that wait for the history; beyond, edges are told that it is busy. */
#define HUB_QUESTIONS_MAX 4096

struct history_rows;
struct hub;

/* How messages go out. asker is whoever brought the message to hub_take. */
struct hub_way {
	void (*publish)(void *context, struct str records);
	/* Takes asker. */
	void (*answer)(void *context, void *asker, struct str records);
	void (*finish)(void *context); /* the hub is gone; may be NULL */
	void *context;
};

struct hub *hub_create(const struct layer_setting *setting, const struct hub_way *way)
	__attribute__((warn_unused_result));
/* What the inner layer is made with; borrowed. */
const struct layer_setting *hub_setting(const struct hub *hub);
/* Takes it; before anything else but hub_setting. */
void hub_begin(struct hub *hub, struct layer *inner);
/* Which destroys the hub. */
struct layer *hub_layer(struct hub *hub);
/* For who could not make an inner layer. */
void hub_destroy(struct hub *hub);
/* A message of an edge. Takes asker. False when it is none that an edge would write: asker is not
 * taken. */
bool hub_take(struct hub *hub, void *asker, struct str records) __attribute__((warn_unused_result));
/* What has come out so far is sent now, instead of at the turn's end. */
void hub_send(struct hub *hub);
