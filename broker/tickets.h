/* SPDX-License-Identifier: MIT */
/* Tickets of other sites: found in a handshake, verified by common/ticket.h, and used once each.
 * Uses are known only since the start, so tickets from before it are refused. Main thread. */
#pragma once

#include "broker/ws/handshake.h"
#include "common/ticket.h"

/* Used tickets are remembered until they expire; beyond this number no ticket is taken. */
#define TICKETS_USED_MAX 100000

struct tickets;

/* What brokers tell each other of a used ticket. */
#define TICKETS_HASH_SIZE 16

struct tickets_use {
	uint8_t number_hash[TICKETS_HASH_SIZE];
	int64_t issued_s;
};

/* Borrows both. now_s is the wall clock. */
struct tickets *tickets_create(const char *state_directory, const char *audience, int64_t now_s)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void tickets_destroy(struct tickets *tickets);
/* The ticket of a handshake, which a client may hand over in two ways: as the subprotocol
 * "ticket.TOKEN", or as the query's "ticket=TOKEN". False when there is none. */
bool tickets_find(const struct handshake *handshake, struct str *token_out)
	__attribute__((warn_unused_result));
/* Verifies a ticket, or logs why it is not valid. Does not check whether it was used before. */
enum ticket_problem tickets_read(struct tickets *tickets, struct str token, struct str room,
	int64_t now_s, struct ticket *ticket) __attribute__((warn_unused_result));
struct tickets_use tickets_use_of(const struct ticket *ticket);
/* Uses up a ticket that another broker has verified. */
enum ticket_problem tickets_use_up(struct tickets *tickets, const struct tickets_use *use,
	int64_t now_s) __attribute__((warn_unused_result));
/* Verifies a ticket for a room ("" without one) and uses it up, or logs why not. TICKET_OK fills
 * ticket. */
enum ticket_problem tickets_take(struct tickets *tickets, struct str token, struct str room,
	int64_t now_s, struct ticket *ticket) __attribute__((warn_unused_result));
