/* SPDX-License-Identifier: MIT */
/* The outbox of the broker: who is to be closed, in the order of the commits. Numbers have no gap
 * (a transaction that is rolled back gives its own back), so that a reader knows what it missed. */
#include "common/store/accounts_private.h"

#define REVOCATION_KEPT_MS (10 * 60 * 1000) /* the broker reads every quarter of a second */

static const struct str outbox = STR("revocation");

static const int key_sizes[] = {
	[REVOKED_SESSION] = SESSION_HASH_SIZE,
	[REVOKED_USER] = USER_ID_SIZE,
};

void revocations_add(struct accounts *accounts, const struct revocation *revocation, int64_t now_ms)
{
	accounts_run(accounts, ACCOUNTS_FORGET_REVOCATIONS,
		VALUES(value_number(now_ms - REVOCATION_KEPT_MS)));
	accounts_run(accounts, ACCOUNTS_REVOKE,
		VALUES(value_number(revocation->kind), value_number(revocation->is_ban),
			value_blob(revocation->key, (size_t)key_sizes[revocation->kind]),
			value_number(now_ms)));
}

size_t revocations_end_sessions(struct accounts *accounts, enum accounts_statement which,
	const struct value *values, int64_t now_ms)
{
	uint8_t key_hash[SESSION_HASH_SIZE];
	struct revocation revocation = { .kind = REVOKED_SESSION, .key = key_hash };
	sqlite3_stmt *row = accounts_find(accounts, which, values);
	size_t count = 0;

	for (; row != NULL; row = accounts_next(accounts, row)) {
		accounts_take_blob(accounts, row, 0, key_hash, sizeof(key_hash));
		revocations_add(accounts, &revocation, now_ms);
		if (accounts->problem != STORE_OK)
			break;
		count++;
	}
	accounts_leave(row);
	return count;
}

/* False for one that cannot be ours. */
static bool take_revocation(sqlite3_stmt *row, struct revocation *revocation_out)
{
	int kind = sqlite3_column_int(row, 1);

	*revocation_out = (struct revocation){
		.kind = kind == REVOKED_USER ? REVOKED_USER : REVOKED_SESSION,
		.is_ban = sqlite3_column_int(row, 2) != 0,
		.key = sqlite3_column_blob(row, 3),
	};
	return revocation_out->kind == (enum revocation_kind)kind && revocation_out->key != NULL &&
	       sqlite3_column_bytes(row, 3) == key_sizes[kind];
}

/* Whether all that there were are still there. */
static bool walk(struct accounts *accounts, int64_t *last_id,
	void (*visit)(void *context, const struct revocation *revocation), void *context)
{
	struct revocation revocation;
	int64_t newest = accounts_read_newest(accounts, outbox), missing = newest - *last_id;
	sqlite3_stmt *row = accounts_find(
		accounts, ACCOUNTS_READ_REVOCATIONS, VALUES(value_number(*last_id)));

	for (; row != NULL; row = accounts_next(accounts, row)) {
		if (!take_revocation(row, &revocation))
			continue;
		visit(context, &revocation);
		missing--;
	}
	*last_id = newest;
	return missing == 0;
}

enum store_problem revocations_read(struct accounts *accounts, int64_t *last_id,
	void (*visit)(void *context, const struct revocation *revocation), void *context,
	bool *is_complete_out)
{
	int64_t id = *last_id;
	enum store_problem problem;

	accounts_begin(accounts, ACCOUNTS_READ);
	if (id < 0)
		id = accounts_read_newest(accounts, outbox);
	*is_complete_out = walk(accounts, &id, visit, context);
	problem = accounts_end(accounts, true);
	if (problem == STORE_OK)
		*last_id = id;
	return problem;
}
