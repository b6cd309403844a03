/* SPDX-License-Identifier: MIT */
/* accounts.db of another host, as the broker there tells of it (common/accounts_wire.h). What it
 * has said is believed for DISTANT_BOOK_GOOD_MS, and no longer than until it is revoked: what was
 * revoked is asked for again and again. Main thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "broker/bus/asker.h"
#include "broker/reactor/reactor.h"
#include "common/base/list.h"
#include "common/session.h"

#define DISTANT_BOOK_GOOD_MS 30000
/* After no answer: who comes meanwhile does not wait for the next. */
#define DISTANT_BOOK_BAD_MS 1000
/* Sessions and guests that are remembered or asked about; the oldest are forgotten first. */
#define DISTANT_BOOK_ENTRIES_MAX 10000

struct distant_book;

/* Who waits for an answer; link alone while it does not. */
struct distant_waiter {
	struct list link;
	/* Once: to be asked for again. Anything may be done. */
	void (*wake)(struct distant_waiter *waiter);
};

/* For who answers: puts one that may be NULL and may wait elsewhere into a list; wakes all of one,
 * which is empty behind it. */
void distant_wait(struct distant_waiter *waiter, struct list *waiters);
void distant_wake_all(struct list *waiters);

struct distant_book_sink {
	/* Somebody's sockets are to be closed. names_are_taken: others may go by a name that is an
	 * account's now. */
	void (*revoke)(void *context, const struct revocation *revocation, bool names_are_taken);
	/* That was all of an answer. Unless it is complete some were missed, and everybody is to be
	 * asked about anew. */
	void (*end)(void *context, bool is_complete);
	void *context;
};

/* asker asks the broker there; it and reactor are borrowed. */
struct distant_book *distant_book_create(struct reactor *reactor, struct asker *asker,
	const struct distant_book_sink *sink) __attribute__((warn_unused_result));
/* Who waits is woken, and told that nobody can say. NULL is fine. */
void distant_book_destroy(struct distant_book *book);
/* True: state_out is known, SESSION_UNREADABLE where there was no answer. False: it is being asked
 * for; waiter, unless it is NULL, is woken when it is known. */
bool distant_book_find_session(struct distant_book *book,
	const uint8_t key_hash[static SESSION_HASH_SIZE], struct distant_waiter *waiter,
	enum session_state *state_out, struct session *session_out)
	__attribute__((warn_unused_result));
/* The same about a guest (accounts_judge_guest); is_judged_out is false where nobody can say. */
bool distant_book_judge_guest(struct distant_book *book, const struct user *guest,
	struct distant_waiter *waiter, bool *is_judged_out, bool *id_is_taken_out,
	bool *name_is_taken_out) __attribute__((warn_unused_result));
/* Asks for what was revoked since the last time, unless that is under way. */
void distant_book_poll(struct distant_book *book);
