/* SPDX-License-Identifier: MIT */
/* The main thread's side from within: history.c (its life, and messages on their way to a commit)
 * and history_ask.c (questions and their answers). */
#pragma once

#include <stdatomic.h>

#include "broker/history/caretaker.h"
#include "broker/history/history.h"
#include "broker/history/reader.h"
#include "broker/history/writer.h"
#include "common/base/map.h"

struct history {
	struct reactor *main_reactor; /* borrowed */
	struct stats *stats; /* borrowed: the main thread's */
	struct history_sink sink;
	struct writer *writer; /* owned */
	struct reader *reader; /* owned */
	struct caretaker *caretaker; /* owned */
	char epoch[ARCHIVE_EPOCH_SIZE];
	/* What was submitted in this turn is posted together. */
	struct outbox to_writer;
	struct reactor_task to_writer_task;
	size_t entry_count; /* under way to a commit */
	size_t entry_bytes;
	size_t head_count; /* questions under way among them */
	struct map *questions; /* owned; those that can still be joined, by key */
	size_t question_count; /* under way */
	size_t asker_count; /* in all of them */
	size_t errand_count; /* under way */
	atomic_bool is_hurried;
};

/* The reader's and the caretaker's threads. */
void history_answer(struct question *question);
void history_bring_errand(struct errand *errand);
