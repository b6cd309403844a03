/* SPDX-License-Identifier: MIT */
/* All at once: one transaction, then the index to its end. */
#include "tests/support/said.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/store/archive.h"

#define MINUTE_MS 60000
#define SLICE 1000

static void expect_ok(enum store_problem problem, const char *what)
{
	if (problem == STORE_OK)
		return;
	fprintf(stderr, "said: %s: %s\n", what, store_problem_sentence(problem));
	abort();
}

static void append_all(
	struct archive *archive, struct str name, const struct said *messages, size_t count)
{
	struct archive_room room;

	expect_ok(archive_find_room(archive, name, &room), "find room");
	if (room.id == 0)
		expect_ok(archive_add_room(archive, name, &room), "add room");
	for (size_t i = 0; i < count; i++) {
		uint64_t seq = room.seq + 1 + i;

		expect_ok(archive_append(archive, room.id,
				  &(struct archive_message){
					  .seq = seq,
					  .time_ms = SAID_TIME_MS + (int64_t)(seq - 1) * MINUTE_MS,
					  .user = messages[i].user,
					  .text = messages[i].text,
					  .sender = messages[i].sender,
				  }),
			"append");
	}
}

void said_add(const char *path, struct str room, const struct said *messages, size_t count)
{
	enum store_problem problem = STORE_OK;
	struct archive *archive = archive_open(path, ARCHIVE_WRITE_PROCESS, &problem);
	bool has_more = true;

	expect_ok(problem, "open");
	expect_ok(archive_begin(archive), "begin");
	append_all(archive, room, messages, count);
	expect_ok(archive_commit(archive), "commit");
	while (has_more)
		expect_ok(archive_index_slice(archive, SLICE, &has_more), "index");
	archive_close(archive);
}
