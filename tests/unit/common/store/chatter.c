/* SPDX-License-Identifier: MIT */
/* Asking goes by SQLite itself, so that the archive does not vouch for itself. */
#include "tests/unit/common/store/chatter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/unit/common/store/sql.h"

struct archive *chatter_open(const struct folder *folder)
{
	enum store_problem problem;
	struct archive *archive = archive_open(
		folder_path(folder, "history.db"), ARCHIVE_WRITE_DISK, &problem);

	assert_int_equal(problem, STORE_OK);
	return archive;
}

uint64_t chatter_add(struct archive *archive, const char *room, int64_t time_ms, const char *text)
{
	struct archive_message message = {
		.time_ms = time_ms, .user = STR("ann"), .text = str_from(text)
	};
	struct archive_room found;

	assert_int_equal(archive_find_room(archive, str_from(room), &found), STORE_OK);
	if (found.id == 0)
		assert_int_equal(archive_add_room(archive, str_from(room), &found), STORE_OK);
	message.seq = found.seq + 1;
	assert_int_equal(archive_append(archive, found.id, &message), STORE_OK);
	return message.seq;
}

uint64_t chatter_say(struct archive *archive, const char *room, const char *text)
{
	struct archive_room found;
	uint64_t seq;

	assert_int_equal(archive_find_room(archive, str_from(room), &found), STORE_OK);
	assert_int_equal(archive_begin(archive), STORE_OK);
	seq = chatter_add(archive, room, 1000 * ((int64_t)found.seq + 1), text);
	assert_int_equal(archive_commit(archive), STORE_OK);
	return seq;
}

static bool note_seq(void *context, const struct archive_message *message)
{
	char *seen = context;

	sprintf(seen + strlen(seen), "%ju ", (uintmax_t)message->seq);
	return true;
}

const char *chatter_search(
	struct archive *archive, const char *room, const char *query, uint64_t before, size_t limit)
{
	static char seen[64 * 1024];

	assert_true(limit <= 3000);
	seen[0] = '\0';
	assert_int_equal(archive_search(archive, str_from(room), str_from(query), before, limit,
				 note_seq, seen),
		STORE_OK);
	return seen;
}

size_t chatter_index(struct archive *archive, size_t limit)
{
	size_t slices = 0;
	bool has_more = true;

	for (; has_more; slices++)
		assert_int_equal(archive_index_slice(archive, limit, &has_more), STORE_OK);
	return slices;
}

void chatter_run(const struct folder *folder, const char *sql)
{
	sql_run(folder, "history.db", sql);
}

int64_t chatter_ask(const struct folder *folder, const char *sql)
{
	return sql_ask(folder, "history.db", sql);
}
