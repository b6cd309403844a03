/* SPDX-License-Identifier: MIT */
/* accounts.db of another host, as the broker there tells of it (common/accounts_wire.h). What it
 * has said is believed for REMOTE_ACCOUNTS_GOOD_MS, and no longer than until it is revoked: what
 * was revoked is asked for again and again. Main thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "broker/bus/asker.h"
#include "broker/reactor/reactor.h"
#include "common/base/list.h"
#include "common/session.h"

#define REMOTE_ACCOUNTS_GOOD_MS 30000
/* After no answer: who comes meanwhile does not wait for the next. */
#define REMOTE_ACCOUNTS_BAD_MS 1000
/* Sessions and guests that are remembered or asked about; the oldest are forgotten first. */
#define REMOTE_ACCOUNTS_ENTRIES_MAX 10000

struct remote_accounts;

/* Who waits for an answer; link alone while it does not. */
struct answer_waiter {
	struct list link;
	/* Once: to be asked for again. Anything may be done. */
	void (*wake)(struct answer_waiter *waiter);
};

/* For who answers: puts one that may be NULL and may wait elsewhere into a list; wakes all of one,
 * which is empty behind it. */
void answer_wait(struct answer_waiter *waiter, struct list *waiters);
void answer_wake_all(struct list *waiters);

struct remote_accounts_sink {
	/* Somebody's sockets are to be closed. names_are_taken: others may go by a name that is an
	 * account's now. */
	void (*revoke)(void *context, const struct revocation *revocation, bool names_are_taken);
	/* That was all of an answer. Unless it is complete some were missed, and everybody is to be
	 * asked about anew. */
	void (*end)(void *context, bool is_complete);
	void *context;
};

/* asker asks the broker there; it and reactor are borrowed. */
struct remote_accounts *remote_accounts_create(struct reactor *reactor, struct asker *asker,
	const struct remote_accounts_sink *sink) __attribute__((warn_unused_result));
/* Who waits is woken, and told that nobody can say. NULL is fine. */
void remote_accounts_destroy(struct remote_accounts *accounts);
/* True: state_out is known, SESSION_UNREADABLE where there was no answer. False: it is being asked
 * for; waiter, unless it is NULL, is woken when it is known. */
bool remote_accounts_find_session(struct remote_accounts *accounts,
	const uint8_t key_hash[static SESSION_HASH_SIZE], struct answer_waiter *waiter,
	enum session_state *state_out, struct session *session_out)
	__attribute__((warn_unused_result));
/* The same about a guest (accounts_judge_guest); is_judged_out is false where nobody can say. */
bool remote_accounts_judge_guest(struct remote_accounts *accounts, const struct user *guest,
	struct answer_waiter *waiter, bool *is_judged_out, bool *id_is_taken_out,
	bool *name_is_taken_out) __attribute__((warn_unused_result));
/* Asks for what was revoked since the last time, unless that is under way. */
void remote_accounts_poll(struct remote_accounts *accounts);
