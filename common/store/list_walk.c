/* SPDX-License-Identifier: MIT */
/* A search is in any case and any form of Unicode, which SQLite knows nothing of. */
#include "common/store/moderation_private.h"

#include <string.h>

#include "common/base/utf8.h"
#include "common/name_key.h"

int64_t list_before(const struct list_query *query)
{
	return query->before_id > 0 ? query->before_id : INT64_MAX;
}

void list_walk_start(
	struct list_walk *walk, struct accounts *accounts, const struct list_query *query)
{
	*walk = (struct list_walk){ .accounts = accounts, .left = query->limit };
	/* What is no text is in none. */
	if (!utf8_is_valid(query->search))
		walk->left = 0;
	else
		name_write_key(query->search, &walk->search);
	accounts_begin(accounts, ACCOUNTS_READ);
}

bool list_walk_goes_on(const struct list_walk *walk)
{
	return walk->row != NULL && walk->left > 0 && walk->accounts->problem == STORE_OK;
}

bool list_walk_shows(struct list_walk *walk)
{
	bool is_shown = walk->search.len == 0;
	struct buf key = { 0 };

	if (!is_shown && utf8_is_valid(buf_str(&walk->text))) {
		name_write_key(buf_str(&walk->text), &key);
		is_shown = key.len > 0 &&
			   memmem(key.data, key.len, walk->search.data, walk->search.len) != NULL;
		buf_finish(&key);
	}
	is_shown = is_shown && walk->accounts->problem == STORE_OK;
	buf_clear(&walk->text);
	walk->left -= is_shown ? 1 : 0;
	return is_shown;
}

void list_walk_next(struct list_walk *walk)
{
	if (list_walk_goes_on(walk))
		walk->row = accounts_next(walk->accounts, walk->row);
}

enum store_problem list_walk_end(struct list_walk *walk)
{
	accounts_leave(walk->row);
	buf_finish(&walk->text);
	buf_finish(&walk->search);
	return accounts_end(walk->accounts, true);
}
