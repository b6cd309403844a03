/* SPDX-License-Identifier: MIT */
/* The thread for what takes long and must not hold up the writer: checkpoints of the write-ahead
 * log, and backups. It has a connection of its own. */
#pragma once

#include "broker/history/connection.h"
#include "broker/history/history.h"
#include "broker/reactor/mailbox.h"

struct caretaker;

/* A backup that somebody asked for; comes back to the main thread with its outcome. */
struct errand {
	struct mail mail;
	struct history *history;
	struct caretaker *caretaker;
	uint64_t asker;
	enum store_problem problem;
	char path[];
};

/* Takes an errand that is done; the caretaker's thread. */
typedef void errand_done_fn(struct errand *errand);

/* NULL with the cause. path and epoch are copied. */
struct caretaker *caretaker_create(const char *path, enum archive_mode mode, const char *epoch,
	errand_done_fn *done, enum store_problem *problem_out) __attribute__((warn_unused_result));
/* Breaks off what it does; errands that are left are done with STORE_BUSY, on this thread. NULL is
 * fine. */
void caretaker_destroy(struct caretaker *caretaker);
/* Any thread; takes the errand. */
void caretaker_post(struct caretaker *caretaker, struct errand *errand);
/* Any thread; soon, unless one is under way. */
void caretaker_ask_checkpoint(struct caretaker *caretaker);
/* The writer's thread: the log has so many pages. */
void caretaker_note_wal(struct caretaker *caretaker, int pages);
