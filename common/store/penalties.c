/* SPDX-License-Identifier: MIT */
/* Wrong passwords, counted for the account at one source, for the source whatever the account, and
 * for the account whatever the source: the first stops guessing one password, the second many
 * people's, the third from many places. The third would let anybody shut an owner out, so it is
 * short, one source adds little to it, what is refused adds nothing, and where the owner has been
 * before it does not count. Wrong keys of programs are counted for the source, and apart. */
#include "common/store/penalties.h"

#include <string.h>

#include "common/address.h"
#include "common/base/crypto.h"
#include "common/name.h"
#include "common/name_key.h"
#include "common/store/accounts_private.h"

#define MINUTE_MS (60 * (int64_t)1000)
#define DAY_MS (24 * 60 * MINUTE_MS)

#define QUIET_MS (10 * MINUTE_MS) /* not refused and not tried: forgotten */
#define ROWS_MAX 100000 /* 10 MB; those that are forgotten next go first */
#define FORGOTTEN_EACH_MAX 100 /* more than a try adds, and a bounded part of its time */
#define TRIES_OF_A_SOURCE_MAX 5 /* that count for the account whatever the source */
#define KNOWN_MS (30 * DAY_MS)
#define KNOWN_SOURCES_MAX 8 /* of an account */
#define DOUBLINGS_MAX 30 /* beyond any cap */

#define KEY_SIZE 16
#define NETWORK_SIZE 8 /* of an IPv6 address: /64 is one customer's */

enum kind { OF_BOTH, OF_SOURCE, OF_ACCOUNT, OF_KEYS, KIND_COUNT };

static const struct policy {
	bool is_of_source;
	bool is_of_account;
	bool is_of_keys; /* else of passwords */
	int64_t free_tries; /* charged, and not refused after them */
	int64_t first_wait_ms; /* doubles with each try */
	int64_t wait_max_ms; /* or penalty_try.cap_ms */
} policies[KIND_COUNT] = {
	[OF_BOTH] = { true, true, false, 3, 5000, INT64_MAX },
	[OF_SOURCE] = { true, false, false, 20, 2000, INT64_MAX },
	[OF_ACCOUNT] = { false, true, false, 20, 2000, MINUTE_MS },
	[OF_KEYS] = { true, false, true, 20, 2000, INT64_MAX },
};

/* A try and what the database knows of it. */
struct trial {
	const struct penalty_try *attempt;
	struct buf name; /* folded */
	uint8_t keys[KIND_COUNT][KEY_SIZE];
	int64_t tries[KIND_COUNT];
	bool is_known_source;
};

/* What is no address counts as it is. */
static void write_source(struct str source, struct buf *out)
{
	static const struct address_block ipv4 = { { { [10] = 0xff, [11] = 0xff } }, 96 };
	uint8_t hash[CRYPTO_SHA256_SIZE];
	struct address address;

	if (!address_parse(source, &address)) {
		crypto_sha256(source, hash);
		memcpy(address.bytes, hash, sizeof(address.bytes));
	} else if (!address_block_contains(&ipv4, &address)) {
		memset(address.bytes + NETWORK_SIZE, 0, ADDRESS_SIZE - NETWORK_SIZE);
	}
	buf_append(out, address.bytes, sizeof(address.bytes));
}

/* What is no name counts as it is: it may be tried all the same. */
static void write_name(struct str username, struct buf *out)
{
	struct buf normal = { 0 };

	if (name_normalize(username, NAME_PERSON_MAX, &normal) == NAME_OK)
		name_write_key(buf_str(&normal), out);
	else
		buf_append_str(out, username);
	buf_finish(&normal);
}

static void write_key(const struct trial *trial, enum kind kind, uint8_t key_out[static KEY_SIZE])
{
	uint8_t hash[CRYPTO_SHA256_SIZE];
	struct buf text = { 0 };

	buf_append_char(&text, (char)kind);
	if (policies[kind].is_of_source)
		write_source(trial->attempt->source, &text);
	if (policies[kind].is_of_account)
		buf_append_str(&text, buf_str(&trial->name));
	crypto_sha256(buf_str(&text), hash);
	memcpy(key_out, hash, KEY_SIZE);
	buf_finish(&text);
}

static struct trial trial_start(const struct penalty_try *attempt)
{
	struct trial trial = { .attempt = attempt };

	write_name(attempt->username, &trial.name);
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		write_key(&trial, kind, trial.keys[kind]);
	return trial;
}

static struct value key_value(const struct trial *trial, enum kind kind)
{
	return value_blob(trial->keys[kind], KEY_SIZE);
}

static int64_t wait_after(const struct policy *policy, int64_t tries, int64_t cap_ms)
{
	int64_t doublings = tries - policy->free_tries - 1;
	int64_t max_ms = cap_ms < policy->wait_max_ms ? cap_ms : policy->wait_max_ms;
	int64_t wait_ms;

	if (doublings < 0)
		return 0;
	wait_ms = policy->first_wait_ms << (doublings < DOUBLINGS_MAX ? doublings : DOUBLINGS_MAX);
	return wait_ms < max_ms ? wait_ms : max_ms;
}

/* How long one kind still refuses. */
static int64_t judge_kind(struct accounts *accounts, struct trial *trial, enum kind kind)
{
	sqlite3_stmt *row = accounts_find(accounts, ACCOUNTS_FIND_PENALTY,
		VALUES(key_value(trial, kind), value_number(trial->attempt->now_ms)));
	int64_t wait_ms = 0;

	trial->tries[kind] = 0;
	if (row != NULL) {
		trial->tries[kind] = sqlite3_column_int64(row, 0);
		wait_ms = sqlite3_column_int64(row, 1) - trial->attempt->now_ms;
	}
	accounts_leave(row);
	/* Longer than it ever may: the clock was set back, and nobody shall wait for that. */
	return wait_ms > 0 && wait_ms <= trial->attempt->cap_ms ? wait_ms : 0;
}

static bool is_about(const struct trial *trial, enum kind kind)
{
	return policies[kind].is_of_keys == trial->attempt->is_key;
}

static int64_t trial_judge(struct accounts *accounts, struct trial *trial)
{
	int64_t longest_ms = 0;

	trial->is_known_source = accounts_has(accounts, ACCOUNTS_FIND_KNOWN_SOURCE,
		VALUES(key_value(trial, OF_BOTH), value_number(trial->attempt->now_ms - KNOWN_MS)));
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		int64_t wait_ms = is_about(trial, kind) ? judge_kind(accounts, trial, kind) : 0;

		if (kind == OF_ACCOUNT && trial->is_known_source)
			continue;
		if (wait_ms > longest_ms)
			longest_ms = wait_ms;
	}
	return longest_ms;
}

/* Whether a try that was the source's number-th for the account is one of the account's. */
static bool is_counted(const struct trial *trial, enum kind kind, int64_t number)
{
	if (!is_about(trial, kind))
		return false;
	return kind != OF_ACCOUNT || (!trial->is_known_source && number <= TRIES_OF_A_SOURCE_MAX);
}

static void charge_kind(struct accounts *accounts, const struct trial *trial, enum kind kind)
{
	int64_t tries = trial->tries[kind] + 1;
	int64_t until_ms = trial->attempt->now_ms +
			   wait_after(&policies[kind], tries, trial->attempt->cap_ms);

	accounts_run(accounts, ACCOUNTS_SET_PENALTY,
		VALUES(key_value(trial, kind), value_number(tries), value_number(until_ms),
			value_number(until_ms + QUIET_MS)));
}

static void trial_charge(struct accounts *accounts, const struct trial *trial)
{
	accounts_run(accounts, ACCOUNTS_FORGET_PENALTIES,
		VALUES(value_number(trial->attempt->now_ms), value_number(FORGOTTEN_EACH_MAX)));
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		if (is_counted(trial, kind, trial->tries[OF_BOTH] + 1))
			charge_kind(accounts, trial, kind);
	accounts_run(accounts, ACCOUNTS_BOUND_PENALTIES, VALUES(value_number(ROWS_MAX)));
}

/* Who is refused does not make others wait: only a try that may be made locks the database, and is
 * then judged again. */
enum store_problem penalties_charge(
	struct accounts *accounts, const struct penalty_try *attempt, int64_t *wait_ms_out)
{
	struct trial trial = trial_start(attempt);
	enum store_problem problem;

	accounts_begin(accounts, ACCOUNTS_READ);
	*wait_ms_out = trial_judge(accounts, &trial);
	problem = accounts_end(accounts, true);
	if (problem == STORE_OK && *wait_ms_out == 0) {
		accounts_begin(accounts, ACCOUNTS_WRITE);
		*wait_ms_out = trial_judge(accounts, &trial);
		if (*wait_ms_out == 0)
			trial_charge(accounts, &trial);
		problem = accounts_end(accounts, *wait_ms_out == 0);
	}
	buf_finish(&trial.name);
	return problem;
}

static void trial_refund(struct accounts *accounts, const struct trial *trial)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		if (is_counted(trial, kind, trial->tries[OF_BOTH]))
			accounts_run(accounts, ACCOUNTS_REFUND_PENALTY,
				VALUES(key_value(trial, kind),
					value_number(trial->attempt->now_ms)));
}

static void trial_succeed(struct accounts *accounts, const struct trial *trial)
{
	struct value name = value_text(buf_str(&trial->name));

	accounts_run(accounts, ACCOUNTS_REMOVE_PENALTY, VALUES(key_value(trial, OF_BOTH)));
	accounts_run(accounts, ACCOUNTS_KNOW_SOURCE,
		VALUES(key_value(trial, OF_BOTH), name, value_number(trial->attempt->now_ms)));
	accounts_run(accounts, ACCOUNTS_BOUND_KNOWN_SOURCES,
		VALUES(name, value_number(KNOWN_SOURCES_MAX)));
}

enum store_problem penalties_refund(
	struct accounts *accounts, const struct penalty_try *attempt, bool is_success)
{
	struct trial trial = trial_start(attempt);

	accounts_begin(accounts, ACCOUNTS_WRITE);
	(void)trial_judge(accounts, &trial);
	trial_refund(accounts, &trial);
	if (is_success)
		trial_succeed(accounts, &trial);
	buf_finish(&trial.name);
	return accounts_end(accounts, true);
}
