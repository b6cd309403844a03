/* SPDX-License-Identifier: MIT */
/* Keeps who is connected in step with accounts.db: whoever logs out, is banned or changes a
 * password there loses the sockets here, within a second. While there is any connection it looks
 * four times a second, in a site of several brokers always, because those who have no accounts.db
 * are told of it here; and before each look-up of a newcomer: so a newcomer is judged by what was
 * known before, and by every revocation behind it. A guest whose name an account takes loses the
 * sockets, too, and comes back as guest-… (common/identity.h). Main thread; never closes or asks
 * much in one turn. */
#pragma once

#include "broker/account_book.h"
#include "broker/reactor/reactor.h"

struct broker;
struct closing;
struct remote_accounts;
struct scope;

/* A session whose sockets are open is looked up so often, beside what is revoked; of another broker
 * it is asked for as often as sessions are kept awake (session_touch_ms). */
#define REVOKER_RECHECK_MS (30 * 60 * 1000)
/* Of a turn: connections that are closed, or sessions and guests that are looked up. */
#define REVOKER_SLICE 200

struct revoker {
	struct broker *broker; /* borrowed */
	struct account_book book;
	struct remote_accounts
		*remote; /* owned; asked instead, where accounts are on another host */
	struct map *closings; /* of what is being told from there; owned */
	int64_t version; /* of what has been read */
	int64_t last_revocation; /* negative: none has been read of this file */
	struct timer timer;
	struct reactor_task task;
	struct condemned *condemned; /* connections that wait to be closed; owned */
	uint32_t condemned_count;
	uint32_t condemned_capacity;
	uint64_t recheck_position; /* in the logins */
	/* Everybody is asked about anew, because revocations may have been missed; or guests alone,
	 * because accounts have taken names. */
	bool asks_anew;
	bool names_were_taken; /* guests are to be asked about next */
	uint32_t asked_anew; /* how often there has been a reason for either */
	uint64_t anew_logins, anew_conns; /* positions */
};

void revoker_init(struct revoker *revoker, struct broker *broker);
/* All zero is fine. */
void revoker_finish(struct revoker *revoker);
/* The broker has its layer and its askers: the first look. */
void revoker_start(struct revoker *revoker);
/* No other broker is asked any more; who waits for one is told that nobody can say. */
void revoker_stop_asking(struct revoker *revoker);
/* Before a newcomer is looked up. */
void revoker_catch_up(struct revoker *revoker);
/* Another broker has found out: a session's hash or a user's id. Told to nobody else. */
void revoker_take(struct revoker *revoker, const uint8_t *key, size_t key_size,
	const struct closing *closing);
/* Some of that may have been missed: everybody is asked about anew, here if that can be done. */
void revoker_miss(struct revoker *revoker);
/* A newcomer has been admitted: its scope is among the broker's. */
void revoker_watch(struct revoker *revoker, struct scope *scope);
/* A newcomer is about to be let in: why not, or NULL. */
const struct closing *revoker_judge(struct revoker *revoker, const struct scope *scope);
