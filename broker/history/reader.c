/* SPDX-License-Identifier: MIT */
/* Rows are read downwards from until and turned round: where they have to stop for want of room
 * or because the rest was deleted, they have the end that is wanted, and are read once. */
#include "broker/history/reader.h"

#include <string.h>

#include "broker/history/worker.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

struct reader {
	struct worker worker;
	struct connection connection;
	reader_answer_fn *answer;
	atomic_bool is_ending;
};

/* A message that does not fit, or lies behind a gap, ends the walk. */
static bool add_row(void *context, const struct archive_message *message)
{
	struct question *question = context;
	struct archive_message *copy;

	if (message->seq <= question->after ||
		message->seq != question->until - question->message_count)
		return false;
	if (message->text.len > question->bytes_max)
		return false;
	question->bytes_max -= message->text.len;
	question->messages = mem_grow(question->messages, &question->message_capacity,
		question->message_count, sizeof(*question->messages));
	copy = &question->messages[question->message_count++];
	*copy = (struct archive_message){
		.seq = message->seq,
		.time_ms = message->time_ms,
		.user = message->user,
		.text = message->text,
		.kind = message->kind,
		.target = message->target,
		.edited_ms = message->edited_ms,
	};
	buf_append_str(&question->texts, message->user);
	buf_append_str(&question->texts, message->text);
	return true;
}

/* texts has stopped moving. */
static void point_into_texts(struct question *question)
{
	const char *text = question->texts.data;

	for (uint32_t i = 0; i < question->message_count; i++) {
		struct archive_message *message = &question->messages[i];

		message->user.data = text;
		message->text.data = text + message->user.len;
		text += message->user.len + message->text.len;
	}
}

static void turn_round(struct archive_message *messages, uint32_t count)
{
	for (uint32_t i = 0; i < count / 2; i++) {
		struct archive_message other = messages[i];

		messages[i] = messages[count - 1 - i];
		messages[count - 1 - i] = other;
	}
}

static enum store_problem read_rows(struct archive *archive, struct question *question)
{
	enum store_problem problem;

	question->message_count = 0;
	buf_clear(&question->texts);
	if (question->until <= question->after) {
		question->is_whole = true;
		return STORE_OK;
	}
	problem = archive_read_before(archive, question->page.room, question->until + 1,
		question->until - question->after, add_row, question);
	if (problem != STORE_OK) {
		question->message_count = 0;
		return problem;
	}
	question->is_whole = question->message_count == question->until - question->after;
	point_into_texts(question);
	turn_round(question->messages, question->message_count);
	return STORE_OK;
}

static enum store_problem read_page(struct archive *archive, struct question *question)
{
	struct json_writer writer = json_writer_to(&question->members);
	enum store_problem problem = page_write(archive, &question->page, &writer);

	if (problem != STORE_OK)
		buf_clear(&question->members);
	return problem;
}

static enum store_problem read_answer(struct reader *reader, struct question *question)
{
	struct connection *connection = &reader->connection;
	enum store_problem problem = connection_renew(connection);

	if (problem != STORE_OK)
		return problem;
	connection_set_patience(connection, READER_LIMIT_MS);
	archive_limit_time(connection->archive, clock_monotonic_ms() + READER_LIMIT_MS);
	switch (question->kind) {
	case QUESTION_ROWS:
		problem = read_rows(connection->archive, question);
		break;
	case QUESTION_PAGE:
		problem = read_page(connection->archive, question);
		break;
	}
	return connection_note(connection, problem);
}

static void handle_question(struct mail *mail)
{
	struct question *question = list_entry(mail, struct question, mail);
	struct reader *reader = question->reader;

	atomic_store(&question->is_begun, true);
	question->problem = reader->is_ending ? STORE_BUSY : read_answer(reader, question);
	reader->answer(question);
}

void reader_ask(struct reader *reader, struct question *question)
{
	question->reader = reader;
	question->mail.handle = handle_question;
	reactor_post(&reader->worker.reactor, &question->mail);
}

struct reader *reader_create(const char *path, const char *epoch, reader_answer_fn *answer,
	enum store_problem *problem_out)
{
	struct reader *reader = mem_new(struct reader);
	bool is_ready = worker_init(&reader->worker);

	reader->answer = answer;
	*problem_out = connection_open(
		&reader->connection, path, ARCHIVE_READ, epoch, &reader->is_ending);
	if (*problem_out == STORE_OK && is_ready && worker_start(&reader->worker, "history-reader"))
		return reader;
	if (*problem_out == STORE_OK)
		*problem_out = STORE_BUSY;
	reader_destroy(reader);
	return NULL;
}

void reader_destroy(struct reader *reader)
{
	if (reader == NULL)
		return;
	atomic_store(&reader->is_ending, true);
	worker_finish(&reader->worker);
	connection_close(&reader->connection);
	mem_free(reader);
}
