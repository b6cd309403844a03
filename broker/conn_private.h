/* SPDX-License-Identifier: MIT */
/* A connection's inside, shared by conn.c (its life) and conn_stream.c (what is different in the
 * life of a stream). */
#pragma once

#include "broker/conn.h"
#include "broker/stats.h"

/* 0: none. */
void conn_set_deadline(struct conn *conn, uint64_t after_ms);
/* 0: pings are switched off. */
uint64_t conn_first_ping_ms(const struct conn *conn);
/* Closes the descriptor at once; cause counts unless it is closing already. */
void conn_drop_as(struct conn *conn, enum stat_id cause);
