/* SPDX-License-Identifier: MIT */
/* Search in a room as a plain page, newest first. Each result leads to its place in the room. */
#include <inttypes.h>

#include "common/base/mem.h"
#include "common/base/utf8.h"
#include "common/store/search_text.h"
#include "fcgi/url_code.h"
#include "fcgi/views/message_rows.h"
#include "fcgi/views/page.h"
#include "fcgi/views/room_gate.h"
#include "fcgi/views/views.h"
#include "templates/search.h"

#define PAGE_RESULTS 20

/* "" for a query that can be searched for, else the error. */
static const char *problem_of_query(struct str query)
{
	struct buf match = { 0 };
	bool has_word;

	if (!utf8_is_valid(query))
		return "That is not valid UTF-8.";
	if (query.len > SEARCH_QUERY_BYTES_MAX)
		return "That is too long. Search for fewer words.";
	has_word = search_text_query(STR_OF(""), query, &match);
	buf_finish(&match);
	return has_word ? "" : "There is no word in that. Search for letters or digits.";
}

/* The results of a page. Their texts stay in rows; the links are owned. */
struct results {
	struct template_search_results *items;
	struct buf *links;
	size_t count;
	int64_t last; /* the oldest one's seq */
};

static struct results results_create(const struct message_rows *rows, struct str room_url)
{
	struct results made = { mem_alloc_array(
					rows->count, sizeof(struct template_search_results)),
		mem_alloc_array(rows->count, sizeof(struct buf)), rows->count, 0 };

	for (size_t i = 0; i < rows->count; i++) {
		const struct message_row *row = &rows->rows[i];

		buf_append_str(&made.links[i], room_url);
		buf_append_format(&made.links[i], "?message=%" PRIu64 "#message-%" PRIu64, row->seq,
			row->seq);
		made.last = (int64_t)row->seq;
		made.items[i] = (struct template_search_results){
			.link = buf_str(&made.links[i]),
			.shown_user = row->shown_user,
			.text = row->text,
			.time = row->time,
			.minute = row->minute,
		};
	}
	return made;
}

static void results_finish(struct results *results)
{
	for (size_t i = 0; i < results->count; i++)
		buf_finish(&results->links[i]);
	mem_free(results->links);
	mem_free(results->items);
}

/* rows is all zero when nothing was searched for. */
static int show(struct app *app, struct request *request, struct response *response,
	const struct page *page, const char *problem, const struct message_rows *rows)
{
	struct buf room_url = { 0 }, search_url = { 0 };
	struct page_frame frame;
	struct results results;

	page_begin(&frame, app, request, response);
	router_reverse(app->config, request, "room", page->room, &room_url);
	router_reverse(app->config, request, "search", page->room, &search_url);
	results = results_create(rows, buf_str(&room_url));
	template_search(&frame.render,
		&(struct template_search){
			PAGE_COMMON(&frame),
			.title = page_translate(&frame, "Search"),
			.room = page->room,
			.room_url = buf_str(&room_url),
			.search_url = buf_str(&search_url),
			.entered = utf8_is_valid(page->query) ? page->query : STR_OF(""),
			.problem = page_translate(&frame, problem),
			.is_searched = rows->rows != NULL,
			.has_older = rows->has_older,
			.last = results.last,
			.results = results.items,
			.results_count = results.count,
		});
	results_finish(&results);
	buf_finish(&search_url);
	buf_finish(&room_url);
	page_end(&frame);
	return problem[0] == '\0' ? 200 : 400;
}

static int search(struct app *app, struct request *request, struct response *response,
	const struct page *page)
{
	struct message_rows rows = { 0 };
	int status;

	message_rows_read(app, &request->identity.user, page, &rows);
	if (rows.problem == STORE_OK)
		status = show(app, request, response, page, "", &rows);
	else
		status = view_error(app, request, response, 503,
			"The history cannot be read at the moment. Try again later.");
	message_rows_finish(&rows);
	return status;
}

/* Answers the search of the form, or shows the form alone. */
static int answer(
	struct app *app, struct request *request, struct response *response, struct page *page)
{
	static const struct message_rows nothing;
	struct buf query = { 0 };
	bool is_asked = url_find_field(request->query, "q", &query);
	const char *problem = is_asked ? problem_of_query(buf_str(&query)) : "";
	int status;

	page->query = buf_str(&query);
	if (!url_read_number(request->query, "before", &page->seq))
		page->seq = MESSAGE_ROWS_NEWEST;
	if (is_asked && problem[0] == '\0')
		status = search(app, request, response, page);
	else
		status = show(app, request, response, page, problem, &nothing);
	buf_finish(&query);
	return status;
}

int view_search(struct app *app, struct request *request, struct response *response)
{
	struct page page = {
		.kind = PAGE_SEARCH, .seq = MESSAGE_ROWS_NEWEST, .limit = PAGE_RESULTS
	};
	struct room_entry entry;
	int status;

	if (room_enter(app, request, response, "search", &entry, &status)) {
		page.room = buf_str(&entry.name);
		status = history_can_search(app->history)
				 ? answer(app, request, response, &page)
				 : view_error(app, request, response, 503,
					   "This history cannot be searched here.");
	}
	room_entry_finish(&entry);
	return status;
}
