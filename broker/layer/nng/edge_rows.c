/* SPDX-License-Identifier: MIT */
/* Rows of the past, which an edge asks its hub for: the rows that connections want, and the rows
 * that the follower has missed. Missed rows are asked for until they come or are known to be
 * deleted. */
#include "broker/layer/nng/edge_private.h"

#include "broker/history/history.h"
#include "common/base/mem.h"
#include "common/store/page.h"

/* Missed rows in one question. If an answer lacks the first rows because they are long, the next
 * question is for fewer. */
#define MISSED_ROWS_MAX 64
#define MISSED_BYTES_MAX (4 * 1024 * 1024)

static struct wire_record rows_record(
	struct str room, uint64_t after, uint64_t until, size_t bytes_max)
{
	return (struct wire_record){ .kind = WIRE_ASK_ROWS,
		.room = room,
		.after = after,
		.until = until,
		.bytes_max = bytes_max };
}

bool edge_ask_rows(
	struct layer *layer, struct str room, uint64_t after, uint64_t until, size_t bytes_max)
{
	struct edge *edge = edge_of(layer);
	struct wire_record record = rows_record(room, after, until, bytes_max);
	struct edge_question *question;

	if (!edge_can_ask(edge) || !layer->keeps_past)
		return false;
	question = edge_add_question(edge, EDGE_ROWS, &record);
	question->after = after;
	question->until = until;
	return true;
}

/* The follower wants the rows behind after, up to until. Asks for the first count behind from. */
static void ask_missed_rows(struct edge *edge, struct str room, uint64_t after, uint64_t from,
	uint64_t count, uint64_t until)
{
	uint64_t last = until - from > count ? from + count : until;
	struct wire_record record = rows_record(room, from, last, MISSED_BYTES_MAX);
	struct edge_question *question = edge_add_question(edge, EDGE_MISSED_ROWS, &record);

	question->after = after;
	question->asked_after = from;
	question->asked_until = last;
	question->until = until;
}

/* Asks for the first row behind the missed ones: from there on rows are still kept. */
static void ask_first_row(struct edge *edge, const struct edge_question *missed)
{
	const struct wire_record record = { .kind = WIRE_ASK_PAGE,
		.page_kind = PAGE_AFTER,
		.room = str_from(missed->room),
		.seq = missed->asked_until,
		.limit = 1 };
	struct edge_question *question = edge_add_question(edge, EDGE_FIRST_ROW, &record);

	question->after = missed->after;
	question->until = missed->until;
}

void edge_ask_missed_rows(void *context, struct str room, uint64_t after, uint64_t until)
{
	struct edge *edge = context;

	if (edge->layer.keeps_past)
		ask_missed_rows(edge, room, after, after, MISSED_ROWS_MAX, until);
	else /* no rows are kept: the follower goes on with the next event */
		follower_take_rows(edge->follower, room, edge->epoch, after, NULL, 0);
}

/* Answers. */

static bool read_row(const struct wire_record *row, struct archive_message *message_out)
{
	struct event event = { 0 };

	if (row->kind != WIRE_ROW || !wire_read_change(row, &event))
		return false;
	*message_out = (struct archive_message){ .seq = row->seq,
		.time_ms = (int64_t)row->time_ms,
		.user = row->user,
		.text = row->text,
		.kind = event.kind,
		.target = event.target,
		.edited_ms = event.edited_ms };
	return true;
}

static struct archive_message *read_rows(struct str rest, size_t *count_out)
{
	struct archive_message *messages = NULL;
	uint32_t capacity = 0, count = 0;
	struct wire_record row;

	while (wire_read(&rest, &row)) {
		messages = mem_grow(messages, &capacity, count, sizeof(*messages));
		count += read_row(&row, &messages[count]);
	}
	*count_out = count;
	return messages;
}

void edge_tell_rows(struct edge *edge, const struct edge_question *question,
	const struct wire_record *head, struct str rest)
{
	struct history_rows rows = { .room = str_from(question->room),
		.problem = head->problem < STORE_PROBLEM_COUNT ? (enum store_problem)head->problem
							       : STORE_IO,
		.after = question->after,
		.until = question->until,
		.is_whole = head->is_whole != 0 };
	struct archive_message *messages = read_rows(rest, &rows.count);

	rows.messages = messages;
	edge->sink.tell_rows(edge->sink.context, &rows);
	mem_free(messages);
}

static struct event *read_events(struct str room, struct str rest, size_t *count_out)
{
	struct archive_message *messages = read_rows(rest, count_out);
	struct event *events = mem_alloc_array(*count_out + 1, sizeof(*events));

	for (size_t i = 0; i < *count_out; i++)
		events[i] = (struct event){ .type = STR("chat.message"),
			.is_message = true,
			.kind = messages[i].kind,
			.target = messages[i].target,
			.edited_ms = messages[i].edited_ms,
			.room = room,
			.message = messages[i].text,
			.user = messages[i].user,
			.seq = messages[i].seq,
			.time_ms = messages[i].time_ms };
	mem_free(messages);
	return events;
}

/* An answer that is too long lacks its first rows. Whether these are still kept shows when fewer
 * rows are asked for. */
static bool may_be_cut(const struct edge_question *question, const struct wire_record *head,
	const struct event *events, size_t count)
{
	return head->is_whole == 0 && count > 0 && events[0].seq > question->asked_after + 1;
}

void edge_follow_rows(struct edge *edge, const struct edge_question *question,
	const struct wire_record *head, struct str rest)
{
	struct str room = str_from(question->room);
	char epoch[EVENT_EPOCH_SIZE];
	struct event *events;
	size_t count;

	wire_read_epoch(head, epoch);
	events = read_events(room, rest, &count);
	for (size_t i = 0; i < count; i++)
		events[i].epoch = epoch;
	if (count == 0 && question->asked_until < question->until)
		ask_first_row(edge, question);
	else if (may_be_cut(question, head, events, count))
		ask_missed_rows(edge, room, question->after, question->asked_after,
			(question->asked_until - question->asked_after) / 2, question->until);
	else
		follower_take_rows(edge->follower, room, epoch, question->after, events, count);
	mem_free(events);
}

/* The first sequence number of a page; 0 when the page is empty. */
static uint64_t first_seq(struct str members)
{
	struct buf text = { 0 };
	const char *unused;
	struct json *page;
	int64_t seq;

	buf_append_format(&text, "{%.*s}", STR_ARG(members));
	page = json_parse(buf_str(&text), &unused);
	if (!json_get_integer(json_find(json_at(json_find(page, "messages"), 0), "seq"), &seq))
		seq = 0;
	json_destroy(page);
	buf_finish(&text);
	return seq < 1 ? 0 : (uint64_t)seq;
}

void edge_follow_first_row(
	struct edge *edge, const struct edge_question *question, const struct wire_record *page)
{
	struct str room = str_from(question->room);
	uint64_t seq = first_seq(page->text);
	char epoch[EVENT_EPOCH_SIZE];

	wire_read_epoch(page, epoch);
	if (seq > 0 && seq <= question->until)
		ask_missed_rows(
			edge, room, question->after, seq - 1, MISSED_ROWS_MAX, question->until);
	else
		follower_take_rows(edge->follower, room, epoch, question->after, NULL, 0);
}
