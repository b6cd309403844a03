/* SPDX-License-Identifier: MIT */
/* Keeps connections in step with accounts.db: whoever logs out, is banned or changes a password
 * there loses the sockets here within a second. A guest whose name an account takes loses them,
 * too, and comes back as guest-… (common/identity.h). It looks for revocations four times a second:
 * while there is any connection, and always in a site of several brokers, because those without
 * accounts.db are told from here. It also looks before each look-up of a newcomer, so that the
 * look-up knows all earlier revocations and every later one finds the newcomer. Main thread; never
 * closes or asks much in one turn. */
#pragma once

#include "broker/account_book.h"
#include "broker/reactor/reactor.h"

struct asker;
struct broker;
struct closing;
struct remote_accounts;
struct scope;

/* How often a session with open sockets is looked up, beside what is revoked. Another broker is
 * asked as often as sessions are kept awake (session_touch_ms). */
#define REVOKER_RECHECK_MS (30 * 60 * 1000)
/* In one turn: connections that are closed, or sessions and guests that are looked up. */
#define REVOKER_SLICE 200

struct revoker {
	struct broker *broker; /* borrowed */
	struct account_book book;
	struct remote_accounts *remote; /* owned; NULL unless the accounts are on another host */
	struct asker *asker; /* asks that host; borrowed; NULL unless there is one */
	struct map *closings; /* owned; what remote has told so far of one answer */
	int64_t version; /* of accounts.db, when it was last read */
	int64_t last_revocation; /* negative: none has been read of this file */
	struct timer timer;
	struct reactor_task task;
	struct condemned *condemned; /* connections that wait to be closed; owned */
	uint32_t condemned_count;
	uint32_t condemned_capacity;
	uint64_t recheck_position; /* in the logins */
	/* Everybody is looked up again, because revocations may have been missed; or guests alone,
	 * because accounts have taken names. */
	bool asks_anew;
	bool names_were_taken; /* guests are looked up next */
	uint32_t asked_anew; /* counts the reasons for either */
	uint64_t anew_logins, anew_conns; /* positions */
};

void revoker_init(struct revoker *revoker, struct broker *broker);
/* All zero is fine. */
void revoker_finish(struct revoker *revoker);
/* Call it when the broker has its layer and its askers: takes the first look. */
void revoker_start(struct revoker *revoker);
/* Asks no other broker any more; waiters are told that nobody can say. */
void revoker_stop_asking(struct revoker *revoker);
/* Looks for revocations; call it before a newcomer is looked up. */
void revoker_catch_up(struct revoker *revoker);
/* Closes what another broker has found revoked: key is a session's hash or a user's id. Tells
 * nobody else. */
void revoker_take(struct revoker *revoker, const uint8_t *key, size_t key_size,
	const struct closing *closing);
/* Call it when such revocations may have been missed: everybody is looked up again, if that can be
 * done here. */
void revoker_miss(struct revoker *revoker);
/* Call it when a newcomer is admitted; its scope is in broker->scopes. */
void revoker_watch(struct revoker *revoker, struct scope *scope);
/* Call it before a newcomer joins: why it must not, or NULL. */
const struct closing *revoker_judge(struct revoker *revoker, const struct scope *scope);
