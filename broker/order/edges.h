/* SPDX-License-Identifier: MIT */
/* Orders of brokers without accounts.db. Such a broker sends what its people order to the one that
 * has it. Over control the answer comes when the order is done. By the layer a question is answered
 * at once: an order gets a number there, by which the edge asks what has become of it. Main
 * thread. */
#pragma once

#include "broker/order/order.h"
#include "broker/order/registrar.h"

/* Orders of this broker that are under way to the one with the accounts; more are refused. */
#define ORDERS_SENT_MAX 1024
/* Orders of edges whose outcome is remembered; the oldest are forgotten first. */
#define ORDER_OUTCOMES_MAX 4096

/* On the broker that asks. Takes job. NULL: the job's asker is told what has become of it; else why
 * not, as too many are under way, or nobody can be asked. */
const struct order_refusal *order_send_up(struct broker *broker, struct registrar_job *job)
	__attribute__((warn_unused_result));
/* Forgets what is under way; nobody is told. */
void order_forget_sent(struct broker *broker);

/* On the broker that has the accounts. */

struct order_outcomes;

struct order_outcomes *order_outcomes_create(void) __attribute__((warn_unused_result));
/* NULL is fine. */
void order_outcomes_destroy(struct order_outcomes *outcomes);
/* The number of an order that is about to be given. */
uint64_t order_outcomes_add(struct order_outcomes *outcomes);
/* What has become of it; refusal NULL: it is done. Its texts are static. */
void order_outcomes_note(
	struct order_outcomes *outcomes, uint64_t number, const struct order_refusal *refusal);

enum order_outcome_state { ORDER_UNKNOWN, ORDER_UNDER_WAY, ORDER_DONE, ORDER_REFUSED };

/* *refusal_out is set of an ORDER_REFUSED. */
enum order_outcome_state order_outcomes_find(
	const struct order_outcomes *outcomes, uint64_t number, struct order_refusal *refusal_out);
