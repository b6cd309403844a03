/* SPDX-License-Identifier: MIT */
/* What somebody orders in a room, over a socket or over control: read, looked up among the people
 * who are there, and handed to the registrar, or to the broker that has the accounts. Main
 * thread. */
#pragma once

#include "broker/order.h"
#include "broker/registrar.h"
#include "common/json.h"

/* An order's text: a topic, a name, and what belongs to them. */
#define ORDER_BYTES_MAX 4096

/* Takes the text of a "moderate" object of a connection that has joined. The connection is told
 * what becomes of it. */
void order_take_frame(struct broker *broker, struct channel *channel, struct str text);
/* Reads what is ordered in a room. NULL with why not. The caller adds who orders it, and owns the
 * result. */
struct registrar_job *order_read(struct broker *broker, struct str room,
	const struct json *arguments, const struct order_refusal **refusal_out)
	__attribute__((warn_unused_result));
/* Hands an order over. NULL, or why it cannot be taken now. Takes job. */
const struct order_refusal *order_give(struct broker *broker, struct registrar_job *job);
/* Too many orders wait. */
extern const struct order_refusal order_is_busy;
