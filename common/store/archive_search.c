/* SPDX-License-Identifier: MIT */
/* Finding messages of a room by their words. A room's words are its own in the index: FTS5 gathers
 * all messages with words that begin alike, and shall not gather those of other rooms. The index
 * comes behind the commits: what it has not reached is newer than all it has, and is compared here,
 * up to a bound. */
#include "common/store/archive_private.h"
#include "common/store/search_text.h"

/* Further back, messages are found when the index has come to them. */
#define UNINDEXED_ROWS_MAX 1000

#define COLUMN_ID ARCHIVE_COLUMN_COUNT

struct search {
	struct archive *archive;
	int64_t room_id;
	int64_t before; /* seq */
	/* message.id up to which the index is asked. It is looked up first: what the index reaches
	 * meanwhile is not found twice. */
	int64_t indexed;
	size_t limit; /* what is left of it */
	struct buf scope; /* owned */
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
	if (message->kind != MESSAGE_SAYS)
		return true;
	search_text_index(buf_str(&search->scope), message->text, &tokens);
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
	enum store_problem problem = archive_prepare(
		search->archive, ARCHIVE_SEARCH, &search->rows);

	if (problem != STORE_OK)
		return problem;
	sqlite3_bind_int64(search->rows, 1, search->room_id);
	sqlite3_bind_int64(search->rows, 2, search->before);
	sqlite3_bind_int64(search->rows, 3, database_clamp(search->limit));
	sqlite3_bind_int64(search->rows, 4, search->indexed);
	problem = database_problem(&search->archive->database,
		database_bind_text(search->rows, 5, buf_str(&search->match)));
	if (problem != STORE_OK)
		return problem;
	return archive_walk(search->archive, search->rows, visit_found, search);
}

static enum store_problem search_room(struct search *search)
{
	int64_t newest;
	enum store_problem problem = archive_read_indexed(
		search->archive, &search->indexed, &newest);

	if (problem == STORE_OK && search->limit > 0 && search->indexed < newest)
		problem = search_unindexed(search);
	if (problem == STORE_OK && search->limit > 0)
		problem = search_index(search);
	return problem;
}

enum store_problem archive_search(struct archive *archive, struct str room, struct str query,
	uint64_t before, size_t limit, archive_visit_fn *visit, void *context)
{
	struct search search = {
		.archive = archive,
		.before = database_clamp(before),
		.limit = limit,
		.visit = visit,
		.context = context,
	};
	struct archive_room found;
	enum store_problem problem = archive_find_room(archive, room, &found);

	if (problem != STORE_OK || found.id == 0)
		return problem;
	search.room_id = found.id;
	archive_write_scope(found.id, &search.scope);
	if (search_text_query(buf_str(&search.scope), query, &search.match))
		problem = search_room(&search);
	buf_finish(&search.scope);
	buf_finish(&search.match);
	return problem;
}
