/* SPDX-License-Identifier: MIT */
/* Tickets of brokers that share a Redis: the first to SET a ticket's key there has used it, and
 * nobody else does, until it cannot be good any more. Main thread. */
#pragma once

#include "broker/distant_book.h"
#include "broker/redis/links.h"
#include "broker/tickets.h"

#define TICKET_USES_PREFIX "roomwire:ticket:" /* and the hash in hexadecimal digits */

struct ticket_uses;

/* Both are borrowed. */
struct ticket_uses *ticket_uses_create(struct links *links, const struct reactor *reactor)
	__attribute__((warn_unused_result));
/* Behind the links, whose handlers that wait get their NULL; nobody waits here any more. NULL is
 * fine. */
void ticket_uses_destroy(struct ticket_uses *uses);
/* As distant_book_use_ticket: by who has used it here. */
bool ticket_uses_take(struct ticket_uses *uses, const struct tickets_use *use,
	struct distant_waiter *waiter, bool *is_judged_out, enum ticket_problem *problem_out)
	__attribute__((warn_unused_result));
