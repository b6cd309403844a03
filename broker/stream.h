/* SPDX-License-Identifier: MIT */
/* What a handshake that asks for no WebSocket gets: an HTTP answer that goes on, for networks that
 * let no WebSocket through and for programs that speak plain HTTP. Pure. */
#pragma once

#include "broker/scope.h"
#include "common/secret.h"

/* Appends the head of the answer, and what comes before its first event. Nothing for a
 * WebSocket. */
void stream_write_head(const struct scope *scope, const struct secret *secret, struct buf *out);
/* Appends the lines that let an origin's scripts read an answer; nothing for "". */
void stream_write_cors(struct str allowed_origin, struct buf *out);
/* How long a long poll waits for an event: ?wait=SECONDS. 0 is not at all. */
uint32_t stream_wait_ms(const struct scope *scope);
