/* SPDX-License-Identifier: MIT */
/* What the files of the archive share: its connection and its statements, all constant. A statement
 * is prepared when it is first needed and kept; the core ones at once, so that a damaged schema is
 * found when the archive is opened. */
#pragma once

#include "common/store/archive.h"
#include "common/store/database.h"

#define ARCHIVE_APPLICATION_ID 0x526d4869 /* "RmHi" */

enum archive_statement {
	ARCHIVE_EPOCH,
	ARCHIVE_BEGIN,
	ARCHIVE_COMMIT,
	ARCHIVE_PROBE,
	ARCHIVE_FIND_ROOM,
	ARCHIVE_ADD_ROOM,
	ARCHIVE_APPEND,
	ARCHIVE_READ_AFTER,
	ARCHIVE_READ_BEFORE,
	ARCHIVE_READ_REFS,
	ARCHIVE_READ_ROOMS,
	ARCHIVE_CORE_COUNT,
	ARCHIVE_READ_INDEXED = ARCHIVE_CORE_COUNT,
	ARCHIVE_READ_NEWEST,
	ARCHIVE_SEARCH,
	ARCHIVE_READ_UNINDEXED,
	ARCHIVE_INDEX,
	ARCHIVE_UNINDEX,
	ARCHIVE_MERGE,
	ARCHIVE_SET_INDEXED,
	ARCHIVE_LOWER_INDEXED,
	ARCHIVE_FIND_OLDEST,
	ARCHIVE_DELETE,
	ARCHIVE_FORGET_EDITS,
	ARCHIVE_SET_PRUNED,
	ARCHIVE_FIND_TARGET,
	ARCHIVE_READ_TEXT,
	ARCHIVE_SET_TEXT,
	ARCHIVE_NOTE_EDIT,
	ARCHIVE_ERASE_EDITS,
	ARCHIVE_ERASE_LEFT_EDITS,
	ARCHIVE_STATEMENT_COUNT,
};

/* The first columns of every statement that archive_walk reads. */
#define ARCHIVE_COLUMNS                                                                        \
	"message.seq, message.time, message.sender, message.ref, message.user, message.text, " \
	"message.kind, message.target, message.edited"
#define ARCHIVE_COLUMN_COUNT 9

struct archive {
	struct database database;
	char epoch[ARCHIVE_EPOCH_SIZE];
	int wal_pages;
	sqlite3_stmt *statements[ARCHIVE_STATEMENT_COUNT]; /* NULL until it is needed */
};

/* Borrowed, and reset. */
enum store_problem archive_prepare(struct archive *archive, enum archive_statement which,
	sqlite3_stmt **statement_out) __attribute__((warn_unused_result));
void archive_finalize_statements(struct archive *archive);

/* Visits the rows of a statement that is bound, until there are no more or visit says so, and
 * resets it. */
enum store_problem archive_walk(struct archive *archive, sqlite3_stmt *statement,
	archive_visit_fn *visit, void *context) __attribute__((warn_unused_result));
/* message.id up to which the search index has come, and that of the newest message. */
enum store_problem archive_read_indexed(struct archive *archive, int64_t *indexed_out,
	int64_t *newest_out) __attribute__((warn_unused_result));
/* Writes the tokens of a text of that room. */
void archive_write_tokens(int64_t room_id, struct str text, struct buf *tokens);
/* Adds a message to the index or takes it out: ARCHIVE_INDEX, ARCHIVE_UNINDEX. */
enum store_problem archive_put_tokens(struct archive *archive, enum archive_statement which,
	int64_t id, struct str tokens) __attribute__((warn_unused_result));
/* A statement without rows; ?1 and ?2, as far as it has them. */
enum store_problem archive_run(struct archive *archive, enum archive_statement which, int64_t first,
	int64_t second) __attribute__((warn_unused_result));
/* Appends what stands before each token of a room's messages in the index. */
void archive_write_scope(int64_t room_id, struct buf *scope);
