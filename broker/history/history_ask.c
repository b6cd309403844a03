/* SPDX-License-Identifier: MIT */
/* Questions to the reader, and backups. Who asks what is asked already joins that question: a
 * thousand clients that come back together are one read. A page that is being read is not joined,
 * because it may lack what the asker has been told of meanwhile; those who ask for it then are
 * one read again. */
#include <string.h>

#include "broker/history/history_private.h"
#include "common/base/mem.h"

/* In all questions together. */
#define ASKERS_MAX 65536
#define ERRANDS_MAX 16

static void question_destroy(struct question *question)
{
	buf_finish(&question->key);
	buf_finish(&question->members);
	buf_finish(&question->texts);
	mem_free(question->messages);
	mem_free(question->askers);
	mem_free(question);
}

/* The texts of a page may hold any character: their lengths tell them apart. */
static void write_key(const struct question *question, struct buf *key)
{
	const struct page *page = &question->page;

	buf_append_format(key, "%d %d %zu %zu %llu %llu %llu %zu ", (int)question->kind,
		(int)page->kind, page->room.len, page->limit, (unsigned long long)page->seq,
		(unsigned long long)question->after, (unsigned long long)question->until,
		question->bytes_max);
	buf_append_str(key, page->room);
	if (page->kind == PAGE_SEARCH)
		buf_append_str(key, page->query);
}

static struct question *question_create(
	struct history *history, enum question_kind kind, const struct page *page)
{
	struct str query = page->kind == PAGE_SEARCH ? page->query : STR_OF("");
	struct question *question = mem_alloc(sizeof(*question) + page->room.len + query.len);

	question->history = history;
	question->kind = kind;
	question->page = *page;
	memcpy(question->data, page->room.data, page->room.len);
	question->page.room.data = question->data;
	if (query.len > 0)
		memcpy(question->data + page->room.len, query.data, query.len);
	question->page.query = str_range(question->data + page->room.len, query.len);
	return question;
}

static void add_asker(struct question *question, uint64_t asker)
{
	question->askers = mem_grow(question->askers, &question->asker_capacity,
		question->asker_count, sizeof(*question->askers));
	question->askers[question->asker_count++] = asker;
	question->history->asker_count++;
}

/* What rows are asked for is settled by their numbers, however long it takes to read them; changes
 * have later ones, and who asks knows those (tail_prepend). */
static bool can_be_joined(const struct question *question)
{
	return question->kind == QUESTION_ROWS || !question->is_begun;
}

/* Takes the question, or joins the one that is there. */
static bool ask(struct question *question, uint64_t asker)
{
	struct history *history = question->history;
	struct question *other;

	write_key(question, &question->key);
	other = map_find(history->questions, buf_str(&question->key));
	if (other != NULL && can_be_joined(other) && history->asker_count < ASKERS_MAX) {
		add_asker(other, asker);
		question_destroy(question);
		return true;
	}
	if (history->is_hurried || history->question_count >= HISTORY_QUESTIONS ||
		history->asker_count >= ASKERS_MAX) {
		question_destroy(question);
		return false;
	}
	add_asker(question, asker);
	history->question_count++;
	map_put(history->questions, buf_str(&question->key), question);
	reader_ask(history->reader, question);
	return true;
}

bool history_ask_rows(
	struct history *history, struct str room, uint64_t after, uint64_t until, size_t bytes_max)
{
	const struct page page = { .room = room };
	struct question *question = question_create(history, QUESTION_ROWS, &page);

	question->after = after;
	question->until = until;
	question->bytes_max = bytes_max;
	return ask(question, 0);
}

bool history_ask_page(struct history *history, const struct page *page, uint64_t asker)
{
	return ask(question_create(history, QUESTION_PAGE, page), asker);
}

static void tell(const struct question *question, uint64_t asker)
{
	const struct history_sink *sink = &question->history->sink;
	const struct history_rows rows = {
		.room = question->page.room,
		.problem = question->problem,
		.after = question->after,
		.until = question->until,
		.is_whole = question->is_whole,
		.messages = question->messages,
		.count = question->message_count,
	};

	switch (question->kind) {
	case QUESTION_ROWS:
		sink->tell_rows(sink->context, &rows);
		break;
	case QUESTION_PAGE:
		sink->tell_page(
			sink->context, asker, question->problem, buf_str(&question->members));
		break;
	}
}

static void handle_answered(struct mail *mail)
{
	struct question *question = list_entry(mail, struct question, mail);
	struct history *history = question->history;
	struct str key = buf_str(&question->key);

	/* Nobody joins it any more: who asks for the same now asks anew. */
	if (map_find(history->questions, key) == question)
		map_remove(history->questions, key);
	history->question_count--;
	history->asker_count -= question->asker_count;
	stat_add(history->stats, STAT_HISTORY_READS, 1);
	for (uint32_t i = 0; i < question->asker_count; i++)
		tell(question, question->askers[i]);
	question_destroy(question);
}

void history_answer(struct question *question)
{
	question->mail.handle = handle_answered;
	reactor_post(question->history->main_reactor, &question->mail);
}

bool history_back_up(struct history *history, const char *path, uint64_t asker)
{
	size_t size = strlen(path) + 1;
	struct errand *errand;

	if (history->is_hurried || history->errand_count >= ERRANDS_MAX)
		return false;
	errand = mem_alloc(sizeof(*errand) + size);
	errand->history = history;
	errand->asker = asker;
	memcpy(errand->path, path, size);
	history->errand_count++;
	caretaker_post(history->caretaker, errand);
	return true;
}

static void handle_errand_done(struct mail *mail)
{
	struct errand *errand = list_entry(mail, struct errand, mail);
	struct history *history = errand->history;

	history->errand_count--;
	history->sink.tell_backup(history->sink.context, errand->asker, errand->problem);
	mem_free(errand);
}

void history_bring_errand(struct errand *errand)
{
	errand->mail.handle = handle_errand_done;
	reactor_post(errand->history->main_reactor, &errand->mail);
}
