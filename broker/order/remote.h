/* SPDX-License-Identifier: MIT */
/* The standings of people whose accounts are on another host. The broker there is asked, and its
 * answers are remembered (broker/answers.h). Its changes are polled, and what they concern is
 * forgotten at once. Main thread. */
#pragma once

#include "broker/order/order.h"

struct asker;
struct order_follower;
struct order_remote;

/* follower, which is told of the changes, and asker are borrowed. The caller owns the result. */
struct order_remote *order_remote_create(struct order_follower *follower, struct asker *asker)
	__attribute__((warn_unused_result));
/* Wakes all waiters, who find that nobody can say. NULL is fine. */
void order_remote_destroy(struct order_remote *remote);
/* As order_ask. */
bool order_remote_find(struct order_remote *remote, struct str room, const struct subject *subject,
	struct answer_waiter *waiter, struct order_answer *answer_out)
	__attribute__((warn_unused_result));
/* Asks for the changes since the last time, unless that is under way. */
void order_remote_poll(struct order_remote *remote);
