/* SPDX-License-Identifier: MIT */
/* accounts.db as the broker sees it: read only, opened when somebody has made it, opened again when
 * another file has taken its place. Never waits long, because all of the main thread would. */
#pragma once

#include "common/store/accounts.h"

/* So often the file's name is looked at, and one that could not be opened is tried again. */
#define ACCOUNT_BOOK_LOOK_MS 250

struct account_book {
	char *path; /* owned */
	struct accounts *accounts; /* owned; NULL: cannot be read, or there are none yet */
	enum store_problem problem; /* of a NULL; STORE_OK: none yet */
	bool has_been_open; /* then a file that is not there is a fault */
	uint64_t look_ms; /* monotonic: not before that */
};

/* Takes nothing; path is copied. */
void account_book_init(struct account_book *book, const char *path);
void account_book_finish(struct account_book *book);
/* Looks whether the file is there and still the same. True when it has been opened: what was known
 * of it may be wrong. */
bool account_book_look(struct account_book *book, uint64_t now_ms);
/* What a call has said of it: after a fault it is closed, and opened again at a later look; until
 * then nobody waits again for another process. */
void account_book_note(struct account_book *book, enum store_problem problem);
