/* SPDX-License-Identifier: MIT */
/* What a connection does otherwise when it is no WebSocket but an HTTP answer that goes on: it says
 * nothing that counts, so that there are no pongs to wait for, and its end is the end of the
 * answer. */
#pragma once

#include <stddef.h>

#include "broker/conn.h"

/* It is open: sets its first deadline. */
void conn_stream_begin(struct conn *conn);
/* Its client has said something, which nobody hears. */
void conn_stream_discard(struct conn *conn, size_t len);
/* All that a long poll has been told is out. */
void conn_end_poll(struct conn *conn);
/* Its deadline has passed. */
void conn_stream_due(struct conn *conn);
