/* SPDX-License-Identifier: MIT */
/* Messages that are edited and deleted. What a message was is taken out of the search index with
 * the very tokens that it came with, before its text goes. */
#include "common/store/archive_private.h"

#include <assert.h>
#include <string.h>

static void target_take(sqlite3_stmt *statement, struct archive_target *target_out)
{
	target_out->id = sqlite3_column_int64(statement, 0);
	target_out->seq = (uint64_t)sqlite3_column_int64(statement, 1);
	target_out->time_ms = sqlite3_column_int64(statement, 2);
	target_out->has_sender = sqlite3_column_bytes(statement, 3) == ARCHIVE_SENDER_SIZE;
	if (target_out->has_sender)
		memcpy(target_out->sender, sqlite3_column_blob(statement, 3), ARCHIVE_SENDER_SIZE);
}

enum store_problem archive_find_target(
	struct archive *archive, int64_t room_id, uint64_t seq, struct archive_target *target_out)
{
	sqlite3_stmt *statement;
	bool is_row = false;
	enum store_problem problem = archive_prepare(archive, ARCHIVE_FIND_TARGET, &statement);

	*target_out = (struct archive_target){ 0 };
	if (problem != STORE_OK)
		return problem;
	sqlite3_bind_int64(statement, 1, room_id);
	sqlite3_bind_int64(statement, 2, database_clamp(seq));
	sqlite3_bind_int(statement, 3, MESSAGE_SAYS);
	problem = database_step(&archive->database, statement, &is_row);
	if (!is_row)
		return problem;
	target_take(statement, target_out);
	sqlite3_reset(statement);
	return STORE_OK;
}

static enum store_problem unindex(struct archive *archive, int64_t room_id, int64_t id)
{
	sqlite3_stmt *statement;
	struct buf tokens = { 0 };
	bool is_row = false;
	enum store_problem problem = archive_prepare(archive, ARCHIVE_READ_TEXT, &statement);

	if (problem != STORE_OK)
		return problem;
	sqlite3_bind_int64(statement, 1, id);
	problem = database_step(&archive->database, statement, &is_row);
	if (!is_row)
		return problem;
	archive_write_tokens(room_id, database_column_text(statement, 0), &tokens);
	sqlite3_reset(statement);
	problem = archive_put_tokens(archive, ARCHIVE_UNINDEX, id, buf_str(&tokens));
	buf_finish(&tokens);
	return problem;
}

static enum store_problem index_text(
	struct archive *archive, int64_t room_id, int64_t id, struct str text)
{
	struct buf tokens = { 0 };
	enum store_problem problem;

	archive_write_tokens(room_id, text, &tokens);
	problem = archive_put_tokens(archive, ARCHIVE_INDEX, id, buf_str(&tokens));
	buf_finish(&tokens);
	return problem;
}

static enum store_problem set_text(
	struct archive *archive, int64_t id, const struct archive_message *change)
{
	bool is_edit = change->kind == MESSAGE_EDITS;
	sqlite3_stmt *statement;
	enum store_problem problem = archive_prepare(archive, ARCHIVE_SET_TEXT, &statement);

	if (problem != STORE_OK)
		return problem;
	problem = database_problem(&archive->database,
		database_bind_text(statement, 2, is_edit ? change->text : STR_OF("")));
	if (problem != STORE_OK)
		return problem;
	sqlite3_bind_int64(statement, 1, id);
	sqlite3_bind_int(statement, 3, is_edit ? MESSAGE_SAYS : MESSAGE_DELETED);
	if (is_edit)
		sqlite3_bind_int64(statement, 4, change->time_ms);
	else
		sqlite3_bind_null(statement, 4);
	return database_finish_step(&archive->database, statement);
}

static enum store_problem note_edit(
	struct archive *archive, int64_t room_id, uint64_t target, uint64_t seq)
{
	sqlite3_stmt *statement;
	enum store_problem problem = archive_prepare(archive, ARCHIVE_NOTE_EDIT, &statement);

	if (problem != STORE_OK)
		return problem;
	sqlite3_bind_int64(statement, 1, room_id);
	sqlite3_bind_int64(statement, 2, database_clamp(target));
	sqlite3_bind_int64(statement, 3, database_clamp(seq));
	return database_finish_step(&archive->database, statement);
}

static enum store_problem edit(struct archive *archive, int64_t room_id, int64_t id,
	bool is_indexed, const struct archive_message *change)
{
	enum store_problem problem = note_edit(archive, room_id, change->target, change->seq);

	if (problem == STORE_OK && is_indexed)
		problem = index_text(archive, room_id, id, change->text);
	return problem;
}

enum store_problem archive_change(struct archive *archive, int64_t room_id,
	const struct archive_target *target, const struct archive_message *change)
{
	int64_t indexed, newest;
	enum store_problem problem = archive_read_indexed(archive, &indexed, &newest);
	bool is_indexed = target->id <= indexed;

	assert(message_kind_changes(change->kind) && target->id != 0);
	assert(target->seq == change->target);
	if (problem == STORE_OK && is_indexed)
		problem = unindex(archive, room_id, target->id);
	if (problem == STORE_OK)
		problem = set_text(archive, target->id, change);
	if (problem != STORE_OK)
		return problem;
	if (change->kind == MESSAGE_EDITS)
		return edit(archive, room_id, target->id, is_indexed, change);
	return archive_run(archive, ARCHIVE_ERASE_EDITS, room_id, database_clamp(change->target));
}
