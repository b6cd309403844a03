/* SPDX-License-Identifier: MIT */
/* What an edge asks its hub for. A question waits for its answer however often the connection is
 * made anew; only connections and requests do not wait for a hub that is lost. What is asked of the
 * hub's broker is asked once and not waited for long: the hub may have done it already. */
#include "broker/layer/nng/edge_private.h"

#include <stdio.h>
#include <string.h>

#include "broker/history/history.h"
#include "common/base/mem.h"
#include "common/store/page.h"

/* At once; when they are so long that an answer lacks the first of them, fewer. */
#define MISSED_ROWS_MAX 64
#define MISSED_BYTES_MAX (4 * 1024 * 1024)
#define QUESTIONS_MAX 4096
#define AGAIN_MS 10000
#define FRAMES_AGAIN_MS 2000 /* the hub has them at hand */
#define REPLY_MAX_MS 2000

static struct edge_question *question_of(struct list *link)
{
	return list_entry(link, struct edge_question, link);
}

static void ask(struct edge *edge, struct edge_question *question)
{
	const struct wire_record head = {
		.kind = WIRE_QUESTION, .number = question->number, .session = edge->session
	};

	question->waits = true;
	if (edge->session == 0) /* it is asked when the session begins */
		return;
	buf_clear(&edge->message);
	wire_write(&head, &edge->message);
	buf_append(&edge->message, question->record, question->len);
	question->asked_ms = edge->setting.reactor->now_ms;
	question->waits = !edge->way.ask(edge->way.context, buf_str(&edge->message));
}

struct edge_question *edge_add_question(
	struct edge *edge, enum edge_question_kind kind, const struct wire_record *record)
{
	struct edge_question *question;
	struct buf written = { 0 };

	wire_write(record, &written);
	question = mem_alloc(sizeof(*question) + written.len);
	question->kind = kind;
	question->number = ++edge->last_question;
	question->begun_ms = edge->setting.reactor->now_ms;
	question->room = str_dup(record->room);
	question->len = written.len;
	memcpy(question->record, written.data, written.len);
	list_append(&edge->questions, &question->link);
	buf_finish(&written);
	ask(edge, question);
	return question;
}

static void remove_question(struct edge_question *question)
{
	list_remove(&question->link);
	mem_free(question->room);
	mem_free(question);
}

bool edge_can_ask(const struct edge *edge)
{
	size_t count = 0;

	list_each (link, &edge->questions)
		count++;
	return edge->is_up && count < QUESTIONS_MAX;
}

static struct wire_record rows_record(
	struct str room, uint64_t after, uint64_t until, size_t bytes_max)
{
	return (struct wire_record){ .kind = WIRE_ASK_ROWS,
		.room = room,
		.seq = after,
		.until = until,
		.limit = bytes_max };
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

/* The first ones behind from, in answer to the follower's question for all behind after. */
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

/* Where they begin that are still kept. */
static void ask_first_row(struct edge *edge, const struct edge_question *missed)
{
	const struct wire_record record = { .kind = WIRE_ASK_PAGE,
		.result = PAGE_AFTER,
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
	else /* there are none: the numbers go on with what comes */
		follower_take_rows(edge->follower, room, edge->epoch, after, NULL, 0);
}

bool edge_ask_page(struct layer *layer, const struct page *page, uint64_t asker)
{
	struct edge *edge = edge_of(layer);
	const struct wire_record record = { .kind = WIRE_ASK_PAGE,
		.result = (uint64_t)page->kind,
		.room = page->room,
		.seq = page->seq,
		.limit = page->limit,
		.text = page->kind == PAGE_SEARCH ? page->query : STR_OF("") };

	if (!edge_can_ask(edge))
		return false;
	edge_add_question(edge, EDGE_PAGE, &record)->asker = asker;
	return true;
}

enum layer_result edge_members(struct layer *layer, struct str group, const struct author *asker,
	struct layer_names *names_out)
{
	struct edge *edge = edge_of(layer);
	const struct wire_record record = { .kind = WIRE_ASK_MEMBERS, .room = group };

	(void)names_out;
	if (!edge_can_ask(edge))
		return LAYER_UNAVAILABLE;
	edge_add_question(edge, EDGE_MEMBERS, &record)->author = (struct author){
		.kind = asker->kind, .id = asker->id
	};
	return LAYER_UNDER_WAY;
}

bool edge_has_question(const struct edge *edge, enum edge_question_kind kind)
{
	list_each (link, &edge->questions) {
		if (question_of(link)->kind == kind)
			return true;
	}
	return false;
}

void edge_ask_for_frames(struct edge *edge)
{
	const struct wire_record record = { .kind = WIRE_ASK_FRAMES, .seq = edge->position };

	stat_add(edge->setting.stats, STAT_LAYER_GAPS, 1);
	edge_add_question(edge, EDGE_FRAMES, &record);
}

/* Answers. */

static struct archive_message *read_rows(struct str rest, size_t *count_out)
{
	struct archive_message *messages = NULL;
	uint32_t capacity = 0, count = 0;
	struct wire_record row;

	while (wire_read(&rest, &row)) {
		if (row.kind != WIRE_ROW)
			continue;
		messages = mem_grow(messages, &capacity, count, sizeof(*messages));
		messages[count++] = (struct archive_message){ .seq = row.seq,
			.time_ms = (int64_t)row.time_ms,
			.user = row.user,
			.text = row.text };
	}
	*count_out = count;
	return messages;
}

static void tell_rows(struct edge *edge, const struct edge_question *question,
	const struct wire_record *head, struct str rest)
{
	struct history_rows rows = { .room = str_from(question->room),
		.problem = head->result < STORE_PROBLEM_COUNT ? (enum store_problem)head->result
							      : STORE_IO,
		.after = question->after,
		.until = question->until,
		.is_whole = head->limit != 0 };
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
			.room = room,
			.message = messages[i].text,
			.user = messages[i].user,
			.seq = messages[i].seq,
			.time_ms = messages[i].time_ms };
	mem_free(messages);
	return events;
}

static void read_epoch(const struct wire_record *head, char epoch[static EVENT_EPOCH_SIZE])
{
	epoch[0] = '\0';
	if (head->epoch.len < EVENT_EPOCH_SIZE)
		snprintf(epoch, EVENT_EPOCH_SIZE, "%.*s", STR_ARG(head->epoch));
}

/* Rows that do not fit are left out at the beginning: whether the first are kept at all shows when
 * fewer are asked for. */
static bool may_be_cut(const struct edge_question *question, const struct wire_record *head,
	const struct event *events, size_t count)
{
	return head->limit == 0 && count > 0 && events[0].seq > question->asked_after + 1;
}

static void follow_rows(struct edge *edge, const struct edge_question *question,
	const struct wire_record *head, struct str rest)
{
	struct str room = str_from(question->room);
	char epoch[EVENT_EPOCH_SIZE];
	struct event *events;
	size_t count;

	read_epoch(head, epoch);
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

/* Of a page; 0 when it is empty. */
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

static void follow_first_row(
	struct edge *edge, const struct edge_question *question, const struct wire_record *page)
{
	struct str room = str_from(question->room);
	uint64_t seq = first_seq(page->text);
	char epoch[EVENT_EPOCH_SIZE];

	read_epoch(page, epoch);
	if (seq > 0 && seq <= question->until)
		ask_missed_rows(
			edge, room, question->after, seq - 1, MISSED_ROWS_MAX, question->until);
	else
		follower_take_rows(edge->follower, room, epoch, question->after, NULL, 0);
}

static void tell_page(
	struct edge *edge, const struct edge_question *question, const struct wire_record *page)
{
	char *epoch = str_dup(page->epoch);

	edge->sink.tell_page(edge->sink.context, question->asker,
		page->result < STORE_PROBLEM_COUNT ? (enum store_problem)page->result : STORE_IO,
		epoch, page->text);
	mem_free(epoch);
}

static void tell_members(struct edge *edge, const struct edge_question *question, struct str rest)
{
	struct layer_names names = { NULL, 0 };
	uint32_t capacity = 0, count = 0;
	struct wire_record name;

	while (wire_read(&rest, &name)) {
		if (name.kind != WIRE_NAME)
			continue;
		names.names = mem_grow(names.names, &capacity, count, sizeof(*names.names));
		names.names[count++] = name.channel;
	}
	names.count = count;
	edge->sink.tell_members(edge->sink.context, &question->author, LAYER_DONE, &names);
	mem_free(names.names);
}

static void take_frames(struct edge *edge, const struct wire_record *first, struct str rest)
{
	struct wire_record frame = *first;

	if (first->kind == WIRE_LOST_FRAMES) {
		edge_say_hello(edge);
		return;
	}
	do {
		if (frame.kind == WIRE_OLD_FRAME)
			edge_take_frame(edge, frame.number, frame.text);
	} while (wire_read(&rest, &frame));
	edge_go_on(edge);
}

/* The question is out of the list by then, so that what is told may ask again. */
static void take(struct edge *edge, const struct edge_question *question, struct str rest)
{
	struct str all = rest;
	struct wire_record first = { 0 };

	if (!wire_read(&rest, &first) && question->kind != EDGE_MEMBERS)
		return;
	switch (question->kind) {
	case EDGE_ROWS:
		tell_rows(edge, question, &first, rest);
		break;
	case EDGE_MISSED_ROWS:
		follow_rows(edge, question, &first, rest);
		break;
	case EDGE_FIRST_ROW:
		follow_first_row(edge, question, &first);
		break;
	case EDGE_PAGE:
		tell_page(edge, question, &first);
		break;
	case EDGE_MEMBERS:
		tell_members(edge, question, all);
		break;
	case EDGE_FRAMES:
		take_frames(edge, &first, rest);
		break;
	case EDGE_REPLY:
		edge_tell_reply(edge, question, &first);
		break;
	}
}

static struct edge_question *find_question(const struct edge *edge, uint64_t number)
{
	list_each (link, &edge->questions) {
		if (question_of(link)->number == number)
			return question_of(link);
	}
	return NULL;
}

/* Rows that are missed are asked for until they are had. */
static bool is_busy(const struct edge_question *question, struct str rest)
{
	bool is_missed = question->kind == EDGE_MISSED_ROWS || question->kind == EDGE_FIRST_ROW;
	struct wire_record first;

	return is_missed && wire_read(&rest, &first) && first.result != STORE_OK;
}

void edge_take_answer(struct edge *edge, uint64_t number, struct str rest)
{
	struct edge_question *question = find_question(edge, number);

	if (question == NULL)
		return;
	if (is_busy(question, rest)) {
		question->waits = true;
		return;
	}
	list_remove(&question->link);
	take(edge, question, rest);
	remove_question(question);
}

void edge_take_busy(struct edge *edge, uint64_t number)
{
	struct edge_question *question = find_question(edge, number);

	if (question != NULL)
		question->waits = true;
}

/* The answer, or the question itself, may be lost. */
static bool is_overdue(const struct edge *edge, const struct edge_question *question)
{
	uint64_t patience_ms = question->kind == EDGE_FRAMES ? FRAMES_AGAIN_MS : AGAIN_MS;

	return edge->setting.reactor->now_ms >= question->asked_ms + patience_ms;
}

static bool is_due(const struct edge *edge, const struct edge_question *question, bool is_all)
{
	return question->waits ||
	       (question->kind != EDGE_REPLY && (is_all || is_overdue(edge, question)));
}

static bool is_given_up(const struct edge *edge, const struct edge_question *question)
{
	return question->kind == EDGE_REPLY &&
	       edge->setting.reactor->now_ms >= question->begun_ms + REPLY_MAX_MS;
}

static bool fail(struct edge *edge, const struct edge_question *question)
{
	const struct history_rows rows = { .room = str_from(question->room),
		.problem = STORE_ELSEWHERE,
		.after = question->after,
		.until = question->until };
	const struct layer_names names = { NULL, 0 };

	switch (question->kind) {
	case EDGE_ROWS:
		edge->sink.tell_rows(edge->sink.context, &rows);
		return true;
	case EDGE_PAGE:
		edge->sink.tell_page(
			edge->sink.context, question->asker, STORE_ELSEWHERE, "", STR_OF(""));
		return true;
	case EDGE_MEMBERS:
		edge->sink.tell_members(
			edge->sink.context, &question->author, LAYER_UNAVAILABLE, &names);
		return true;
	case EDGE_REPLY:
		edge_tell_reply(edge, question, &(struct wire_record){ 0 });
		return true;
	case EDGE_MISSED_ROWS:
	case EDGE_FIRST_ROW:
	case EDGE_FRAMES:
		break;
	}
	return false;
}

void edge_ask_again(struct edge *edge, bool is_all)
{
	list_each_safe (link, &edge->questions) {
		struct edge_question *question = question_of(link);

		if (is_given_up(edge, question)) {
			(void)fail(edge, question);
			remove_question(question);
		} else if (is_due(edge, question, is_all)) {
			ask(edge, question);
		}
	}
}

void edge_fail_questions(struct edge *edge)
{
	list_each_safe (link, &edge->questions) {
		if (fail(edge, question_of(link)))
			remove_question(question_of(link));
	}
}

void edge_drop_questions(struct edge *edge)
{
	list_each_safe (link, &edge->questions)
		remove_question(question_of(link));
}
