/* SPDX-License-Identifier: MIT */
/* What all kinds of history have in common: a search that cannot be done asks nobody. */
#include "fcgi/history.h"

#include <stddef.h>

void history_destroy(struct history *history)
{
	if (history != NULL)
		history->ops->destroy(history);
}

bool history_can_search(const struct history *history)
{
	return history->ops->can_search;
}

enum store_problem history_check(struct history *history)
{
	return history->ops->check(history);
}

enum store_problem history_visit_rooms(struct history *history, struct str after,
	bool (*visit)(void *context, struct str name, const struct archive_room *room),
	void *context)
{
	if (history->ops->visit_rooms == NULL)
		return STORE_ELSEWHERE;
	return history->ops->visit_rooms(history, after, visit, context);
}

enum store_problem history_begin(
	struct history *history, const struct page *page, struct history_reading *reading)
{
	*reading = (struct history_reading){ .history = history, .page = *page };
	if (page->kind == PAGE_SEARCH && !history->ops->can_search)
		reading->problem = STORE_ELSEWHERE;
	else
		reading->problem = history->ops->begin(reading);
	return reading->problem;
}

enum store_problem history_visit(
	struct history_reading *reading, archive_visit_fn *visit, void *context, bool *has_more_out)
{
	*has_more_out = false;
	reading->problem = reading->history->ops->visit(reading, visit, context, has_more_out);
	return reading->problem;
}

enum store_problem history_write(struct history_reading *reading, struct json_writer *writer)
{
	reading->problem = reading->history->ops->write(reading, writer);
	return reading->problem;
}

void history_end(struct history_reading *reading)
{
	reading->history->ops->end(reading);
}
