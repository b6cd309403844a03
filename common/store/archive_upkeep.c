/* SPDX-License-Identifier: MIT */
/* What is done behind the commits, a slice at a time: adding messages to the search index, and
 * deleting those that need not be kept. A slice is synced like every commit: frames of the log that
 * wait for a later sync are lost for good when that one fails (Linux forgets what it could not
 * write), and with them all that is acknowledged behind them. Without work, nothing is locked. The
 * index keeps no texts: a row leaves it with the very tokens that it came with. */
#include "common/store/archive_private.h"
#include "common/store/search_text.h"

/* Of tokens: long messages make a slice shorter. */
#define SLICE_BYTES_MAX (32 * 1024)

/* Of the index, merged by a slice for so many bytes of tokens or a part of them: what they cost
 * over all the levels that they rise through. Left to itself, FTS5 does it now and then, for 50 ms.
 */
#define MERGE_PAGES 32
#define MERGE_EACH_BYTES (8 * 1024)

static enum store_problem end_slice(struct archive *archive, enum store_problem problem)
{
	if (problem == STORE_OK)
		problem = archive_commit(archive);
	if (problem != STORE_OK)
		archive_roll_back(archive);
	return problem;
}

enum store_problem archive_run(
	struct archive *archive, enum archive_statement which, int64_t first, int64_t second)
{
	sqlite3_stmt *statement;
	enum store_problem problem = archive_prepare(archive, which, &statement);

	if (problem != STORE_OK)
		return problem;
	sqlite3_bind_int64(statement, 1, first);
	sqlite3_bind_int64(statement, 2, second);
	return database_finish_step(&archive->database, statement);
}

void archive_write_scope(int64_t room_id, struct buf *scope)
{
	buf_append_number(scope, room_id);
	buf_append_char(scope, ':');
}

void archive_write_tokens(int64_t room_id, struct str text, struct buf *tokens)
{
	struct buf scope = { 0 };

	archive_write_scope(room_id, &scope);
	buf_clear(tokens);
	search_text_index(buf_str(&scope), text, tokens);
	buf_finish(&scope);
}

enum store_problem archive_put_tokens(
	struct archive *archive, enum archive_statement which, int64_t id, struct str tokens)
{
	sqlite3_stmt *statement;
	enum store_problem problem = archive_prepare(archive, which, &statement);

	if (problem != STORE_OK)
		return problem;
	sqlite3_bind_int64(statement, 1, id);
	problem = database_problem(&archive->database, database_bind_text(statement, 2, tokens));
	return problem == STORE_OK ? database_finish_step(&archive->database, statement) : problem;
}

static enum store_problem merge(struct archive *archive, size_t bytes)
{
	return archive_run(
		archive, ARCHIVE_MERGE, MERGE_PAGES * (1 + (int64_t)bytes / MERGE_EACH_BYTES), 0);
}

enum store_problem archive_read_indexed(
	struct archive *archive, int64_t *indexed_out, int64_t *newest_out)
{
	sqlite3_stmt *statement;
	bool is_row = false;
	enum store_problem problem = archive_prepare(archive, ARCHIVE_READ_INDEXED, &statement);

	*indexed_out = *newest_out = 0;
	if (problem == STORE_OK)
		problem = database_step(&archive->database, statement, &is_row);
	if (!is_row)
		return problem;
	*indexed_out = sqlite3_column_int64(statement, 0);
	*newest_out = sqlite3_column_int64(statement, 1);
	sqlite3_reset(statement);
	return STORE_OK;
}

/* Walks what the index has not, within a transaction; indexed_out is how far it came. */
static enum store_problem index_rows(struct archive *archive, size_t limit, int64_t *indexed_out)
{
	struct buf tokens = { 0 };
	sqlite3_stmt *rows;
	size_t bytes = 0;
	bool is_row = true;
	enum store_problem problem = archive_prepare(archive, ARCHIVE_READ_UNINDEXED, &rows);

	if (problem != STORE_OK)
		return problem;
	sqlite3_bind_int64(rows, 1, database_clamp(limit));
	while (problem == STORE_OK && bytes < SLICE_BYTES_MAX) {
		problem = database_step(&archive->database, rows, &is_row);
		if (!is_row)
			break;
		*indexed_out = sqlite3_column_int64(rows, 0);
		if (sqlite3_column_int(rows, 3) != MESSAGE_SAYS)
			continue;
		archive_write_tokens(
			sqlite3_column_int64(rows, 1), database_column_text(rows, 2), &tokens);
		bytes += tokens.len;
		problem = archive_put_tokens(
			archive, ARCHIVE_INDEX, *indexed_out, buf_str(&tokens));
	}
	sqlite3_reset(rows);
	buf_finish(&tokens);
	if (problem == STORE_OK)
		problem = merge(archive, bytes);
	return problem == STORE_OK ? archive_run(archive, ARCHIVE_SET_INDEXED, *indexed_out, 0)
				   : problem;
}

enum store_problem archive_index_slice(struct archive *archive, size_t limit, bool *more_out)
{
	int64_t indexed, newest;
	enum store_problem problem = archive_read_indexed(archive, &indexed, &newest);

	*more_out = false;
	if (problem != STORE_OK || indexed >= newest)
		return problem;
	problem = archive_begin(archive);
	if (problem == STORE_OK)
		problem = index_rows(archive, limit, &indexed);
	problem = end_slice(archive, problem);
	*more_out = problem == STORE_OK && indexed < newest;
	return problem;
}

/* The oldest message of a room; seq is 0 in a room without any. */
struct oldest {
	int64_t room_id; /* 0: there is no room */
	int64_t id;
	int64_t seq;
	int64_t time_ms;
	int64_t head; /* seq of the room's newest */
	bool has_words; /* a message with its text; nothing else gets into the index */
};

/* Of the first room from room_id on. Makes its tokens, unless tokens is NULL. */
static enum store_problem find_oldest(
	struct archive *archive, int64_t room_id, struct oldest *oldest_out, struct buf *tokens)
{
	sqlite3_stmt *statement;
	bool is_row = false;
	enum store_problem problem = archive_prepare(archive, ARCHIVE_FIND_OLDEST, &statement);

	*oldest_out = (struct oldest){ 0 };
	if (problem != STORE_OK)
		return problem;
	sqlite3_bind_int64(statement, 1, room_id);
	problem = database_step(&archive->database, statement, &is_row);
	if (!is_row)
		return problem;
	*oldest_out = (struct oldest){
		.room_id = sqlite3_column_int64(statement, 0),
		.id = sqlite3_column_int64(statement, 1),
		.seq = sqlite3_column_int64(statement, 2),
		.time_ms = sqlite3_column_int64(statement, 3),
		.head = sqlite3_column_int64(statement, 4),
		.has_words = sqlite3_column_int(statement, 6) == MESSAGE_SAYS,
	};
	if (tokens != NULL)
		archive_write_tokens(
			oldest_out->room_id, database_column_text(statement, 5), tokens);
	sqlite3_reset(statement);
	return STORE_OK;
}

static bool is_due(const struct archive_retention *retention, const struct oldest *oldest)
{
	uint64_t kept = (uint64_t)(oldest->head - oldest->seq) + 1;

	if (oldest->seq == 0)
		return false;
	return (retention->keep_messages != 0 && kept > retention->keep_messages) ||
	       oldest->time_ms < retention->delete_before_ms;
}

static enum store_problem delete_message(
	struct archive *archive, const struct oldest *oldest, bool is_indexed, struct str tokens)
{
	enum store_problem problem = STORE_OK;

	if (is_indexed)
		problem = archive_put_tokens(archive, ARCHIVE_UNINDEX, oldest->id, tokens);
	return problem == STORE_OK ? archive_run(archive, ARCHIVE_DELETE, oldest->id, 0) : problem;
}

/* What is left of messages that are gone: the texts of their edits, which nobody could delete any
 * more, and where they are. */
static enum store_problem forget_edits(struct archive *archive, int64_t room_id, int64_t pruned)
{
	enum store_problem problem = archive_run(
		archive, ARCHIVE_ERASE_LEFT_EDITS, room_id, pruned);

	return problem == STORE_OK ? archive_run(archive, ARCHIVE_FORGET_EDITS, room_id, pruned)
				   : problem;
}

/* Within a transaction. The room's numbers go on from what was deleted last, and archive.indexed
 * comes down, since the highest ids are given again. */
static enum store_problem delete_due(struct archive *archive,
	const struct archive_retention *retention, int64_t room_id, size_t limit, bool *more_out)
{
	struct buf tokens = { 0 };
	struct oldest oldest;
	int64_t indexed, newest, pruned = 0;
	size_t bytes = 0;
	enum store_problem problem = archive_read_indexed(archive, &indexed, &newest);

	*more_out = true;
	for (size_t i = 0; problem == STORE_OK && i < limit && bytes < SLICE_BYTES_MAX; i++) {
		problem = find_oldest(archive, room_id, &oldest, &tokens);
		*more_out = oldest.room_id == room_id && is_due(retention, &oldest);
		if (problem != STORE_OK || !*more_out)
			break;
		problem = delete_message(archive, &oldest, oldest.has_words && oldest.id <= indexed,
			buf_str(&tokens));
		pruned = oldest.seq;
		bytes += tokens.len;
	}
	buf_finish(&tokens);
	if (problem == STORE_OK)
		problem = merge(archive, bytes);
	if (problem == STORE_OK && pruned > 0)
		problem = archive_run(archive, ARCHIVE_SET_PRUNED, room_id, pruned);
	if (problem == STORE_OK && pruned > 0)
		problem = forget_edits(archive, room_id, pruned);
	return problem == STORE_OK ? archive_run(archive, ARCHIVE_LOWER_INDEXED, 0, 0) : problem;
}

static enum store_problem prune_room(struct archive *archive,
	const struct archive_retention *retention, size_t limit, int64_t *room_id)
{
	bool has_more = true;
	enum store_problem problem = archive_begin(archive);

	if (problem == STORE_OK)
		problem = delete_due(archive, retention, *room_id, limit, &has_more);
	problem = end_slice(archive, problem);
	if (problem == STORE_OK && !has_more)
		++*room_id;
	return problem;
}

/* Also looks at no more than limit rooms. */
enum store_problem archive_prune_slice(struct archive *archive,
	const struct archive_retention *retention, size_t limit, int64_t *room_id)
{
	struct oldest oldest;

	for (size_t i = 0; i < limit; i++) {
		enum store_problem problem = find_oldest(archive, *room_id, &oldest, NULL);

		if (problem != STORE_OK)
			return problem;
		*room_id = oldest.room_id;
		if (oldest.room_id == 0)
			return STORE_OK;
		if (is_due(retention, &oldest))
			return prune_room(archive, retention, limit, room_id);
		++*room_id;
	}
	return STORE_OK;
}
