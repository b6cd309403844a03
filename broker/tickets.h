/* SPDX-License-Identifier: MIT */
/* The tickets of other sites at the broker's door: found in a handshake, believed by
 * common/ticket.h, and each used once. Which were used is known since the start only, so that none
 * from before it is taken. Main thread. */
#pragma once

#include "broker/ws/handshake.h"
#include "common/ticket.h"

/* Remembered until they expire; beyond, no ticket is taken. */
#define TICKETS_USED_MAX 100000

struct tickets;

/* What brokers that share tickets know of one that was used. */
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
/* Believes a ticket, or logs why not; whether it was used before is not asked. */
enum ticket_problem tickets_read(struct tickets *tickets, struct str token, struct str room,
	int64_t now_s, struct ticket *ticket) __attribute__((warn_unused_result));
struct tickets_use tickets_use_of(const struct ticket *ticket);
/* Uses up a ticket that another broker believes. */
enum ticket_problem tickets_use_up(struct tickets *tickets, const struct tickets_use *use,
	int64_t now_s) __attribute__((warn_unused_result));
/* Uses a ticket up, or logs why not, for the room that is asked for ("" without one). TICKET_OK
 * fills ticket. */
enum ticket_problem tickets_take(struct tickets *tickets, struct str token, struct str room,
	int64_t now_s, struct ticket *ticket) __attribute__((warn_unused_result));
