/* SPDX-License-Identifier: MIT */
/* A piece of a room's history as templates take it, with all its texts. */
#pragma once

#include "common/store/page.h"
#include "common/user.h"
#include "fcgi/app.h"

#define MESSAGE_ROWS_NEWEST ((uint64_t)INT64_MAX) /* as the seq of PAGE_BEFORE */

struct message_row {
	uint64_t seq;
	bool is_own; /* of the user that asks */
	bool is_deleted; /* its text is "" */
	struct str user; /* "" for the site itself */
	struct str shown_user; /* the same, but the site's name for the site; borrowed */
	struct str text;
	struct str time; /* RFC 3339, UTC */
	struct str edited; /* likewise, when its text was changed for the last time; or "" */
	struct str minute; /* for people, in the server's time */
};

struct message_rows {
	struct message_row *rows; /* owned, with their other texts; PAGE_SEARCH: newest first */
	size_t count;
	/* Of what was read: also edits and deletions, which are no rows but have numbers. 0: none
	 */
	uint64_t first_seq, last_seq;
	bool has_older; /* there are older ones of those that were asked for */
	struct history_head head;
	enum store_problem problem; /* why rows are missing; already logged */
};

/* Reads a page. A page that would lie before the first message or after the last is moved there, so
 * that a room with messages always shows some. */
void message_rows_read(struct app *app, const struct user *user, const struct page *page,
	struct message_rows *rows_out);
void message_rows_finish(struct message_rows *rows);
