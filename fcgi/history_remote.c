/* SPDX-License-Identifier: MIT */
/* A history that this host's broker answers for, which asks another host itself. An answer is a
 * whole page: it is asked for first, and the head is read from it or asked for because of it. */
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/list.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "fcgi/app.h"
#include "fcgi/history.h"

#define READ_MS 1000 /* for each answer, which comes by another host */
#define NEWEST ((uint64_t)INT64_MAX)

struct remote {
	struct history history;
	struct app *app; /* borrowed */
};

static struct app *app_of(struct history *history)
{
	return list_entry(history, struct remote, history)->app;
}

static void destroy(struct history *history)
{
	mem_free(list_entry(history, struct remote, history));
}

static void write_request(const struct page *page, struct buf *request)
{
	struct json_writer writer = json_writer_to(request);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", STR_OF("history"));
	json_add_string(&writer, "room", page->room);
	json_add_integer(&writer, page->kind == PAGE_AFTER ? "after" : "before",
		(int64_t)(page->seq < NEWEST ? page->seq : NEWEST));
	json_add_integer(&writer, "limit", (int64_t)page->limit);
	json_end_object(&writer);
}

/* The broker uses our words for causes, and more than these. */
static enum store_problem problem_of(const struct json *answer)
{
	bool is_ok = false;
	struct str code;

	if (json_get_bool(json_find(answer, "ok"), &is_ok) && is_ok)
		return STORE_OK;
	if (!json_get_string(json_find(answer, "error"), &code))
		return STORE_ELSEWHERE;
	for (int problem = STORE_BUSY; problem < STORE_ELSEWHERE; problem++) {
		if (str_is(code, store_problem_code((enum store_problem)problem)))
			return (enum store_problem)problem;
	}
	return STORE_ELSEWHERE;
}

static enum store_problem ask(struct app *app, const struct page *page, struct json **answer_out)
{
	struct buf request = { 0 };
	enum store_problem problem;
	bool is_sent;

	write_request(page, &request);
	*answer_out = app_ask(app, buf_str(&request), READ_MS, &is_sent);
	problem = problem_of(*answer_out);
	buf_finish(&request);
	return problem;
}

/* Any room will do. */
static enum store_problem check(struct history *history)
{
	struct page page = { PAGE_BEFORE, STR("lobby"), NEWEST, 1, STR("") };
	struct history_reading reading;
	enum store_problem problem = history_begin(history, &page, &reading);

	history_end(&reading);
	return problem;
}

/* Of edits and deletions no more is wanted: pages do not show them. */
static enum message_kind kind_of(const struct json *object)
{
	struct str type;
	bool is_deleted;

	if (json_get_string(json_find(object, "type"), &type))
		return str_is(type, message_kind_word(MESSAGE_EDITS)) ? MESSAGE_EDITS
								      : MESSAGE_DELETES;
	return json_get_bool(json_find(object, "deleted"), &is_deleted) && is_deleted
		       ? MESSAGE_DELETED
		       : MESSAGE_SAYS;
}

static bool read_message(const struct json *object, struct archive_message *message_out)
{
	struct str edited;
	int64_t seq;

	*message_out = (struct archive_message){ 0 };
	if (!json_get_integer(json_find(object, "seq"), &seq) || seq < 1)
		return false;
	message_out->seq = (uint64_t)seq;
	message_out->kind = kind_of(object);
	if (json_get_string(json_find(object, "edited"), &edited) &&
		!clock_read_iso(edited, &message_out->edited_ms))
		return false;
	if (message_kind_changes(message_out->kind))
		return true;
	return json_get_string(json_find(object, "user"), &message_out->user) &&
	       json_get_string(json_find(object, "message"), &message_out->text);
}

static const struct json *messages_of(const struct history_reading *reading)
{
	return json_find(reading->answer, "messages");
}

static uint64_t seq_at(const struct json *messages, size_t index)
{
	struct archive_message message;

	return read_message(json_at(messages, index), &message) ? message.seq : 0;
}

/* 0 when the room has no message, and when the answer does not tell. */
static uint64_t last_seq(const struct json *answer)
{
	const struct json *messages = json_find(answer, "messages");
	size_t count = json_count(messages);
	int64_t seq;

	if (json_get_integer(json_find(answer, "seq"), &seq) && seq >= 0)
		return (uint64_t)seq;
	return count == 0 ? 0 : seq_at(messages, count - 1);
}

static bool has_more(const struct history_reading *reading)
{
	bool is_more = false;

	return json_get_bool(json_find(reading->answer, "more"), &is_more) && is_more;
}

/* The room's last seq when the page was read; newest is what was learned later. A head that is
 * newer than its page would hide a message, because a page is recognized by its head. */
static uint64_t seq_of_page(const struct history_reading *reading, uint64_t newest)
{
	const struct json *messages = messages_of(reading);
	size_t count = json_count(messages);
	bool is_after = reading->page.kind == PAGE_AFTER;
	bool is_last = is_after ? !has_more(reading) : reading->page.seq > newest;
	uint64_t last = is_after ? reading->page.seq : 0;

	if (count > 0)
		last = seq_at(messages, count - 1);
	return is_last && last < newest ? last : newest;
}

/* A broker without members in the room does not know its last message, and must ask. */
static enum store_problem find_seq(struct history_reading *reading)
{
	struct page newest = { PAGE_BEFORE, reading->page.room, NEWEST, 1, STR("") };
	struct json *answer;
	enum store_problem problem;

	if (json_find(reading->answer, "seq") != NULL ||
		(reading->page.kind == PAGE_BEFORE && reading->page.seq >= NEWEST)) {
		reading->head.seq = last_seq(reading->answer);
		return STORE_OK;
	}
	problem = ask(app_of(reading->history), &newest, &answer);
	if (problem == STORE_OK)
		reading->head.seq = seq_of_page(reading, last_seq(answer));
	json_destroy(answer);
	return problem;
}

static enum store_problem begin(struct history_reading *reading)
{
	struct history_head *head = &reading->head;
	enum store_problem problem = ask(
		app_of(reading->history), &reading->page, &reading->answer);
	struct str epoch = STR("");

	if (problem != STORE_OK)
		return problem;
	json_get_string(json_find(reading->answer, "epoch"), &epoch);
	if (epoch.len >= sizeof(head->epoch) || !json_is_array(messages_of(reading)))
		return STORE_ELSEWHERE;
	memcpy(head->epoch, epoch.data, epoch.len);
	if (json_count(messages_of(reading)) > 0)
		head->first_seq = seq_at(messages_of(reading), 0);
	return find_seq(reading);
}

/* Answers are in ascending order. */
static enum store_problem visit(struct history_reading *reading, archive_visit_fn *visit_message,
	void *context, bool *has_more_out)
{
	const struct json *messages = messages_of(reading);
	size_t count = json_count(messages);

	*has_more_out = has_more(reading);
	if (count > reading->page.limit)
		return STORE_ELSEWHERE;
	for (size_t i = 0; i < count; i++) {
		struct json *object = json_at(
			messages, reading->page.kind == PAGE_AFTER ? i : count - 1 - i);
		struct archive_message message;
		struct str time;

		if (!read_message(object, &message) ||
			!json_get_string(json_find(object, "time"), &time) ||
			!clock_read_iso(time, &message.time_ms))
			return STORE_ELSEWHERE;
		if (!visit_message(context, &message))
			break;
	}
	return STORE_OK;
}

static enum store_problem write_page(struct history_reading *reading, struct json_writer *writer)
{
	json_add_value(writer, STR_OF("messages"), messages_of(reading));
	json_add_bool(writer, "more", has_more(reading));
	return STORE_OK;
}

static void end(struct history_reading *reading)
{
	if (reading->problem != STORE_OK && reading->page.kind != PAGE_SEARCH)
		log_error("event=history_ask problem=%s", store_problem_code(reading->problem));
	json_destroy(reading->answer);
}

static const struct history_ops ops = {
	.destroy = destroy,
	.check = check,
	.begin = begin,
	.visit = visit,
	.write = write_page,
	.end = end,
};

struct history *history_create_remote(struct app *app)
{
	struct remote *remote = mem_new(struct remote);

	remote->history.ops = &ops;
	remote->app = app;
	return &remote->history;
}
