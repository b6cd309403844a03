/* SPDX-License-Identifier: MIT */
/* What was said, as the pages read it: from history.db, or on a host that keeps none, as its broker
 * reads it elsewhere. Who reads a page of it does not know which. Any thread. */
#pragma once

#include <stdbool.h>

#include "common/json.h"
#include "common/store/archive.h"
#include "common/store/page.h"

struct app;
struct history;
struct history_ops;

/* What is known of a page before it is read. */
struct history_head {
	char epoch[ARCHIVE_EPOCH_SIZE]; /* "" when there is no history */
	uint64_t seq; /* of the room's last message; 0 for none */
	/* Of its oldest that is kept, or of the page's first: either says, with seq, which messages
	 * a page has that is asked for in the same words. */
	uint64_t first_seq;
};

/* A page that is being read; private but for page and head. */
struct history_reading {
	struct history *history;
	struct page page;
	struct history_head head;
	bool knows_senders; /* else whose a message is is told by its name alone */
	struct archive *archive; /* NULL: there is none */
	struct json *answer; /* owned */
	enum store_problem problem;
};

/* history.db at path; NULL: the site keeps no history. The caller owns it, as the next. */
struct history *history_create(const char *path) __attribute__((warn_unused_result));
/* As the broker of app answers, which is borrowed. */
struct history *history_create_remote(struct app *app) __attribute__((warn_unused_result));
/* NULL is fine. Nothing is being read. */
void history_destroy(struct history *history);
/* Whether PAGE_SEARCH can be read at all; STORE_ELSEWHERE where it cannot. */
bool history_can_search(const struct history *history);
/* Whether it can be read at this moment. */
enum store_problem history_check(struct history *history) __attribute__((warn_unused_result));
/* Begins to read a page, whose texts are borrowed until its end; fills page and head. To be ended
 * in any case. */
enum store_problem history_begin(struct history *history, const struct page *page,
	struct history_reading *reading) __attribute__((warn_unused_result));
/* The page's messages: of PAGE_AFTER ascending, else newest first. has_more_out: of those that were
 * asked for. */
enum store_problem history_visit(struct history_reading *reading, archive_visit_fn *visit,
	void *context, bool *has_more_out) __attribute__((warn_unused_result));
/* The same as page_write has it. */
enum store_problem history_write(struct history_reading *reading, struct json_writer *writer)
	__attribute__((warn_unused_result));
/* Logs what came of it. */
void history_end(struct history_reading *reading);

/* Where a history is; the first member of each one's own struct. */
struct history {
	const struct history_ops *ops;
};

/* What history_… above asks; reading has its page, and begin fills the rest. */
struct history_ops {
	bool can_search;
	void (*destroy)(struct history *history);
	enum store_problem (*check)(struct history *history);
	enum store_problem (*begin)(struct history_reading *reading);
	enum store_problem (*visit)(struct history_reading *reading, archive_visit_fn *visit,
		void *context, bool *has_more_out);
	enum store_problem (*write)(struct history_reading *reading, struct json_writer *writer);
	void (*end)(struct history_reading *reading);
};
