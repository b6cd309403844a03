/* SPDX-License-Identifier: MIT */
/* Searching lists: in any case and any form of Unicode, which SQLite knows nothing of. */
#include "common/store/moderation_private.h"

#include <string.h>

#include "common/base/utf8.h"
#include "common/name_key.h"

int64_t list_before(const struct list_query *query)
{
	return query->before_id > 0 ? query->before_id : INT64_MAX;
}

void list_filter_start(struct list_filter *filter, const struct list_query *query)
{
	*filter = (struct list_filter){ .left = query->limit };
	/* What is no text is in none. */
	if (!utf8_is_valid(query->search))
		filter->left = 0;
	else
		name_write_key(query->search, &filter->search);
}

void list_filter_finish(struct list_filter *filter)
{
	buf_finish(&filter->search);
}

bool list_filter_shows(struct list_filter *filter, struct str text)
{
	struct buf key = { 0 };
	bool is_shown = filter->search.len == 0;

	if (!is_shown && utf8_is_valid(text)) {
		name_write_key(text, &key);
		is_shown = key.len > 0 && memmem(key.data, key.len, filter->search.data,
						  filter->search.len) != NULL;
		buf_finish(&key);
	}
	filter->left -= is_shown ? 1 : 0;
	return is_shown;
}
