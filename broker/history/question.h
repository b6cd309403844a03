/* SPDX-License-Identifier: MIT */
/* What the main thread asks the reader and gets back answered, once for all who asked the same:
 * rows, or a page. One allocation and what the answer needs. */
#pragma once

#include <stdatomic.h>

#include "broker/history/history.h"
#include "broker/reactor/mailbox.h"

enum question_kind { QUESTION_ROWS, QUESTION_PAGE };

struct question {
	struct mail mail;
	struct history *history; /* for the way back */
	struct reader *reader; /* for the way there */
	enum question_kind kind;
	/* Set before the database is looked at: what is asked from then on may be newer. */
	atomic_bool is_begun;
	/* The main thread's. */
	struct buf key; /* owned: the same for the same question */
	uint64_t *askers; /* owned */
	uint32_t asker_count;
	uint32_t asker_capacity;
	/* Its texts lie in data. */
	struct page page; /* of QUESTION_ROWS only room is set */
	uint64_t after, until;
	size_t bytes_max;
	/* The answer. */
	enum store_problem problem;
	struct buf members; /* owned; of a page */
	struct archive_message *messages; /* owned; of rows */
	uint32_t message_count;
	uint32_t message_capacity;
	struct buf texts; /* owned: what messages point into */
	bool is_whole;
	char data[];
};
