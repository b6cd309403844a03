/* SPDX-License-Identifier: MIT */
/* The one thread that writes history.db. What came in while the last transaction ran is the next
 * one; outcomes go back to the main thread in one outbox, in the order of the letters. */
#pragma once

#include "broker/history/caretaker.h"
#include "broker/history/letter.h"
#include "broker/reactor/reactor.h"
#include "common/config.h"

struct writer;

/* All borrowed for the writer's life but path, which is copied. */
struct writer_setup {
	const struct config *config;
	const char *path;
	enum archive_mode mode;
	struct reactor *main_reactor;
	/* Main thread: takes the letter's mail with its outcome. */
	void (*settle)(struct mail *mail);
	const atomic_bool *is_hurried; /* waits for locks end */
};

/* Opens or makes the database. NULL with the cause. */
struct writer *writer_create(const struct writer_setup *setup, enum store_problem *problem_out)
	__attribute__((warn_unused_result));
/* Starts the thread; the caretaker is told of the log's growth. False with errno. */
bool writer_start(struct writer *writer, struct caretaker *caretaker)
	__attribute__((warn_unused_result));
/* Ends the thread when its transaction is over; all letters that are left come back as busy. NULL
 * is fine. */
void writer_destroy(struct writer *writer);
/* Borrowed. */
const char *writer_epoch(const struct writer *writer);
/* Takes the letters. Main thread. */
void writer_post(struct writer *writer, struct outbox *letters);
/* For letters: what their mail does when the writer gets it. */
void writer_take(struct mail *mail);
/* Any thread. */
enum store_problem writer_problem(const struct writer *writer);
uint64_t writer_wal_bytes(const struct writer *writer);
