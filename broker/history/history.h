/* SPDX-License-Identifier: MIT */
/* What a broker keeps of what is said: the main thread's side of the threads that own the
 * connections to history.db. A message goes to the writer and comes back committed, with its
 * number, in the order of the commits; questions go to the reader and come back answered. Nothing
 * here waits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/reactor/reactor.h"
#include "broker/stats.h"
#include "common/config.h"
#include "common/store/page.h"

/* Messages on their way to a commit, and their bytes; beyond either, senders are told busy. */
#define HISTORY_QUEUE_MESSAGES 65536
#define HISTORY_QUEUE_BYTES (64 * 1024 * 1024)
/* Pages and tails that wait for the reader. */
#define HISTORY_QUESTIONS 4096

struct history;

/* What is to be kept. Everything is borrowed for the call. */
struct history_entry {
	struct str room;
	struct str user;
	struct str text;
	struct str ref; /* "" for none */
	const uint8_t *sender; /* ARCHIVE_SENDER_SIZE bytes, or NULL; a ref needs one */
	enum message_kind kind;
	uint64_t target; /* seq of the message that an edit or a deletion changes */
	bool changes_any; /* whoever said that message, and however long ago */
	bool is_only_looked_for; /* by its ref: it is not kept, whether that is known or not */
	/* The asker's own, back with the outcome and not kept. */
	uint64_t author[2];
	struct str origin; /* of an event that went over a bus (common/event.h) */
	struct str via;
	struct str copies;
};

enum history_result {
	HISTORY_COMMITTED,
	HISTORY_REPEATED, /* this sender's ref is known: seq is the first one's, nothing was kept */
	HISTORY_BUSY, /* nothing was kept; later */
	HISTORY_STORAGE, /* nothing was kept: the disk */
	HISTORY_NOT_SAID, /* its ref is not known */
	/* Of edits and deletions; nothing was kept. */
	HISTORY_NO_TARGET, /* there is no such message, or it is deleted */
	HISTORY_NOT_YOURS, /* somebody else said it */
	HISTORY_TOO_LATE, /* to edit it: EDIT_MS are over (common/moderation.h) */
};

/* Borrowed for the call. */
struct history_outcome {
	enum history_result result;
	uint64_t seq; /* of a committed or a repeated one */
	int64_t time_ms; /* of a committed one; else 0 */
	const struct history_entry *entry;
};

/* Rows of a room, ascending and without a gap, as archive_read_after has them. */
struct history_rows {
	struct str room;
	enum store_problem problem;
	uint64_t after; /* as it was asked for, like the next */
	uint64_t until;
	bool is_whole; /* from where it was asked for on; else the last that are there and fit */
	const struct archive_message *messages; /* without ref and sender */
	size_t count;
};

/* Main thread. context is the sink's owner. */
struct history_sink {
	void *context;
	/* One for each entry that was taken, in the order of the commits. */
	void (*settle)(void *context, const struct history_outcome *outcome);
	/* The head of a room, in its place among the outcomes: what comes after it has seq + 1. */
	void (*open)(void *context, struct str room, uint64_t seq, enum store_problem problem);
	void (*tell_rows)(void *context, const struct history_rows *rows);
	/* The members of an object (common/store/page.h); empty with a problem. */
	void (*tell_page)(
		void *context, uint64_t asker, enum store_problem problem, struct str members);
	void (*tell_backup)(void *context, uint64_t asker, enum store_problem problem);
};

/* Opens history.db, makes and migrates it where needed, and starts the threads. NULL after it has
 * logged why, with the program's exit status. config is borrowed. */
struct history *history_create(const struct config *config, struct reactor *main_reactor,
	struct stats *stats, const struct history_sink *sink, int *exit_status_out)
	__attribute__((warn_unused_result));
/* Ends the threads: what has not been begun by then is settled as busy, and who asked is answered.
 * Other mail of the main reactor is handled with it. Nothing is called any more afterwards. NULL is
 * fine. */
void history_destroy(struct history *history);
/* Of the database. Borrowed. */
const char *history_epoch(const struct history *history);

/* Copies the entry. False when the queue is full or the end is near: busy. */
bool history_submit(struct history *history, const struct history_entry *entry)
	__attribute__((warn_unused_result));
/* The answer is sink.open, always. */
void history_ask_head(struct history *history, struct str room);
/* The messages with after < seq <= until, at most bytes_max of text: sink.tell_rows, once for each
 * call, however many are one read. False when too many questions wait. */
bool history_ask_rows(struct history *history, struct str room, uint64_t after, uint64_t until,
	size_t bytes_max) __attribute__((warn_unused_result));
/* sink.tell_page. The same page asked for while it waits to be read is read once; what was told of
 * before it was asked for is in it. */
bool history_ask_page(struct history *history, const struct page *page, uint64_t asker)
	__attribute__((warn_unused_result));
/* A copy of the database to an absolute path: sink.tell_backup. */
bool history_back_up(struct history *history, const char *path, uint64_t asker)
	__attribute__((warn_unused_result));

/* The stop: nothing new is taken, and waits for locks end. */
void history_hurry(struct history *history);
/* Whether every entry is settled. */
bool history_is_idle(const struct history *history);
/* STORE_OK while writing works; else why not. Any thread. */
enum store_problem history_problem(const struct history *history);
/* Of the write-ahead log. Any thread. */
uint64_t history_wal_bytes(const struct history *history);
