/* SPDX-License-Identifier: MIT */
/* Rows are read from the newest to the oldest, because the newest ones matter when there are too
 * many; they are put into order at the end. A page is one slice. */
#include "broker/layer/redis/past.h"

#include <string.h>

#include "broker/history/history.h"
#include "common/base/list.h"
#include "common/base/mem.h"
#include "common/store/page.h"

/* More than a row takes in a reply besides its texts. */
#define ROW_BYTES 1024

struct redis_past {
	struct redis_log *log; /* borrowed */
	struct layer_sink sink;
	size_t slice;
	struct list questions;
	size_t count;
	bool is_ended;
};

struct row {
	uint64_t seq;
	int64_t time_ms, edited_ms;
	enum message_kind kind;
	uint64_t target;
	size_t user, text, end; /* offsets in the question's texts */
};

struct question {
	struct list link;
	struct redis_past *past;
	/* Of a page. */
	struct page page; /* its room and query are empty */
	uint64_t asker;
	/* Of rows. */
	uint64_t after, until;
	uint64_t next; /* seq of the next row, downwards */
	bool is_put_off; /* the link refused the command */
	size_t bytes_left;
	struct row *rows; /* owned; newest first */
	uint32_t count, capacity;
	struct buf texts; /* owned */
	struct str room; /* name */
	char name[];
};

struct redis_past *redis_past_create(
	struct redis_log *log, const struct layer_sink *sink, size_t message_bytes)
{
	struct redis_past *past = mem_new(struct redis_past);
	size_t slice = REDIS_PAST_BYTES / (message_bytes + ROW_BYTES);

	past->log = log;
	past->sink = *sink;
	past->slice = slice > PAGE_MESSAGES_MAX + 1 ? PAGE_MESSAGES_MAX + 1 : slice;
	list_init(&past->questions);
	return past;
}

static void destroy_question(struct question *question)
{
	list_remove(&question->link);
	question->past->count--;
	mem_free(question->rows);
	buf_finish(&question->texts);
	mem_free(question);
}

void redis_past_end(struct redis_past *past)
{
	past->is_ended = true;
}

void redis_past_destroy(struct redis_past *past)
{
	if (past == NULL)
		return;
	list_each_safe (link, &past->questions)
		destroy_question(list_entry(link, struct question, link));
	mem_free(past);
}

size_t redis_past_slice(const struct redis_past *past)
{
	return past->slice;
}

static struct question *create_question(struct redis_past *past, struct str room)
{
	struct question *question = mem_alloc(sizeof(*question) + room.len);

	memcpy(question->name, room.data, room.len);
	question->room = str_range(question->name, room.len);
	question->past = past;
	list_append(&past->questions, &question->link);
	past->count++;
	return question;
}

/* False when the link refuses the command; the caller then destroys the question. */
static bool ask(struct question *question, const struct redis_range *range,
	void (*take)(void *context, const struct link_reply *reply))
{
	const struct link_handler handler = { take, question };

	return redis_log_ask_rows(question->past->log, question->room, range, &handler);
}

/* Pages. */

static struct archive_message message_of(const struct event *event)
{
	return (struct archive_message){ .seq = event->seq,
		.time_ms = event->time_ms,
		.user = event->user,
		.text = event->message,
		.kind = event->kind,
		.target = event->target,
		.edited_ms = event->edited_ms };
}

static void tell_page(const struct question *question, const struct redis_rows *rows)
{
	const struct layer_sink *sink = &question->past->sink;
	struct page_sheet *sheet = page_sheet_create(question->page.limit);
	struct buf members = { 0 };
	struct json_writer writer = json_writer_to(&members);

	for (size_t i = 0; i < rows->count; i++) {
		const struct archive_message message = message_of(&rows->events[i]);

		if (!page_sheet_add(sheet, &message))
			break;
	}
	page_sheet_write(sheet, question->page.kind == PAGE_AFTER, &writer);
	sink->tell_page(sink->context, question->asker, STORE_OK, rows->epoch, buf_str(&members));
	page_sheet_destroy(sheet);
	buf_finish(&members);
}

static void take_page(void *context, const struct link_reply *reply)
{
	struct question *question = context;
	const struct layer_sink *sink = &question->past->sink;
	struct redis_rows rows;

	if (question->past->is_ended)
		return;
	if (redis_log_read_rows(reply, question->room, &rows) && question->page.kind != PAGE_SEARCH)
		tell_page(question, &rows);
	else
		sink->tell_page(sink->context, question->asker, STORE_ELSEWHERE, "", STR_OF(""));
	redis_rows_finish(&rows);
	destroy_question(question);
}

/* Asks for one row more than wanted, to know whether there are more. Streams are not searched: a
 * search asks Redis only so that its answer comes in order with the others. */
static struct redis_range range_of(const struct page *page)
{
	struct redis_range range = { .first = 1, .last = INT64_MAX, .count = page->limit + 1 };

	range.is_backward = page->kind == PAGE_BEFORE;
	if (page->kind == PAGE_AFTER)
		range.first = page->seq < INT64_MAX ? page->seq + 1 : INT64_MAX;
	else if (page->seq <= INT64_MAX)
		range.last = page->seq == 0 ? 0 : page->seq - 1;
	return range;
}

bool redis_past_ask_page(struct redis_past *past, const struct page *page, uint64_t asker)
{
	struct question *question;
	struct redis_range range;

	if (past->count == REDIS_PAST_QUESTIONS)
		return false;
	question = create_question(past, page->room);
	question->page = *page;
	question->page.room = question->page.query = STR_OF(""); /* they belong to the caller */
	question->asker = asker;
	if (question->page.limit > past->slice - 1)
		question->page.limit = past->slice - 1;
	range = range_of(&question->page);
	if (ask(question, &range, take_page))
		return true;
	destroy_question(question);
	return false;
}

/* Rows. */

/* False when the rows end here: there is a gap before this one, or the answer is full. */
static bool keep_row(struct question *question, const struct event *event)
{
	size_t bytes = event->user.len + event->message.len;
	struct row *row;

	if (event->seq != question->next || bytes > question->bytes_left)
		return false;
	question->rows = mem_grow(
		question->rows, &question->capacity, question->count, sizeof(*row));
	row = &question->rows[question->count++];
	row->seq = event->seq;
	row->time_ms = event->time_ms;
	row->edited_ms = event->edited_ms;
	row->kind = event->kind;
	row->target = event->target;
	row->user = question->texts.len;
	buf_append_str(&question->texts, event->user);
	row->text = question->texts.len;
	buf_append_str(&question->texts, event->message);
	row->end = question->texts.len;
	question->bytes_left -= bytes;
	question->next--;
	return true;
}

static void tell_rows(struct question *question, enum store_problem problem)
{
	const struct layer_sink *sink = &question->past->sink;
	struct archive_message *messages = mem_alloc_array(question->count, sizeof(*messages));
	const char *texts = question->texts.data;

	for (uint32_t i = 0; i < question->count; i++) {
		const struct row *row = &question->rows[question->count - 1 - i];

		messages[i] = (struct archive_message){ .seq = row->seq,
			.time_ms = row->time_ms,
			.user = str_range(texts + row->user, row->text - row->user),
			.text = str_range(texts + row->text, row->end - row->text),
			.kind = row->kind,
			.target = row->target,
			.edited_ms = row->edited_ms };
	}
	sink->tell_rows(sink->context, &(struct history_rows){ .room = question->room,
					       .problem = problem,
					       .until = question->until,
					       .is_whole = question->next == question->after,
					       .messages = messages,
					       .count = question->count });
	mem_free(messages);
	destroy_question(question);
}

static void take_rows(void *context, const struct link_reply *reply);

static void ask_slice(struct question *question)
{
	const struct redis_range range = { question->after + 1, question->next,
		question->past->slice, true };

	question->is_put_off = !ask(question, &range, take_rows);
}

/* True when there are more rows to read. */
static bool keep_rows(struct question *question, const struct redis_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		if (!keep_row(question, &rows->events[i]))
			return false;
	}
	return question->next > question->after && rows->count > 0;
}

static void take_rows(void *context, const struct link_reply *reply)
{
	struct question *question = context;
	struct redis_rows rows;
	bool has_more;

	if (question->past->is_ended)
		return;
	if (!redis_log_read_rows(reply, question->room, &rows)) {
		tell_rows(question, STORE_ELSEWHERE);
		return;
	}
	has_more = keep_rows(question, &rows);
	redis_rows_finish(&rows);
	if (has_more)
		ask_slice(question);
	else
		tell_rows(question, STORE_OK);
}

bool redis_past_ask_rows(
	struct redis_past *past, struct str room, uint64_t after, uint64_t until, size_t bytes_max)
{
	struct question *question;

	if (until > INT64_MAX || after > until || past->count == REDIS_PAST_QUESTIONS)
		return false;
	question = create_question(past, room);
	question->after = after;
	question->until = question->next = until;
	question->bytes_left = bytes_max;
	ask_slice(question);
	return true;
}

void redis_past_look_after(struct redis_past *past, bool is_up)
{
	list_each_safe (link, &past->questions) {
		struct question *question = list_entry(link, struct question, link);

		if (question->is_put_off && is_up)
			ask_slice(question);
		else if (question->is_put_off)
			tell_rows(question, STORE_ELSEWHERE);
	}
}
