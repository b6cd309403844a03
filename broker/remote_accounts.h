/* SPDX-License-Identifier: MIT */
/* The accounts of another host. The broker there is asked (common/accounts_wire.h), and its answers
 * are remembered (broker/answers.h). Its revocations are polled, and an answer that is revoked is
 * forgotten at once. Main thread. */
#pragma once

#include "broker/answers.h"
#include "common/session.h"

struct remote_accounts;

struct remote_accounts_sink {
	/* The sockets of the session or user must be closed. names_are_taken: guests may have a
	 * name that is an account's now. */
	void (*revoke)(void *context, const struct revocation *revocation, bool names_are_taken);
	/* The end of an answer's revocations. is_complete false: some were missed, and everybody
	 * must be looked up again. */
	void (*end)(void *context, bool is_complete);
	void *context;
};

/* asker asks the other host's broker. asker and reactor are borrowed. The caller owns the
 * result. */
struct remote_accounts *remote_accounts_create(struct reactor *reactor, struct asker *asker,
	const struct remote_accounts_sink *sink) __attribute__((warn_unused_result));
/* Wakes all waiters, who find that nobody can say. NULL is fine. */
void remote_accounts_destroy(struct remote_accounts *accounts);
/* True: *state_out is known; it is SESSION_UNREADABLE when there was no answer. False: the question
 * is under way, and waiter, unless it is NULL, is woken when it is answered. */
bool remote_accounts_find_session(struct remote_accounts *accounts,
	const uint8_t key_hash[static SESSION_HASH_SIZE], struct answer_waiter *waiter,
	enum session_state *state_out, struct session *session_out)
	__attribute__((warn_unused_result));
/* The same for a guest (accounts_judge_guest). *is_judged_out is false when there was no answer. */
bool remote_accounts_judge_guest(struct remote_accounts *accounts, const struct user *guest,
	struct answer_waiter *waiter, bool *is_judged_out, bool *id_is_taken_out,
	bool *name_is_taken_out) __attribute__((warn_unused_result));
/* Asks for the revocations since the last time, unless a poll is under way. */
void remote_accounts_poll(struct remote_accounts *accounts);
