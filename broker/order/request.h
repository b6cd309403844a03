/* SPDX-License-Identifier: MIT */
/* What somebody orders in a room, over a socket or over control: read, looked up among the people
 * who are there, and handed to the registrar, or to the broker that has the accounts. Main
 * thread. */
#pragma once

#include "broker/order/order.h"
#include "broker/order/registrar.h"
#include "common/json.h"

/* An order's text: a topic, a name, and what belongs to them. */
#define ORDER_BYTES_MAX 4096

/* Takes the text of a "moderate" object of a connection that has joined. The connection is told
 * what becomes of it. */
void order_take_frame(struct broker *broker, struct channel *channel, struct str text);
/* Reads what is ordered in a room. names_ids: it comes from somebody who knows people by their ids,
 * and sessions and addresses by themselves. NULL with why not. The caller adds who orders it, and
 * owns the result. */
struct registrar_job *order_read(struct broker *broker, struct str room,
	const struct json *arguments, bool names_ids, const struct order_refusal **refusal_out)
	__attribute__((warn_unused_result));
/* Hands a job over, to the registrar or to the broker that has the accounts. NULL, or why it
 * cannot be taken now; its actor may order something every so often only. Takes job. */
const struct order_refusal *order_give(struct broker *broker, struct registrar_job *job);
/* Too many orders wait, here or on their way to another broker. */
extern const struct order_refusal order_is_busy;
