/* SPDX-License-Identifier: MIT */
/* Tickets of several brokers, each used at one of them: what all have in common says who has. That
 * is a Redis, where the first to SET a ticket's key has used it, and nobody else does, until it
 * cannot be good any more; or one of them, who knows which were used (broker/tickets.h). Main
 * thread. */
#pragma once

#include "broker/bus/asker.h"
#include "broker/redis/links.h"
#include "broker/remote_accounts.h"
#include "broker/tickets.h"

/* Answers are kept for half a minute, which is long for who waits; beyond, the oldest goes, and
 * while all are still asked for nobody can say. Both are counted as ticket_uses_dropped. */
#define TICKET_USES_MAX 20000
#define TICKET_USES_PREFIX "roomwire:ticket:" /* and the hash in hexadecimal digits */

struct stats;
struct ticket_uses;

/* Everything is borrowed. asker asks the broker that knows. */
struct ticket_uses *ticket_uses_create_redis(struct links *links, const struct reactor *reactor,
	struct stats *stats) __attribute__((warn_unused_result));
struct ticket_uses *ticket_uses_create_asking(struct asker *asker, const struct reactor *reactor,
	struct stats *stats) __attribute__((warn_unused_result));
/* Behind the links, whose handlers that wait get their NULL, and the asker; nobody waits here any
 * more. NULL is fine. */
void ticket_uses_destroy(struct ticket_uses *uses);
/* To be asked by who has used a ticket that nobody else has used here. True: it is known whether it
 * was used elsewhere, unless is_judged_out is false: nobody can say. False: it is being asked;
 * waiter, unless it is NULL, is woken when it is known. */
bool ticket_uses_take(struct ticket_uses *uses, const struct tickets_use *use,
	struct answer_waiter *waiter, bool *is_judged_out, enum ticket_problem *problem_out)
	__attribute__((warn_unused_result));
