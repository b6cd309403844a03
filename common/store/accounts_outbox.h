/* SPDX-License-Identifier: MIT */
/* An outbox is a table of what the broker has to hear of, in the order of the commits. Numbers have
 * no gap (a transaction that is rolled back gives its own back), so that a reader knows what it
 * missed. */
#pragma once

#include "common/store/accounts_private.h"

struct accounts_outbox {
	struct str table;
	enum accounts_statement add;
	enum accounts_statement forget; /* what is older than ?1 */
	enum accounts_statement read; /* the rows behind number ?1, in order */
};

/* Leaves a row, and forgets old ones. It belongs to the transaction of the caller. */
void accounts_outbox_add(struct accounts *accounts, const struct accounts_outbox *outbox,
	const struct value *values, int64_t now_ms);
/* Reads on from *last_id, which is moved; when it is negative, from the last row on. visit is
 * called within the transaction, for each row; false for one that cannot be ours. *is_complete_out
 * is false when some rows were missed. After a failure *last_id stays. */
enum store_problem accounts_outbox_read(struct accounts *accounts,
	const struct accounts_outbox *outbox, int64_t *last_id,
	bool (*visit)(void *context, sqlite3_stmt *row), void *context, bool *is_complete_out)
	__attribute__((warn_unused_result));
