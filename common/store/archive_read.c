/* SPDX-License-Identifier: MIT */
/* Reading: rooms and ranges of their messages, row by row out of SQLite's memory. */
#include "common/store/archive_private.h"

/* A later version's kinds are not known here: migrations keep it away. */
static enum message_kind kind_take(sqlite3_stmt *statement, int column)
{
	int kind = sqlite3_column_int(statement, column);

	return kind > 0 && kind < MESSAGE_KIND_COUNT ? (enum message_kind)kind : MESSAGE_SAYS;
}

static void message_take(sqlite3_stmt *statement, struct archive_message *message_out)
{
	*message_out = (struct archive_message){
		.seq = (uint64_t)sqlite3_column_int64(statement, 0),
		.time_ms = sqlite3_column_int64(statement, 1),
		.sender = sqlite3_column_bytes(statement, 2) == ARCHIVE_SENDER_SIZE
				  ? sqlite3_column_blob(statement, 2)
				  : NULL,
		.ref = database_column_text(statement, 3),
		.user = database_column_text(statement, 4),
		.text = database_column_text(statement, 5),
		.kind = kind_take(statement, 6),
		.target = (uint64_t)sqlite3_column_int64(statement, 7),
		.edited_ms = sqlite3_column_int64(statement, 8),
	};
}

enum store_problem archive_walk(
	struct archive *archive, sqlite3_stmt *statement, archive_visit_fn *visit, void *context)
{
	struct archive_message message;
	bool is_row = true, is_wanted = true;
	enum store_problem problem = STORE_OK;

	while (is_row && is_wanted) {
		problem = database_step(&archive->database, statement, &is_row);
		if (!is_row)
			break;
		message_take(statement, &message);
		is_wanted = visit(context, &message);
	}
	if (is_row)
		sqlite3_reset(statement);
	return problem;
}

/* Of a room, from a number on, so many. */
static enum store_problem range_walk(struct archive *archive, enum archive_statement which,
	struct str room, uint64_t seq, size_t limit, archive_visit_fn *visit, void *context)
{
	sqlite3_stmt *statement = archive->statements[which];
	int result = database_bind_text(statement, 1, room);

	sqlite3_bind_int64(statement, 2, database_clamp(seq));
	sqlite3_bind_int64(statement, 3, database_clamp(limit));
	if (result != SQLITE_OK)
		return database_problem(&archive->database, result);
	return archive_walk(archive, statement, visit, context);
}

enum store_problem archive_read_after(struct archive *archive, struct str room, uint64_t after,
	size_t limit, archive_visit_fn *visit, void *context)
{
	return range_walk(archive, ARCHIVE_READ_AFTER, room, after, limit, visit, context);
}

enum store_problem archive_read_before(struct archive *archive, struct str room, uint64_t before,
	size_t limit, archive_visit_fn *visit, void *context)
{
	return range_walk(archive, ARCHIVE_READ_BEFORE, room, before, limit, visit, context);
}

#define REFS_COLUMN_ROOM ARCHIVE_COLUMN_COUNT

struct refs_walk {
	sqlite3_stmt *rows;
	bool (*visit)(void *context, struct str room, const struct archive_message *message);
	void *context;
};

static bool visit_ref(void *context, const struct archive_message *message)
{
	const struct refs_walk *walk = context;

	return walk->visit(
		walk->context, database_column_text(walk->rows, REFS_COLUMN_ROOM), message);
}

enum store_problem archive_read_refs(struct archive *archive, int64_t since_ms, size_t limit,
	bool (*visit)(void *context, struct str room, const struct archive_message *message),
	void *context)
{
	sqlite3_stmt *statement = archive->statements[ARCHIVE_READ_REFS];
	struct refs_walk walk = { statement, visit, context };

	sqlite3_bind_int64(statement, 1, database_clamp(limit));
	sqlite3_bind_int64(statement, 2, since_ms);
	return archive_walk(archive, statement, visit_ref, &walk);
}

static struct archive_room room_take(sqlite3_stmt *statement)
{
	return (struct archive_room){
		.id = sqlite3_column_int64(statement, 0),
		.seq = (uint64_t)sqlite3_column_int64(statement, 1),
		.first_seq = (uint64_t)sqlite3_column_int64(statement, 2),
		.time_ms = sqlite3_column_int64(statement, 3),
	};
}

enum store_problem archive_find_room(
	struct archive *archive, struct str name, struct archive_room *room_out)
{
	sqlite3_stmt *statement = archive->statements[ARCHIVE_FIND_ROOM];
	int result = database_bind_text(statement, 1, name);
	enum store_problem problem = database_problem(&archive->database, result);
	bool is_row = false;

	*room_out = (struct archive_room){ 0 };
	if (problem == STORE_OK)
		problem = database_step(&archive->database, statement, &is_row);
	if (!is_row)
		return problem;
	*room_out = room_take(statement);
	sqlite3_reset(statement);
	return STORE_OK;
}

enum store_problem archive_read_rooms(struct archive *archive, struct str after, size_t limit,
	bool (*visit)(void *context, struct str name, const struct archive_room *room),
	void *context)
{
	sqlite3_stmt *statement = archive->statements[ARCHIVE_READ_ROOMS];
	int result = database_bind_text(statement, 1, after);
	enum store_problem problem = database_problem(&archive->database, result);
	bool is_row = problem == STORE_OK, is_wanted = true;
	struct archive_room room;

	sqlite3_bind_int64(statement, 2, database_clamp(limit));
	while (is_row && is_wanted) {
		problem = database_step(&archive->database, statement, &is_row);
		if (!is_row)
			break;
		room = room_take(statement);
		is_wanted = visit(context, database_column_text(statement, 4), &room);
	}
	if (is_row)
		sqlite3_reset(statement);
	return problem;
}
