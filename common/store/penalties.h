/* SPDX-License-Identifier: MIT */
/* What wrong passwords cost, in accounts.db (accounts.h says what goes for all calls), so that all
 * workers and plain CGI agree. As OpenSSH's PerSourcePenalties: who has failed too often is refused
 * for a time that grows; nobody is made to wait inside, and nobody is shut out for good. */
#pragma once

#include "common/store/accounts.h"

/* Who tries to get in as whom. */
struct penalty_try {
	bool is_key; /* a program with a key: charged apart, so that it shuts nobody's login out */
	struct str username; /* as typed; of a key nothing */
	struct str source; /* the client's address; of IPv6 its /64 counts */
	int64_t now_ms;
	int64_t cap_ms; /* [limits] login_penalty_seconds */
};

/* Pays for a try before it is made, so that many at once are no way around: wait_ms_out is 0 when
 * it may be made, else how long this source or account is still refused, and nothing was paid. */
enum store_problem penalties_charge(struct accounts *accounts, const struct penalty_try *attempt,
	int64_t *wait_ms_out) __attribute__((warn_unused_result));
/* The password was right, or was not looked at: the try cost nothing. is_success forgets what the
 * source owes for this account, and remembers it as one that the account comes from. */
enum store_problem penalties_refund(struct accounts *accounts, const struct penalty_try *attempt,
	bool is_success) __attribute__((warn_unused_result));
