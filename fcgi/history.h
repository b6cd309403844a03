/* SPDX-License-Identifier: MIT */
/* The history as the pages read it: from history.db, or on a host without one from the broker,
 * which asks another host. Callers do not know which. Any thread. */
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
	/* The seq of the room's oldest message that is kept, or of the page's first. Either says,
	 * with seq, which messages a page of the same request has. */
	uint64_t first_seq;
};

/* A page that is being read; all but page and head is private. */
struct history_reading {
	struct history *history;
	struct page page;
	struct history_head head;
	bool knows_senders; /* else a message's sender is known by name alone */
	struct archive *archive; /* NULL: there is no archive */
	struct json *answer; /* owned */
	enum store_problem problem;
};

/* A history in history.db at path; NULL: the site keeps none. The caller owns it. */
struct history *history_create(const char *path) __attribute__((warn_unused_result));
/* A history that app's broker answers for. app is borrowed. The caller owns it. */
struct history *history_create_remote(struct app *app) __attribute__((warn_unused_result));
/* NULL is fine. No page is being read. */
void history_destroy(struct history *history);
/* Whether PAGE_SEARCH can be read at all; where not, reading it gives STORE_ELSEWHERE. */
bool history_can_search(const struct history *history);
/* Whether the history can be read at this moment. */
enum store_problem history_check(struct history *history) __attribute__((warn_unused_result));
/* Visits all rooms behind a name in which something was said, by name, until visit returns false.
 * STORE_ELSEWHERE where the history is on another host. */
enum store_problem history_visit_rooms(struct history *history, struct str after,
	bool (*visit)(void *context, struct str name, const struct archive_room *room),
	void *context) __attribute__((warn_unused_result));
/* Begins to read a page and fills reading->page and head. The page's texts are borrowed until
 * history_end. Call history_end in any case. */
enum store_problem history_begin(struct history *history, const struct page *page,
	struct history_reading *reading) __attribute__((warn_unused_result));
/* Visits the page's messages, PAGE_AFTER ascending, else newest first. *has_more_out: there are
 * more than were asked for. */
enum store_problem history_visit(struct history_reading *reading, archive_visit_fn *visit,
	void *context, bool *has_more_out) __attribute__((warn_unused_result));
/* Writes the page's messages as page_write does. */
enum store_problem history_write(struct history_reading *reading, struct json_writer *writer)
	__attribute__((warn_unused_result));
/* Ends the reading; logs its problem. */
void history_end(struct history_reading *reading);

/* The first member of each kind of history's own struct. */
struct history {
	const struct history_ops *ops;
};

/* The operations behind the functions above. reading has its page; begin fills the rest. */
struct history_ops {
	bool can_search;
	void (*destroy)(struct history *history);
	enum store_problem (*check)(struct history *history);
	/* NULL: the history is on another host */
	enum store_problem (*visit_rooms)(struct history *history, struct str after,
		bool (*visit)(void *context, struct str name, const struct archive_room *room),
		void *context);
	enum store_problem (*begin)(struct history_reading *reading);
	enum store_problem (*visit)(struct history_reading *reading, archive_visit_fn *visit,
		void *context, bool *has_more_out);
	enum store_problem (*write)(struct history_reading *reading, struct json_writer *writer);
	void (*end)(struct history_reading *reading);
};
