/* SPDX-License-Identifier: MIT */
/* Tickets that several brokers accept: each is used at one of them only. Either their common Redis
 * decides: the first to SET a ticket's key has used it, until the ticket has expired. Or one broker
 * decides, which knows those that were used (broker/tickets.h). Main thread. */
#pragma once

#include "broker/answers.h"
#include "broker/bus/asker.h"
#include "broker/redis/links.h"
#include "broker/tickets.h"

/* An answer is kept for half a minute, longer than anybody waits for it. Beyond this number the
 * oldest answer is dropped; while all are still being asked for there is no answer. Both are
 * counted as ticket_uses_dropped. */
#define TICKET_USES_MAX 20000
#define TICKET_USES_PREFIX "roomwire:ticket:" /* and the hash in hexadecimal digits */

struct stats;
struct ticket_uses;

/* Everything is borrowed. asker asks the broker that knows. */
struct ticket_uses *ticket_uses_create_redis(struct links *links, const struct reactor *reactor,
	struct stats *stats) __attribute__((warn_unused_result));
struct ticket_uses *ticket_uses_create_asking(struct asker *asker, const struct reactor *reactor,
	struct stats *stats) __attribute__((warn_unused_result));
/* Call it after the links are destroyed, whose waiting handlers get their NULL, and after the
 * asker. Nobody waits here any more. NULL is fine. */
void ticket_uses_destroy(struct ticket_uses *uses);
/* Asks whether another broker has used a ticket; call it when nobody else has used it here. True:
 * *problem_out says; with *is_judged_out false there was no answer. False: the question is under
 * way, and waiter, unless it is NULL, is woken when it is answered. */
bool ticket_uses_take(struct ticket_uses *uses, const struct tickets_use *use,
	struct answer_waiter *waiter, bool *is_judged_out, enum ticket_problem *problem_out)
	__attribute__((warn_unused_result));
