/* SPDX-License-Identifier: MIT */
/* History for scripts, as JSON: pages of messages and of search results. Errors have the form of
 * the broker's control socket. */
#include <inttypes.h>

#include "common/base/utf8.h"
#include "common/room_name.h"
#include "common/store/page.h"
#include "common/store/search_text.h"
#include "fcgi/refusal.h"
#include "fcgi/url_code.h"
#include "fcgi/views/room_gate.h"
#include "fcgi/views/views.h"

#define NOT_GIVEN UINT64_MAX /* more than any field may say */

/* NULL, or the error. */
static const char *read_range(struct str fields, struct page *page)
{
	uint64_t after = NOT_GIVEN, before = NOT_GIVEN, limit = PAGE_MESSAGES_DEFAULT;

	if (!url_read_number(fields, "after", &after) ||
		!url_read_number(fields, "before", &before) ||
		!url_read_number(fields, "limit", &limit))
		return "The fields after, before and limit are whole numbers.";
	if (limit == 0 || limit > PAGE_MESSAGES_MAX)
		return "The field limit is a number from 1 to 500.";
	if (after != NOT_GIVEN && (before != NOT_GIVEN || page->kind == PAGE_SEARCH))
		return "A page is after a message or before one, not both; of a search, before.";
	page->limit = (size_t)limit;
	page->seq = before != NOT_GIVEN ? before : INT64_MAX;
	if (after != NOT_GIVEN) {
		page->kind = PAGE_AFTER;
		page->seq = after;
	}
	return NULL;
}

/* NULL, or the error. */
static const char *read_query(struct str fields, struct buf *query)
{
	if (!url_find_field(fields, "q", query))
		return "The field q, with the words to search for, is missing.";
	if (!utf8_is_valid(buf_str(query)))
		return "The field q is not valid UTF-8.";
	if (query->len > SEARCH_QUERY_BYTES_MAX)
		return "The field q is too long.";
	return NULL;
}

/* The tag is made of all that decides about the bytes of a page: whatever is said, edited or
 * deleted in the room takes its next number, and the oldest messages go. */
static void write_tag(const struct history_head *head, const struct page *page, struct buf *tag)
{
	buf_append_format(tag, "\"%s-%" PRIu64 "-%" PRIu64 "-%c%" PRIu64 "-%zu\"", head->epoch,
		head->first_seq, head->seq, page->kind == PAGE_AFTER ? 'a' : 'b', page->seq,
		page->limit);
}

/* RFC 9110 13.1.2: the weak comparison, and "*". */
static bool tag_is_known(struct str if_none_match, struct str tag)
{
	struct str known;

	while (str_next(&if_none_match, ',', &known)) {
		known = str_trim(known);
		if (str_starts_with(known, STR_OF("W/")))
			known = str_skip(known, 2);
		if (str_equals(known, tag) || str_is(known, "*"))
			return true;
	}
	return false;
}

static enum store_problem write_page(struct history_reading *reading, struct buf *body)
{
	struct json_writer writer = json_writer_to(body);
	enum store_problem problem;

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "room", reading->page.room);
	json_add_string(&writer, "epoch", str_from(reading->head.epoch));
	json_add_integer(&writer, "seq", (int64_t)reading->head.seq);
	problem = history_write(reading, &writer);
	json_end_object(&writer);
	buf_append_char(body, '\n');
	return problem;
}

/* The search index is filled later than the messages, so a search gets no tag. */
static enum store_problem answer_from(struct history_reading *reading,
	const struct request *request, struct response *response, int *status_out)
{
	enum store_problem problem = STORE_OK;
	struct buf tag = { 0 };

	if (reading->page.kind != PAGE_SEARCH)
		write_tag(&reading->head, &reading->page, &tag);
	*status_out = tag_is_known(request->variables.if_none_match, buf_str(&tag)) && tag.len > 0
			      ? 304
			      : 200;
	if (*status_out == 200)
		problem = write_page(reading, &response->body);
	if (problem == STORE_OK && tag.len > 0)
		response_add_header(response, "ETag", buf_str(&tag));
	buf_finish(&tag);
	return problem;
}

static int refuse(struct response *response, const char *code, const char *sentence)
{
	struct refusal refusal = refusal_for(code, sentence);

	return refusal_answer(&refusal, response);
}

static int answer(struct app *app, const struct request *request, struct response *response,
	const struct page *page)
{
	struct history_reading reading;
	enum store_problem problem = history_begin(app->history, page, &reading);
	int status = 503;

	if (problem == STORE_OK)
		problem = answer_from(&reading, request, response, &status);
	history_end(&reading);
	if (problem == STORE_OK && status == 200)
		response_add_header(response, "Content-Type", STR_OF("application/json"));
	return problem == STORE_OK ? status
				   : refuse(response, store_problem_code(problem),
					     store_problem_sentence(problem));
}

static int answer_checked(
	struct app *app, struct request *request, struct response *response, enum page_kind kind)
{
	struct buf room = { 0 }, query = { 0 };
	struct page page = { .kind = kind };
	enum name_problem bad_name = room_name_normalize(buf_str(&request->room), &room);
	const char *sentence = read_range(request->query, &page);
	struct refusal refusal;
	bool is_public = true; /* a mistake in the request is everybody's */
	int status;

	if (sentence == NULL && kind == PAGE_SEARCH)
		sentence = read_query(request->query, &query);
	page.room = buf_str(&room);
	page.query = buf_str(&query);
	response->cache_control = "no-cache";
	if (bad_name != NAME_OK)
		status = refuse(response, "bad_room", name_problem_sentence(bad_name));
	else if (sentence != NULL)
		status = refuse(response, "bad_field", sentence);
	else if (!room_is_open_to(app, request, page.room, &is_public, &refusal))
		status = refusal_answer(&refusal, response);
	else
		status = answer(app, request, response, &page);
	response->is_private = !is_public;
	buf_finish(&query);
	buf_finish(&room);
	return status;
}

int view_api_messages(struct app *app, struct request *request, struct response *response)
{
	return answer_checked(app, request, response, PAGE_BEFORE);
}

int view_api_search(struct app *app, struct request *request, struct response *response)
{
	return answer_checked(app, request, response, PAGE_SEARCH);
}
