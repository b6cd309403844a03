/* SPDX-License-Identifier: MIT */
/* The three threads' life, and the way of messages to the writer and back. What is submitted in
 * one turn of the main thread is posted at its end, so that it is committed together. */
#include <assert.h>
#include <string.h>

#include "broker/history/history_private.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define FILE_NAME "history.db"

static void settle_head(struct history *history, const struct letter *letter)
{
	history->head_count--;
	history->sink.open(history->sink.context, letter->entry.room, letter->seq, letter->problem);
}

static void settle_entry(struct history *history, const struct letter *letter)
{
	static const enum stat_id counters[] = {
		[HISTORY_COMMITTED] = STAT_HISTORY_MESSAGES,
		[HISTORY_REPEATED] = STAT_HISTORY_REPEATED,
		[HISTORY_BUSY] = STAT_HISTORY_BUSY,
		[HISTORY_STORAGE] = STAT_HISTORY_STORAGE_ERRORS,
		[HISTORY_NOT_SAID] = STAT_HISTORY_REFUSED,
		[HISTORY_NO_TARGET] = STAT_HISTORY_REFUSED,
		[HISTORY_NOT_YOURS] = STAT_HISTORY_REFUSED,
		[HISTORY_TOO_LATE] = STAT_HISTORY_REFUSED,
	};
	const struct history_outcome outcome = { letter->result, letter->seq, letter->time_ms,
		&letter->entry };

	history->entry_count--;
	history->entry_bytes -= letter->bytes;
	stat_add(history->stats, counters[letter->result], 1);
	stat_subtract(history->stats, STAT_HISTORY_WAITING, 1);
	history->sink.settle(history->sink.context, &outcome);
}

static void handle_settled(struct mail *mail)
{
	struct letter *letter = list_entry(mail, struct letter, mail);
	struct history *history = letter->history;

	if (letter->committed > 0) {
		stat_add(history->stats, STAT_HISTORY_COMMITS, 1);
		stat_observe(history->stats, HISTOGRAM_COMMIT, letter->commit_us);
		stat_observe(history->stats, HISTOGRAM_COMMIT_MESSAGES, letter->committed);
	}
	if (letter->kind == LETTER_HEAD)
		settle_head(history, letter);
	else
		settle_entry(history, letter);
	mem_free(letter);
}

static struct str copy_text(char **end, struct str text)
{
	struct str copy = str_range(*end, text.len);

	if (text.len > 0)
		memcpy(*end, text.data, text.len);
	*end += text.len;
	return copy;
}

static struct letter *letter_create(
	struct history *history, enum letter_kind kind, const struct history_entry *entry)
{
	size_t bytes = entry->room.len + entry->user.len + entry->text.len + entry->ref.len +
		       entry->origin.len + entry->via.len + entry->copies.len;
	struct letter *letter = mem_alloc(sizeof(*letter) + bytes);
	char *end = letter->data;

	letter->mail.handle = writer_take;
	letter->history = history;
	letter->writer = history->writer;
	letter->kind = kind;
	letter->bytes = bytes;
	letter->posted_ms = history->main_reactor->now_ms;
	letter->entry = *entry;
	letter->entry.room = copy_text(&end, entry->room);
	letter->entry.user = copy_text(&end, entry->user);
	letter->entry.text = copy_text(&end, entry->text);
	letter->entry.ref = copy_text(&end, entry->ref);
	letter->entry.origin = copy_text(&end, entry->origin);
	letter->entry.via = copy_text(&end, entry->via);
	letter->entry.copies = copy_text(&end, entry->copies);
	if (entry->sender != NULL) {
		memcpy(letter->sender, entry->sender, sizeof(letter->sender));
		letter->entry.sender = letter->sender;
	}
	return letter;
}

static void post(struct letter *letter)
{
	struct history *history = letter->history;

	outbox_add(&history->to_writer, &letter->mail);
	reactor_schedule(history->main_reactor, &history->to_writer_task);
}

static void run_to_writer(struct reactor_task *task)
{
	struct history *history = list_entry(task, struct history, to_writer_task);

	writer_post(history->writer, &history->to_writer);
}

bool history_submit(struct history *history, const struct history_entry *entry)
{
	struct letter *letter;

	if (history->is_hurried || history->entry_count >= HISTORY_QUEUE_MESSAGES ||
		history->entry_bytes >= HISTORY_QUEUE_BYTES) {
		stat_add(history->stats, STAT_HISTORY_BUSY, 1);
		return false;
	}
	letter = letter_create(history, LETTER_ENTRY, entry);
	history->entry_count++;
	history->entry_bytes += letter->bytes;
	stat_add(history->stats, STAT_HISTORY_WAITING, 1);
	post(letter);
	return true;
}

void history_ask_head(struct history *history, struct str room)
{
	const struct history_entry entry = { .room = room };

	history->head_count++;
	post(letter_create(history, LETTER_HEAD, &entry));
}

static enum archive_mode mode_of(const struct config *config)
{
	return strcmp(config->history_durability, "process") == 0 ? ARCHIVE_WRITE_PROCESS
								  : ARCHIVE_WRITE_DISK;
}

static enum store_problem open_all(
	struct history *history, const struct config *config, const char *path)
{
	enum store_problem problem = STORE_OK;
	const struct writer_setup setup = {
		.config = config,
		.path = path,
		.mode = mode_of(config),
		.main_reactor = history->main_reactor,
		.settle = handle_settled,
		.is_hurried = &history->is_hurried,
	};

	history->writer = writer_create(&setup, &problem);
	if (history->writer == NULL)
		return problem;
	memcpy(history->epoch, writer_epoch(history->writer), sizeof(history->epoch));
	history->reader = reader_create(path, history->epoch, history_answer, &problem);
	if (history->reader == NULL)
		return problem;
	history->caretaker = caretaker_create(
		path, setup.mode, history->epoch, history_bring_errand, &problem);
	if (history->caretaker == NULL)
		return problem;
	return writer_start(history->writer, history->caretaker) ? STORE_OK : STORE_BUSY;
}

struct history *history_create(const struct config *config, struct reactor *main_reactor,
	struct stats *stats, const struct history_sink *sink, int *exit_status_out)
{
	struct history *history = mem_new(struct history);
	struct buf path = { 0 };
	struct log_quoted quoted;
	enum store_problem problem;

	history->main_reactor = main_reactor;
	history->stats = stats;
	history->sink = *sink;
	history->questions = map_create();
	reactor_task_init(&history->to_writer_task, run_to_writer);
	config_path(config, &path, FILE_NAME);
	problem = open_all(history, config, buf_text(&path));
	if (problem != STORE_OK) {
		log_error("event=history_open path=%s problem=%s hint=\"%s\"",
			log_quote(&quoted, buf_str(&path)), store_problem_code(problem),
			store_problem_sentence(problem));
		*exit_status_out = store_problem_exit_status(problem);
		history_destroy(history);
		history = NULL;
	}
	buf_finish(&path);
	return history;
}

void history_destroy(struct history *history)
{
	if (history == NULL)
		return;
	history_hurry(history);
	reactor_unschedule(&history->to_writer_task);
	if (!outbox_is_empty(&history->to_writer))
		writer_post(history->writer, &history->to_writer);
	writer_destroy(history->writer);
	reader_destroy(history->reader);
	caretaker_destroy(history->caretaker);
	while (mailbox_drain(&history->main_reactor->mailbox))
		continue;
	assert(history_is_idle(history) && history->head_count == 0);
	assert(history->question_count == 0 && history->errand_count == 0);
	map_destroy(history->questions);
	mem_free(history);
}

const char *history_epoch(const struct history *history)
{
	return history->epoch;
}

void history_hurry(struct history *history)
{
	atomic_store(&history->is_hurried, true);
}

bool history_is_idle(const struct history *history)
{
	return history->entry_count == 0;
}

enum store_problem history_problem(const struct history *history)
{
	return writer_problem(history->writer);
}

uint64_t history_wal_bytes(const struct history *history)
{
	return writer_wal_bytes(history->writer);
}
