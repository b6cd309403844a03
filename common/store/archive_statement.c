/* SPDX-License-Identifier: MIT */
/* The archive's SQL in one table. A page is a range of the index (room, seq), never an OFFSET. */
#include "common/store/archive_private.h"

/* A room's last number is that of its last row, or, when that is deleted, of the last deletion. */
#define ROOM_COLUMNS                                                          \
	"room.id, max(room.pruned, coalesce(last.seq, 0)), room.pruned + 1, " \
	"coalesce(last.time, 0)"
#define ROOM_TABLES                                                             \
	"room LEFT JOIN message AS last ON last.room = room.id AND last.seq = " \
	"(SELECT max(seq) FROM message WHERE message.room = room.id)"

static const char *const statements[ARCHIVE_STATEMENT_COUNT] = {
	[ARCHIVE_EPOCH] = "SELECT epoch FROM archive",
	[ARCHIVE_BEGIN] = "BEGIN IMMEDIATE",
	[ARCHIVE_COMMIT] = "COMMIT",
	[ARCHIVE_PROBE] = "UPDATE archive SET probe = probe + 1",
	[ARCHIVE_FIND_ROOM] = "SELECT " ROOM_COLUMNS " FROM " ROOM_TABLES " WHERE room.name = ?1",
	[ARCHIVE_ADD_ROOM] = "INSERT INTO room (name) VALUES (?1)",
	[ARCHIVE_APPEND] = "INSERT INTO message (room, seq, time, sender, ref, user, text, "
			   "kind, target) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[ARCHIVE_READ_AFTER] = "SELECT " ARCHIVE_COLUMNS " FROM message "
			       "WHERE room = (SELECT id FROM room WHERE name = ?1) AND seq > ?2 "
			       "ORDER BY seq LIMIT ?3",
	[ARCHIVE_READ_BEFORE] = "SELECT " ARCHIVE_COLUMNS " FROM message "
				"WHERE room = (SELECT id FROM room WHERE name = ?1) AND seq < ?2 "
				"ORDER BY seq DESC LIMIT ?3",
	/* A piece of the table as it lies on the disk, and none of the pages of long texts. */
	[ARCHIVE_READ_REFS] = "SELECT seq, time, sender, ref, '', '', 0, NULL, NULL, room.name "
			      "FROM message CROSS JOIN room ON room.id = message.room "
			      "WHERE message.id > (SELECT max(id) FROM message) - ?1 "
			      "AND time >= ?2 AND sender IS NOT NULL AND ref IS NOT NULL "
			      "ORDER BY message.id",
	[ARCHIVE_READ_ROOMS] = "SELECT " ROOM_COLUMNS ", room.name FROM " ROOM_TABLES
			       " WHERE room.name > ?1 ORDER BY room.name LIMIT ?2",
	[ARCHIVE_READ_INDEXED] = "SELECT indexed, (SELECT ifnull(max(id), 0) FROM message) "
				 "FROM archive",
	[ARCHIVE_READ_NEWEST] = "SELECT " ARCHIVE_COLUMNS ", message.id FROM message "
				"WHERE room = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3",
	/* Within a room, id ascends with seq. The tables in this order, whatever the planner says.
	 */
	[ARCHIVE_SEARCH] = "SELECT " ARCHIVE_COLUMNS " FROM search CROSS JOIN message "
			   "ON message.id = search.rowid AND message.room = ?1 "
			   "WHERE search MATCH ?5 AND search.rowid <= min(?4, ifnull((SELECT id "
			   "FROM message WHERE room = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT 1), "
			   "0)) ORDER BY search.rowid DESC LIMIT ?3",
	[ARCHIVE_READ_UNINDEXED] = "SELECT id, room, text, kind FROM message "
				   "WHERE id > (SELECT indexed FROM archive) ORDER BY id LIMIT ?1",
	[ARCHIVE_INDEX] = "INSERT INTO search (rowid, words) VALUES (?1, ?2)",
	[ARCHIVE_UNINDEX] = "INSERT INTO search (search, rowid, words) VALUES ('delete', ?1, ?2)",
	[ARCHIVE_MERGE] = "INSERT INTO search (search, rank) VALUES ('merge', ?1)",
	[ARCHIVE_SET_INDEXED] = "UPDATE archive SET indexed = ?1",
	[ARCHIVE_LOWER_INDEXED] = "UPDATE archive SET indexed = "
				  "min(indexed, (SELECT ifnull(max(id), 0) FROM message))",
	[ARCHIVE_FIND_OLDEST] = "SELECT room.id, oldest.id, oldest.seq, oldest.time, "
				"(SELECT max(seq) FROM message WHERE message.room = room.id), "
				"oldest.text, oldest.kind FROM room LEFT JOIN message AS oldest "
				"ON oldest.room = room.id AND oldest.seq = "
				"(SELECT min(seq) FROM message WHERE message.room = room.id) "
				"WHERE room.id >= ?1 ORDER BY room.id LIMIT 1",
	[ARCHIVE_DELETE] = "DELETE FROM message WHERE id = ?1",
	/* Of messages that are gone: nobody deletes them any more. */
	[ARCHIVE_FORGET_EDITS] = "DELETE FROM edit WHERE room = ?1 AND target <= ?2",
	[ARCHIVE_SET_PRUNED] = "UPDATE room SET pruned = ?2 WHERE id = ?1",
	[ARCHIVE_FIND_TARGET] = "SELECT id, seq, time, sender FROM message "
				"WHERE room = ?1 AND seq = ?2 AND kind = ?3",
	[ARCHIVE_READ_TEXT] = "SELECT text FROM message WHERE id = ?1",
	[ARCHIVE_SET_TEXT] = "UPDATE message SET text = ?2, kind = ?3, edited = ?4 WHERE id = ?1",
	[ARCHIVE_NOTE_EDIT] = "INSERT INTO edit (room, target, seq) VALUES (?1, ?2, ?3)",
	[ARCHIVE_ERASE_EDITS] = "UPDATE message SET text = '' WHERE room = ?1 AND seq IN "
				"(SELECT seq FROM edit WHERE room = ?1 AND target = ?2)",
	[ARCHIVE_ERASE_LEFT_EDITS] = "UPDATE message SET text = '' WHERE room = ?1 AND seq IN "
				     "(SELECT seq FROM edit WHERE room = ?1 AND target <= ?2)",
};

enum store_problem archive_prepare(
	struct archive *archive, enum archive_statement which, sqlite3_stmt **statement_out)
{
	enum store_problem problem = STORE_OK;

	if (archive->statements[which] == NULL)
		problem = database_prepare(
			&archive->database, statements[which], &archive->statements[which]);
	*statement_out = archive->statements[which];
	return problem;
}

void archive_finalize_statements(struct archive *archive)
{
	for (int i = 0; i < ARCHIVE_STATEMENT_COUNT; i++)
		sqlite3_finalize(archive->statements[i]);
}
