/* SPDX-License-Identifier: MIT */
/* Questions of an edge to its hub. A question is asked again until its answer comes, also over a
 * new connection; but the questions of connections and requests fail when the hub is lost. A
 * question to the hub's broker is sent once and given up after REPLY_MAX_MS, because the hub may
 * have acted on it already. */
#include "broker/layer/nng/edge_private.h"

#include <stdio.h>
#include <string.h>

#include "broker/history/history.h"
#include "common/base/mem.h"
#include "common/store/page.h"

#define QUESTIONS_MAX 4096
#define AGAIN_MS 10000
#define REPLY_MAX_MS 2000
#define OWN_AGAIN_MS 2000 /* frames and people: the hub answers these at once */

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
	if (edge->session == 0) /* it is sent when a session begins */
		return;
	question->asked_ms = edge->setting.reactor->now_ms;
	question->waits = !edge_send(edge, &head, str_range(question->record, question->len));
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
	edge->question_count++;
	buf_finish(&written);
	ask(edge, question);
	return question;
}

static void remove_question(struct edge *edge, struct edge_question *question)
{
	list_remove(&question->link);
	edge->question_count--;
	mem_free(question->room);
	mem_free(question);
}

bool edge_can_ask(const struct edge *edge)
{
	return edge->is_up && edge->question_count < QUESTIONS_MAX;
}

bool edge_ask_page(struct layer *layer, const struct page *page, uint64_t asker)
{
	struct edge *edge = edge_of(layer);
	const struct wire_record record = { .kind = WIRE_ASK_PAGE,
		.page_kind = (uint64_t)page->kind,
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
	const struct wire_record record = { .kind = WIRE_ASK_MEMBERS, .group = group };

	(void)names_out;
	if (!edge_can_ask(edge))
		return edge->is_up ? LAYER_BUSY : LAYER_UNAVAILABLE;
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
	const struct wire_record record = { .kind = WIRE_ASK_FRAMES, .after = edge->position };

	stat_add(edge->setting.stats, STAT_LAYER_GAPS, 1);
	edge_add_question(edge, EDGE_FRAMES, &record);
}

void edge_ask_for_people(struct edge *edge, uint64_t part, uint64_t parts)
{
	const struct wire_record record = { .kind = WIRE_ASK_PEOPLE, .part = part, .parts = parts };
	struct edge_question *question = edge_add_question(edge, EDGE_PEOPLE, &record);

	question->after = part;
	question->until = parts;
}

/* Answers. */

static void tell_page(
	struct edge *edge, const struct edge_question *question, const struct wire_record *page)
{
	char *epoch = str_dup(page->epoch);

	edge->sink.tell_page(edge->sink.context, question->asker,
		page->problem < STORE_PROBLEM_COUNT ? (enum store_problem)page->problem : STORE_IO,
		epoch, page->text);
	mem_free(epoch);
}

/* The answer is NAMEs, and GATHERED behind them. */
static void tell_members(struct edge *edge, const struct edge_question *question,
	const struct wire_record *first, struct str rest)
{
	struct layer_names names = { NULL, 0 };
	uint32_t capacity = 0, count = 0;
	struct wire_record name = *first;

	while (name.kind == WIRE_NAME) {
		names.names = mem_grow(names.names, &capacity, count, sizeof(*names.names));
		names.names[count++] = name.channel;
		if (!wire_read(&rest, &name))
			break;
	}
	names.count = count;
	edge->sink.tell_members(edge->sink.context, &question->author, LAYER_DONE, &names);
	mem_free(names.names);
}

static void take_frames(struct edge *edge, const struct edge_question *question,
	const struct wire_record *first, struct str rest)
{
	struct wire_record frame = *first;

	(void)question;
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

static void take_page(struct edge *edge, const struct edge_question *question,
	const struct wire_record *first, struct str rest)
{
	(void)rest;
	tell_page(edge, question, first);
}

static void take_first_row(struct edge *edge, const struct edge_question *question,
	const struct wire_record *first, struct str rest)
{
	(void)rest;
	edge_follow_first_row(edge, question, first);
}

static void take_reply(struct edge *edge, const struct edge_question *question,
	const struct wire_record *first, struct str rest)
{
	(void)rest;
	edge_tell_reply(edge, question, first);
}

/* Questions that fail when the hub is lost. */

static void fail_rows(struct edge *edge, const struct edge_question *question)
{
	const struct history_rows rows = { .room = str_from(question->room),
		.problem = STORE_ELSEWHERE,
		.after = question->after,
		.until = question->until };

	edge->sink.tell_rows(edge->sink.context, &rows);
}

static void fail_page(struct edge *edge, const struct edge_question *question)
{
	edge->sink.tell_page(edge->sink.context, question->asker, STORE_ELSEWHERE, "", STR_OF(""));
}

static void fail_members(struct edge *edge, const struct edge_question *question)
{
	const struct layer_names names = { NULL, 0 };

	edge->sink.tell_members(edge->sink.context, &question->author, LAYER_UNAVAILABLE, &names);
}

static void fail_reply(struct edge *edge, const struct edge_question *question)
{
	edge_tell_reply(edge, question, &(struct wire_record){ 0 });
}

/* fail is NULL for questions that outlive the loss of the hub. take runs after the question has
 * left the list, so that it may ask again. */
static const struct {
	void (*take)(struct edge *edge, const struct edge_question *question,
		const struct wire_record *first, struct str rest);
	void (*fail)(struct edge *edge, const struct edge_question *question);
} kinds[] = {
	[EDGE_ROWS] = { edge_tell_rows, fail_rows },
	[EDGE_MISSED_ROWS] = { edge_follow_rows, NULL },
	[EDGE_FIRST_ROW] = { take_first_row, NULL },
	[EDGE_PAGE] = { take_page, fail_page },
	[EDGE_MEMBERS] = { tell_members, fail_members },
	[EDGE_FRAMES] = { take_frames, NULL },
	[EDGE_REPLY] = { take_reply, fail_reply },
	[EDGE_PEOPLE] = { edge_take_part, NULL },
};

static struct edge_question *find_question(const struct edge *edge, uint64_t number)
{
	list_each (link, &edge->questions) {
		if (question_of(link)->number == number)
			return question_of(link);
	}
	return NULL;
}

/* Missed rows are asked for until the history answers without a problem. */
static bool is_busy(const struct edge_question *question, struct str rest)
{
	bool is_missed = question->kind == EDGE_MISSED_ROWS || question->kind == EDGE_FIRST_ROW;
	struct wire_record first;

	return is_missed && wire_read(&rest, &first) && first.problem != STORE_OK;
}

void edge_take_answer(struct edge *edge, uint64_t number, struct str rest)
{
	struct edge_question *question = find_question(edge, number);
	struct wire_record first;

	if (question == NULL)
		return;
	if (is_busy(question, rest)) {
		question->waits = true;
		return;
	}
	list_remove(&question->link);
	if (wire_read(&rest, &first))
		kinds[question->kind].take(edge, question, &first, rest);
	remove_question(edge, question);
}

void edge_take_busy(struct edge *edge, uint64_t number)
{
	struct edge_question *question = find_question(edge, number);

	if (question != NULL)
		question->waits = true;
}

static bool is_own(const struct edge_question *question)
{
	return question->kind == EDGE_FRAMES || question->kind == EDGE_PEOPLE;
}

/* The question or its answer may be lost. */
static bool is_overdue(const struct edge *edge, const struct edge_question *question)
{
	uint64_t patience_ms = is_own(question) ? OWN_AGAIN_MS : AGAIN_MS;

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

void edge_ask_again(struct edge *edge, bool is_all)
{
	list_each_safe (link, &edge->questions) {
		struct edge_question *question = question_of(link);

		if (is_given_up(edge, question)) {
			kinds[question->kind].fail(edge, question);
			remove_question(edge, question);
		} else if (is_due(edge, question, is_all)) {
			ask(edge, question);
		}
	}
}

void edge_fail_questions(struct edge *edge)
{
	list_each_safe (link, &edge->questions) {
		struct edge_question *question = question_of(link);

		if (kinds[question->kind].fail == NULL)
			continue;
		kinds[question->kind].fail(edge, question);
		remove_question(edge, question);
	}
}

void edge_drop_own_questions(struct edge *edge)
{
	list_each_safe (link, &edge->questions) {
		if (is_own(question_of(link)))
			remove_question(edge, question_of(link));
	}
}

void edge_drop_questions(struct edge *edge)
{
	list_each_safe (link, &edge->questions)
		remove_question(edge, question_of(link));
}
