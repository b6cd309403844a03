/* SPDX-License-Identifier: MIT */
/* Questions of edges, and the names of a group's members, which are gathered from all brokers. A
 * slow answer delays nothing else. */
#include "broker/layer/nng/hub_private.h"

#include <string.h>

#include "broker/history/history.h"
#include "broker/layer/channel_name.h"
#include "common/base/mem.h"
#include "common/base/utf8.h"
#include "common/room_name.h"
#include "common/store/page.h"
#include "common/store/search_text.h"

#define GATHERING_MAX_MS 2000
#define GATHERINGS_MAX 64
#define ROWS_BYTES_MAX (12 * 1024 * 1024)
/* What a row's record takes beside its texts, and what comes before the rows. */
#define ROW_BYTES_MAX 96
#define ROWS_HEAD_BYTES_MAX 1024

void hub_answer(struct hub *hub, void *asker, enum wire_kind kind, uint64_t session,
	uint64_t number, struct str rest)
{
	struct wire_record head = { .kind = kind, .session = session, .number = number };
	struct buf answer = { 0 };

	wire_write(&head, &answer);
	buf_append_str(&answer, rest);
	hub->way.answer(hub->way.context, asker, buf_str(&answer));
	buf_finish(&answer);
}

static struct hub_question *add_question(struct hub *hub, enum hub_question_kind kind, void *asker,
	const struct wire_record *head, struct str room)
{
	struct hub_question *question = mem_alloc(sizeof(*question) + room.len + 1);

	question->kind = kind;
	question->asker = asker;
	question->session = head->session;
	question->number = head->number;
	question->id = HUB_PAGE_BITS | ++hub->last_question;
	memcpy(question->room, room.data, room.len);
	list_append(&hub->questions, &question->link);
	hub->question_count++;
	return question;
}

static void remove_question(struct hub *hub, struct hub_question *question)
{
	list_remove(&question->link);
	hub->question_count--;
	mem_free(question);
}

/* Takes the question. */
static void answer_question(struct hub *hub, struct hub_question *question, struct str rest)
{
	hub_answer(hub, question->asker, WIRE_ANSWER, question->session, question->number, rest);
	remove_question(hub, question);
}

static void answer_problem(
	struct hub *hub, struct hub_question *question, enum store_problem problem)
{
	struct wire_record record = { .kind = question->kind == HUB_ROWS ? WIRE_ROWS : WIRE_PAGE,
		.problem = (uint64_t)problem };
	struct buf rest = { 0 };

	wire_write(&record, &rest);
	answer_question(hub, question, buf_str(&rest));
	buf_finish(&rest);
}

static void ask_rows(struct hub *hub, void *asker, const struct wire_record *head,
	const struct wire_record *asked)
{
	struct hub_question *question = add_question(hub, HUB_ROWS, asker, head, asked->room);
	struct layer *inner = hub->inner;

	question->after = asked->after;
	question->until = asked->until;
	if (!room_name_is_normal(asked->room))
		answer_problem(hub, question, STORE_REFUSED);
	else if (!inner->ops->ask_rows(inner, asked->room, question->after, question->until,
			 asked->bytes_max < ROWS_BYTES_MAX ? (size_t)asked->bytes_max
							   : ROWS_BYTES_MAX))
		answer_problem(hub, question, STORE_BUSY);
}

static bool is_page(const struct wire_record *asked)
{
	return asked->page_kind <= PAGE_SEARCH && asked->limit > 0 &&
	       asked->limit <= PAGE_MESSAGES_MAX && room_name_is_normal(asked->room) &&
	       asked->text.len <= SEARCH_QUERY_BYTES_MAX && utf8_is_valid(asked->text);
}

static void ask_page(struct hub *hub, void *asker, const struct wire_record *head,
	const struct wire_record *asked)
{
	struct hub_question *question = add_question(hub, HUB_PAGE, asker, head, STR_OF(""));
	struct layer *inner = hub->inner;
	struct page page = { .kind = (enum page_kind)asked->page_kind,
		.room = asked->room,
		.seq = asked->seq,
		.limit = (size_t)asked->limit,
		.query = asked->text };

	if (!is_page(asked))
		answer_problem(hub, question, STORE_REFUSED);
	else if (!inner->ops->ask_page(inner, &page, question->id))
		answer_problem(hub, question, STORE_BUSY);
}

static void ask_frames(struct hub *hub, void *asker, const struct wire_record *head,
	const struct wire_record *asked)
{
	struct buf rest = { 0 };

	if (!hub_frames_write(hub->frames, asked->after, &rest))
		wire_write(&(struct wire_record){ .kind = WIRE_LOST_FRAMES,
				   .number = hub_frames_last(hub->frames) },
			&rest);
	hub_answer(hub, asker, WIRE_ANSWER, head->session, head->number, buf_str(&rest));
	buf_finish(&rest);
}

/* The broker reads the text; the layer does not. */
static void ask_broker(struct hub *hub, void *asker, const struct wire_record *head,
	const struct wire_record *asked)
{
	struct wire_record reply = { .kind = WIRE_REPLY };
	struct buf text = { 0 }, rest = { 0 };

	if (asked->text.len <= LAYER_QUESTION_BYTES_MAX)
		hub->sink.answer_below(hub->sink.context, asked->text, &text);
	if (text.len <= LAYER_ANSWER_BYTES_MAX)
		reply.text = buf_str(&text);
	wire_write(&reply, &rest);
	hub_answer(hub, asker, WIRE_ANSWER, head->session, head->number, buf_str(&rest));
	buf_finish(&text);
	buf_finish(&rest);
}

/* Gathering names. */

static void add_name(struct hub *hub, struct hub_gathering *gathering, struct str name)
{
	if (gathering->bytes + WIRE_NAME_HEAD_BYTES_MAX + name.len > WIRE_NAMES_BYTES_MAX) {
		stat_add(hub->setting.stats, STAT_NAMES_CUT, 1);
		return;
	}
	gathering->bytes += WIRE_NAME_HEAD_BYTES_MAX + name.len;
	buf_append_char(&gathering->names, (char)name.len);
	buf_append_str(&gathering->names, name);
	gathering->count++;
}

static struct str *sort_names(const struct hub_gathering *gathering)
{
	struct str *names = mem_alloc_array(gathering->count + 1, sizeof(*names));
	struct str rest = buf_str(&gathering->names);

	for (size_t i = 0; i < gathering->count; i++) {
		size_t len = (unsigned char)rest.data[0];

		names[i] = str_range(rest.data + 1, len);
		rest = str_skip(rest, 1 + len);
	}
	channel_names_sort(names, gathering->count);
	return names;
}

static void tell_edge(
	struct hub *hub, const struct hub_gathering *gathering, const struct str *names)
{
	struct buf rest = { 0 };

	for (size_t i = 0; i < gathering->count; i++)
		wire_write(&(struct wire_record){ .kind = WIRE_NAME, .channel = names[i] }, &rest);
	wire_write(&(struct wire_record){ .kind = WIRE_GATHERED }, &rest);
	hub_answer(hub, gathering->asker, WIRE_ANSWER, gathering->session, gathering->question,
		buf_str(&rest));
	buf_finish(&rest);
}

static void free_gathering(struct hub_gathering *gathering)
{
	list_remove(&gathering->link);
	buf_finish(&gathering->names);
	mem_free(gathering->missing);
	mem_free(gathering);
}

static void end_gathering(struct hub *hub, struct hub_gathering *gathering)
{
	struct layer_names names = { sort_names(gathering), gathering->count };

	if (gathering->asker != NULL)
		tell_edge(hub, gathering, names.names);
	else
		hub->sink.tell_members(hub->sink.context, &gathering->author, LAYER_DONE, &names);
	mem_free(names.names);
	free_gathering(gathering);
}

static struct hub_gathering *begin_gathering(struct hub *hub, struct str group)
{
	struct hub_gathering *gathering = mem_new(struct hub_gathering);
	struct layer_names names = { NULL, 0 };

	gathering->number = ++hub->last_gathering;
	gathering->until_ms = hub->setting.reactor->now_ms + GATHERING_MAX_MS;
	gathering->missing = mem_alloc_array(hub->edge_count + 1, sizeof(*gathering->missing));
	list_each (link, &hub->edges)
		gathering->missing[gathering->missing_count++] =
			list_entry(link, struct hub_edge, link)->serial;
	(void)hub->inner->ops->members(hub->inner, group, AUTHOR_OF_NOBODY, &names);
	for (size_t i = 0; i < names.count; i++)
		add_name(hub, gathering, names.names[i]);
	mem_free(names.names);
	list_append(&hub->gatherings, &gathering->link);
	hub_tell(hub, &(struct wire_record){
			      .kind = WIRE_GATHER, .number = gathering->number, .group = group });
	return gathering;
}

static bool is_missing(const struct hub_gathering *gathering, uint64_t serial)
{
	for (size_t i = 0; i < gathering->missing_count; i++) {
		if (gathering->missing[i] == serial)
			return true;
	}
	return false;
}

void hub_take_name(const struct hub_edge *edge, uint64_t number, struct str channel)
{
	list_each (link, &edge->hub->gatherings) {
		struct hub_gathering *gathering = list_entry(link, struct hub_gathering, link);

		if (gathering->number == number && is_missing(gathering, edge->serial))
			add_name(edge->hub, gathering, channel);
	}
}

static void stop_missing(struct hub_gathering *gathering, uint64_t serial)
{
	for (size_t i = 0; i < gathering->missing_count; i++) {
		if (gathering->missing[i] == serial)
			gathering->missing[i] = gathering->missing[--gathering->missing_count];
	}
}

void hub_end_names(struct hub *hub, const struct hub_edge *edge, uint64_t number)
{
	list_each_safe (link, &hub->gatherings) {
		struct hub_gathering *gathering = list_entry(link, struct hub_gathering, link);

		if (number != 0 && gathering->number != number)
			continue;
		stop_missing(gathering, edge->serial);
		if (gathering->missing_count == 0)
			end_gathering(hub, gathering);
	}
}

void hub_check_gatherings(struct hub *hub)
{
	list_each_safe (link, &hub->gatherings) {
		struct hub_gathering *gathering = list_entry(link, struct hub_gathering, link);

		if (hub->setting.reactor->now_ms >= gathering->until_ms)
			end_gathering(hub, gathering);
	}
}

static size_t count(const struct list *list)
{
	size_t count = 0;

	list_each (link, list)
		count++;
	return count;
}

enum layer_result hub_members(struct layer *layer, struct str group, const struct author *asker,
	struct layer_names *names_out)
{
	struct hub *hub = hub_of(layer);

	if (hub->edge_count == 0)
		return hub->inner->ops->members(hub->inner, group, asker, names_out);
	if (count(&hub->gatherings) >= GATHERINGS_MAX)
		return LAYER_BUSY;
	begin_gathering(hub, group)->author = (struct author){ .kind = asker->kind,
		.id = asker->id };
	return LAYER_UNDER_WAY;
}

static void ask_members(struct hub *hub, void *asker, const struct wire_record *head,
	const struct wire_record *asked)
{
	struct hub_gathering *gathering;

	if (!group_name_is_valid(asked->group) || count(&hub->gatherings) >= GATHERINGS_MAX) {
		hub_answer(hub, asker, WIRE_BUSY, head->session, head->number, STR_OF(""));
		return;
	}
	gathering = begin_gathering(hub, asked->group);
	gathering->asker = asker;
	gathering->session = head->session;
	gathering->question = head->number;
}

/* Answers of the inner layer. */

/* The rows may not fit into one answer: then the oldest are left out. */
static size_t first_that_fits(const struct history_rows *rows)
{
	size_t left = WIRE_BYTES_MAX - ROWS_HEAD_BYTES_MAX, i = rows->count;

	while (i > 0) {
		const struct archive_message *message = &rows->messages[i - 1];
		size_t bytes = ROW_BYTES_MAX + message->user.len + message->text.len;

		if (bytes > left)
			break;
		left -= bytes;
		i--;
	}
	return i;
}

static void write_rows(const struct hub *hub, const struct history_rows *rows, struct buf *out)
{
	size_t first = first_that_fits(rows);

	wire_write(&(struct wire_record){ .kind = WIRE_ROWS,
			   .epoch = str_from(hub->epoch),
			   .problem = (uint64_t)rows->problem,
			   .is_whole = rows->is_whole && first == 0 },
		out);
	for (size_t i = first; i < rows->count; i++) {
		const struct archive_message *message = &rows->messages[i];

		wire_write(&(struct wire_record){ .kind = WIRE_ROW,
				   .seq = message->seq,
				   .time_ms = (uint64_t)message->time_ms,
				   .message_kind = (uint64_t)message->kind,
				   .target = message->target,
				   .edited_ms = (uint64_t)message->edited_ms,
				   .user = message->user,
				   .text = message->text },
			out);
	}
}

static bool answers(const struct history_rows *rows, const struct hub_question *question)
{
	return question->kind == HUB_ROWS && rows->after == question->after &&
	       rows->until == question->until && str_is(rows->room, question->room);
}

/* An edge and the connections here may ask for the same rows; each question gets one answer. */
void hub_tell_rows(void *context, const struct history_rows *rows)
{
	struct hub *hub = context;
	struct buf rest = { 0 };

	list_each (link, &hub->questions) {
		struct hub_question *question = list_entry(link, struct hub_question, link);

		if (!answers(rows, question))
			continue;
		write_rows(hub, rows, &rest);
		answer_question(hub, question, buf_str(&rest));
		buf_finish(&rest);
		return;
	}
	hub->sink.tell_rows(hub->sink.context, rows);
}

static void tell_page_of(struct hub *hub, struct hub_question *question, enum store_problem problem,
	const char *epoch, struct str members)
{
	struct buf rest = { 0 };

	wire_write(&(struct wire_record){ .kind = WIRE_PAGE,
			   .problem = (uint64_t)problem,
			   .epoch = str_from(epoch),
			   .text = members },
		&rest);
	answer_question(hub, question, buf_str(&rest));
	buf_finish(&rest);
}

void hub_tell_page(void *context, uint64_t asker, enum store_problem problem, const char *epoch,
	struct str members)
{
	struct hub *hub = context;

	if ((asker & HUB_PAGE_BITS) != HUB_PAGE_BITS) {
		hub->sink.tell_page(hub->sink.context, asker, problem, epoch, members);
		return;
	}
	list_each (link, &hub->questions) {
		struct hub_question *question = list_entry(link, struct hub_question, link);

		if (question->kind == HUB_PAGE && question->id == asker) {
			tell_page_of(hub, question, problem, epoch, members);
			return;
		}
	}
}

bool hub_ask_rows(
	struct layer *layer, struct str room, uint64_t after, uint64_t until, size_t bytes_max)
{
	struct layer *inner = hub_of(layer)->inner;

	return inner->ops->ask_rows(inner, room, after, until, bytes_max);
}

bool hub_ask_page(struct layer *layer, const struct page *page, uint64_t asker)
{
	struct layer *inner = hub_of(layer)->inner;

	return inner->ops->ask_page(inner, page, asker);
}

static const struct {
	enum wire_kind kind;
	void (*ask)(struct hub *hub, void *asker, const struct wire_record *head,
		const struct wire_record *asked);
} questions[] = {
	{ WIRE_ASK_ROWS, ask_rows },
	{ WIRE_ASK_PAGE, ask_page },
	{ WIRE_ASK_FRAMES, ask_frames },
	{ WIRE_ASK_MEMBERS, ask_members },
	{ WIRE_ASK_BROKER, ask_broker },
	{ WIRE_ASK_PEOPLE, hub_ask_people },
};

bool hub_take_question(
	struct hub *hub, void *asker, const struct wire_record *head, struct str rest)
{
	struct wire_record asked;

	if (hub_find_session(hub, head->session) == NULL) {
		hub_answer(hub, asker, WIRE_STRANGER, head->session, head->number, STR_OF(""));
		return true;
	}
	if (hub->question_count >= HUB_QUESTIONS_MAX) {
		hub_answer(hub, asker, WIRE_BUSY, head->session, head->number, STR_OF(""));
		return true;
	}
	if (!wire_read(&rest, &asked))
		return false;
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		if (questions[i].kind != asked.kind)
			continue;
		questions[i].ask(hub, asker, head, &asked);
		return true;
	}
	return false;
}

void hub_drop_questions(struct hub *hub)
{
	list_each_safe (link, &hub->questions) {
		struct hub_question *question = list_entry(link, struct hub_question, link);

		hub_answer(hub, question->asker, WIRE_BUSY, question->session, question->number,
			STR_OF(""));
		remove_question(hub, question);
	}
	list_each_safe (link, &hub->gatherings)
		end_gathering(hub, list_entry(link, struct hub_gathering, link));
}
