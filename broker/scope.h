/* SPDX-License-Identifier: MIT */
/* Who connects and to what (Channels' scope). It is made from the request head during the handshake
 * on the main thread, is given to the consumer's admit, and is gone when the connection is open.
 * What stays of it is the connection's or shared: the user's person in the room
 * (broker/presence.h), the session's login (broker/logins.h), the client's quota; path and room are
 * those of the consumer and the room. */
#pragma once

#include <stdbool.h>

#include "broker/answers.h"
#include "broker/dialect.h"
#include "broker/stats.h"
#include "broker/ws/extensions.h"
#include "broker/ws/handshake.h"
#include "common/base/buf.h"
#include "common/base/list.h"
#include "common/identity.h"
#include "common/moderation.h"

struct closing;
struct consumer;
struct joiner;
struct login;
struct quota;

/* A newcomer that waits for another broker's answer, to be judged again then. */
struct patience {
	struct answer_waiter waiter;
	bool has_used_ticket; /* used it here; the other brokers are being asked */
};

struct scope {
	/* For consumers; in brackets what Channels calls it. */

	struct identity who; /* ["user"], ["session"] */
	struct buf path; /* ["path"], decoded once */
	struct str path_room; /* ["url_route"]: the {room} of the pattern, borrowed from path */
	struct buf room; /* for admit to fill, normalized; empty for consumers without one */
	struct handshake handshake; /* ["headers"], ["query_string"], ["subprotocols"] */
	struct str client; /* ["client"]: its address in text, borrowed from head or peer */
	bool is_https; /* ["scheme"] */
	enum dialect dialect; /* the route's, for admit to change */

	/* For the broker. */

	struct buf head; /* the raw request head; what handshake borrows from */
	const struct consumer *consumer;
	struct extensions extensions; /* what the 101 agrees to */
	char peer[64]; /* "unix" or the address of the socket's other end */
	uint64_t accept_us; /* monotonic */
	struct patience *patience; /* borrowed; NULL: it cannot wait */
	enum stat_id refused_as; /* 0: as the refusal's status says */
	struct str allowed_origin; /* whose scripts may read the answer; "" without one */
	struct quota *quota; /* counted for this connection; handed on to its channel */
	struct list link; /* in broker->scopes, from its admission on */
	struct login *login; /* likewise handed on; NULL without a session */
	struct joiner *joiner; /* while it waits to join its room */
	const struct closing *closing; /* why it is closed as soon as it is open; or NULL */
	struct standing standing; /* in its room; set right before it joins */
	uint32_t asked_anew; /* revoker.asked_anew when it was looked up */
};

struct scope *scope_create(struct str head) __attribute__((warn_unused_result));
/* NULL is fine. */
void scope_destroy(struct scope *scope);
