/* SPDX-License-Identifier: MIT */
/* Who connects and to what, as Channels' scope says it: made from the request head during the
 * handshake on the main thread, gone when the connection is open. */
#pragma once

#include <stdbool.h>

#include "broker/dialect.h"
#include "broker/stats.h"
#include "broker/ws/extensions.h"
#include "broker/ws/handshake.h"
#include "common/base/buf.h"
#include "common/guest.h"

struct quota;
struct consumer;

struct scope {
	struct buf head; /* the raw request head; what handshake borrows from */
	struct handshake handshake;
	const struct consumer *consumer;
	struct buf path; /* decoded once */
	struct str
		path_room; /* url_route's kwargs: the {room} of the pattern, borrowed from path */
	struct buf room; /* normalized; empty for consumers without one */
	struct user user;
	bool guest_is_new; /* the cookie goes out with the 101 */
	bool is_https;
	enum dialect dialect;
	struct extensions extensions; /* what the 101 agrees to */
	struct str client; /* the client's address in text, borrowed from head or peer */
	char peer[64]; /* "unix" or the address of the socket's other end */
	uint64_t accept_us; /* monotonic */
	enum stat_id refused_as; /* 0: as the refusal's status says */
	struct quota *quota; /* counted for this connection; handed on to its channel */
};

struct scope *scope_create(struct str head) __attribute__((warn_unused_result));
/* NULL is fine. */
void scope_destroy(struct scope *scope);
