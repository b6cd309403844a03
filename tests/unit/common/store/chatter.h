/* SPDX-License-Identifier: MIT */
/* An archive in a folder that a test talks into and asks. Every failure is a failure of the test.
 */
#pragma once

#include "common/store/archive.h"
#include "tests/support/folder.h"

/* One that writes, with archive_close. */
struct archive *chatter_open(const struct folder *folder);
/* Within a transaction of the caller's: ann says the next message of a room, which is made where
 * it is missing. Returns its number. */
uint64_t chatter_add(struct archive *archive, const char *room, int64_t time_ms, const char *text);
/* The same in a transaction of its own, at second seq. */
uint64_t chatter_say(struct archive *archive, const char *room, const char *text);
/* What archive_search finds: "3 2 1 ". Borrowed until the next call. */
const char *chatter_search(struct archive *archive, const char *room, const char *query,
	uint64_t before, size_t limit);
/* All slices of the index, each of so many messages; returns how many there were. */
size_t chatter_index(struct archive *archive, size_t limit);
/* By another connection. */
void chatter_run(const struct folder *folder, const char *sql);
/* The first column of the first row, by another connection. */
int64_t chatter_ask(const struct folder *folder, const char *sql);
