/* SPDX-License-Identifier: MIT */
/* Finding messages of a room by their words. The room is a token too, so that FTS5 walks two lists
 * side by side and never all messages that have a word. The index comes behind the commits: what
 * it has not reached is newer than all it has, and is compared here, up to a bound. */
#include "common/store/archive_private.h"
#include "common/store/search_text.h"

/* Further back, messages are found when the index has come to them. */
#define UNINDEXED_ROWS_MAX 1000

#define COLUMN_ID 6

struct search {
	struct archive *archive;
	int64_t room_id;
	int64_t before; /* seq */
	/* message.id up to which the index is asked. It is looked up first: what the index reaches
	 * meanwhile is not found twice. */
	int64_t indexed;
	size_t limit; /* what is left of it */
	struct buf match; /* owned */
	sqlite3_stmt *rows; /* that are walked */
	archive_visit_fn *visit;
	void *context;
};

static bool visit_found(void *context, const struct archive_message *message)
{
	struct search *search = context;

	search->limit--;
	if (!search->visit(search->context, message))
		search->limit = 0;
	return search->limit > 0;
}

static bool visit_unindexed(void *context, const struct archive_message *message)
{
	struct search *search = context;
	struct buf tokens = { 0 };
	bool is_found;

	if (sqlite3_column_int64(search->rows, COLUMN_ID) <= search->indexed)
		return false;
	search_text_index(message->text, &tokens);
	is_found = search_text_matches(buf_str(&search->match), buf_str(&tokens));
	buf_finish(&tokens);
	return !is_found || visit_found(search, message);
}

static enum store_problem search_unindexed(struct search *search)
{
	enum store_problem problem = archive_prepare(
		search->archive, ARCHIVE_READ_NEWEST, &search->rows);

	if (problem != STORE_OK)
		return problem;
	sqlite3_bind_int64(search->rows, 1, search->room_id);
	sqlite3_bind_int64(search->rows, 2, search->before);
	sqlite3_bind_int64(search->rows, 3, UNINDEXED_ROWS_MAX);
	return archive_walk(search->archive, search->rows, visit_unindexed, search);
}

static enum store_problem search_index(struct search *search)
{
	struct buf match = { 0 };
	enum store_problem problem = archive_prepare(
		search->archive, ARCHIVE_SEARCH, &search->rows);

	if (problem != STORE_OK)
		return problem;
	buf_append_format(&match, "room : \"%lld\" AND words : (", (long long)search->room_id);
	buf_append_str(&match, buf_str(&search->match));
	buf_append_char(&match, ')');
	sqlite3_bind_int64(search->rows, 1, search->room_id);
	sqlite3_bind_int64(search->rows, 2, search->before);
	sqlite3_bind_int64(search->rows, 3, archive_clamp(search->limit));
	sqlite3_bind_int64(search->rows, 4, search->indexed);
	problem = database_problem(
		&search->archive->database, archive_bind_text(search->rows, 5, buf_str(&match)));
	if (problem == STORE_OK)
		problem = archive_walk(search->archive, search->rows, visit_found, search);
	buf_finish(&match);
	return problem;
}

enum store_problem archive_search(struct archive *archive, struct str room, struct str query,
	uint64_t before, size_t limit, archive_visit_fn *visit, void *context)
{
	struct search search = {
		.archive = archive,
		.before = archive_clamp(before),
		.limit = limit,
		.visit = visit,
		.context = context,
	};
	struct archive_room found;
	int64_t newest;
	enum store_problem problem = archive_find_room(archive, room, &found);

	search.room_id = found.id;
	if (problem != STORE_OK || found.id == 0 || !search_text_query(query, &search.match))
		return problem;
	problem = archive_read_indexed(archive, &search.indexed, &newest);
	if (problem == STORE_OK && search.limit > 0 && search.indexed < newest)
		problem = search_unindexed(&search);
	if (problem == STORE_OK && search.limit > 0)
		problem = search_index(&search);
	buf_finish(&search.match);
	return problem;
}
