/* SPDX-License-Identifier: MIT */
/* The outbox of who is to be closed. */
#include "common/store/accounts_outbox.h"

struct reader {
	void (*visit)(void *context, const struct revocation *revocation);
	void *context;
};

static const struct accounts_outbox outbox = {
	.table = STR("revocation"),
	.add = ACCOUNTS_REVOKE,
	.forget = ACCOUNTS_FORGET_REVOCATIONS,
	.read = ACCOUNTS_READ_REVOCATIONS,
};

static const int key_sizes[] = {
	[REVOKED_SESSION] = SESSION_HASH_SIZE,
	[REVOKED_USER] = USER_ID_SIZE,
};

void revocations_add(struct accounts *accounts, const struct revocation *revocation, int64_t now_ms)
{
	accounts_outbox_add(accounts, &outbox,
		VALUES(value_number(revocation->kind), value_number(revocation->is_ban),
			value_blob(revocation->key, (size_t)key_sizes[revocation->kind]),
			value_number(now_ms)),
		now_ms);
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

static bool visit_row(void *context, sqlite3_stmt *row)
{
	const struct reader *reader = context;
	int kind = sqlite3_column_int(row, 1);
	struct revocation revocation = {
		.kind = kind == REVOKED_USER ? REVOKED_USER : REVOKED_SESSION,
		.is_ban = sqlite3_column_int(row, 2) != 0,
		.key = sqlite3_column_blob(row, 3),
	};

	if (revocation.kind != (enum revocation_kind)kind || revocation.key == NULL ||
		sqlite3_column_bytes(row, 3) != key_sizes[kind])
		return false;
	reader->visit(reader->context, &revocation);
	return true;
}

enum store_problem revocations_read(struct accounts *accounts, int64_t *last_id,
	void (*visit)(void *context, const struct revocation *revocation), void *context,
	bool *is_complete_out)
{
	struct reader reader = { visit, context };

	return accounts_outbox_read(
		accounts, &outbox, last_id, visit_row, &reader, is_complete_out);
}
