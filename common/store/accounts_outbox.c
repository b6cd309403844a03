/* SPDX-License-Identifier: MIT */
#include "common/store/accounts_outbox.h"

#define KEPT_MS (10 * 60 * 1000) /* the broker reads every quarter of a second */

void accounts_outbox_add(struct accounts *accounts, const struct accounts_outbox *outbox,
	const struct value *values, int64_t now_ms)
{
	accounts_run(accounts, outbox->forget, VALUES(value_number(now_ms - KEPT_MS)));
	accounts_run(accounts, outbox->add, values);
}

/* The number of the last row that there ever was. */
static int64_t read_newest(struct accounts *accounts, const struct accounts_outbox *outbox)
{
	sqlite3_stmt *row = accounts_find(
		accounts, ACCOUNTS_READ_NEWEST, VALUES(value_text(outbox->table)));
	int64_t newest = row == NULL ? 0 : sqlite3_column_int64(row, 0);

	accounts_leave(row);
	return newest;
}

enum store_problem accounts_outbox_read(struct accounts *accounts,
	const struct accounts_outbox *outbox, int64_t *last_id,
	bool (*visit)(void *context, sqlite3_stmt *row), void *context, bool *is_complete_out)
{
	enum store_problem problem;
	int64_t newest, after, missing;
	sqlite3_stmt *row;

	accounts_begin(accounts, ACCOUNTS_READ);
	newest = read_newest(accounts, outbox);
	after = *last_id < 0 ? newest : *last_id;
	missing = newest - after;
	row = accounts_find(accounts, outbox->read, VALUES(value_number(after)));
	for (; row != NULL; row = accounts_next(accounts, row))
		missing -= visit(context, row);
	*is_complete_out = missing == 0;
	problem = accounts_end(accounts, true);
	if (problem == STORE_OK)
		*last_id = newest;
	return problem;
}
