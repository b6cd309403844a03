/* SPDX-License-Identifier: MIT */
/* history.db: the rooms and what was said in them. An archive is one connection to it and belongs
 * to one thread at a time; readers and the one writer do not hold each other up (SQLite's WAL).
 * Numbers are given by whoever writes: within a room they are 1, 2, 3 … without a gap, and only
 * the oldest are ever dropped, so that a page of history is arithmetic and a range. A message that
 * is deleted keeps its number and loses its text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/str.h"
#include "common/message_kind.h"
#include "common/store/problem.h"

#define ARCHIVE_EPOCH_SIZE 17 /* 16 hexadecimal digits and the NUL */
#define ARCHIVE_SENDER_SIZE 16

enum archive_mode {
	ARCHIVE_READ,
	ARCHIVE_WRITE_PROCESS, /* a commit survives the process, not the host (synchronous NORMAL)
				*/
	ARCHIVE_WRITE_DISK, /* it survives the host: it is synced first (synchronous FULL) */
};

struct archive;

/* Opens path, in a mode that writes made and migrated where that is needed (forward only, after a
 * copy to PATH.v<version>); a file that is not ours is left as it is. NULL with the cause, and with
 * errno where the system was it (ENOENT with STORE_DENIED: nothing there yet), else 0. ARCHIVE_READ
 * makes nothing, and finds an older version STORE_BUSY until it is migrated. The caller owns it
 * (archive_close). */
struct archive *archive_open(const char *path, enum archive_mode mode,
	enum store_problem *problem_out) __attribute__((warn_unused_result));
/* NULL is fine. A transaction that is open is rolled back. */
void archive_close(struct archive *archive);
/* Of this database: another one, also a restored backup, has another. Borrowed. */
const char *archive_epoch(const struct archive *archive);
/* How long a call may wait for another process, and a flag that ends the wait at once when another
 * thread sets it (may be NULL; borrowed). Starts with 5000 ms. */
void archive_set_patience(struct archive *archive, int wait_ms, const _Atomic bool *is_hurried);
/* Calls that read and still run at end_ms (monotonic), or when that flag is set, end with
 * STORE_BUSY. Starts without an end. */
void archive_limit_time(struct archive *archive, uint64_t end_ms);
/* STORE_GONE when path or its log (-wal) is not the file that is open: to be opened anew. Two
 * system calls. */
enum store_problem archive_check_file(const struct archive *archive)
	__attribute__((warn_unused_result));
/* Of the last call that failed, in SQLite's words, for logs. Borrowed until the next call. */
const char *archive_error_text(const struct archive *archive);

/* A room as the database has it. */
struct archive_room {
	int64_t id; /* 0: nothing was ever said there */
	uint64_t seq; /* of its last message, deleted or not; 0 for none */
	uint64_t first_seq; /* of its oldest that is kept; seq + 1 when none is */
	int64_t time_ms; /* of its last message; 0 when that is deleted */
};

struct archive_message {
	uint64_t seq;
	int64_t time_ms; /* wall clock; never goes back within a room */
	struct str user; /* "" for the site itself */
	struct str text;
	struct str ref; /* as its sender named it, or "" */
	const uint8_t *sender; /* ARCHIVE_SENDER_SIZE bytes, or NULL for nobody's */
	enum message_kind kind;
	uint64_t target; /* of an edit or a deletion: seq of the message it changes; else 0 */
	int64_t edited_ms; /* of a message: when its text was changed last; 0: never */
};

/* All zero but STORE_OK for a room that is not known. */
enum store_problem archive_find_room(struct archive *archive, struct str name,
	struct archive_room *room_out) __attribute__((warn_unused_result));

/* Writing. Between begin and commit nothing is visible to readers; after any failure but
 * STORE_REFUSED nothing of it ever will be, once it is rolled back. */

enum store_problem archive_begin(struct archive *archive) __attribute__((warn_unused_result));
/* Within a transaction; fills id. */
enum store_problem archive_add_room(struct archive *archive, struct str name,
	struct archive_room *room_out) __attribute__((warn_unused_result));
/* seq is the room's next. STORE_REFUSED costs this message only: the transaction goes on. */
enum store_problem archive_append(struct archive *archive, int64_t room_id,
	const struct archive_message *message) __attribute__((warn_unused_result));
/* A message that may be changed. */
struct archive_target {
	int64_t id; /* 0: there is none with that number, or it is deleted */
	uint64_t seq;
	int64_t time_ms;
	bool has_sender;
	uint8_t sender[ARCHIVE_SENDER_SIZE];
};

enum store_problem archive_find_target(struct archive *archive, int64_t room_id, uint64_t seq,
	struct archive_target *target_out) __attribute__((warn_unused_result));
/* Does to the target, which was found in this transaction, what an edit or a deletion says that was
 * appended in it: the target gets the text, or loses its own and those of its edits. So does the
 * search index. */
enum store_problem archive_change(struct archive *archive, int64_t room_id,
	const struct archive_target *target, const struct archive_message *change)
	__attribute__((warn_unused_result));
enum store_problem archive_commit(struct archive *archive) __attribute__((warn_unused_result));
void archive_roll_back(struct archive *archive);
/* Pages of the write-ahead log after the last commit. */
int archive_wal_pages(const struct archive *archive);
/* A small write that is undone by nothing and seen by nobody: whether writing works again. */
enum store_problem archive_probe(struct archive *archive) __attribute__((warn_unused_result));

/* Reading. */

/* Called for each message; what it borrows is good for the call. false ends the walk. */
typedef bool archive_visit_fn(void *context, const struct archive_message *message);

/* The first limit messages with seq > after, ascending. */
enum store_problem archive_read_after(struct archive *archive, struct str room, uint64_t after,
	size_t limit, archive_visit_fn *visit, void *context) __attribute__((warn_unused_result));
/* The last limit messages with seq < before, descending: newest first. */
enum store_problem archive_read_before(struct archive *archive, struct str room, uint64_t before,
	size_t limit, archive_visit_fn *visit, void *context) __attribute__((warn_unused_result));
/* Those of the last limit messages of all rooms that have a ref and a sender and are not older than
 * since_ms, in the order of their commits: what duplicates are known by. Without user and text. */
enum store_problem archive_read_refs(struct archive *archive, int64_t since_ms, size_t limit,
	bool (*visit)(void *context, struct str room, const struct archive_message *message),
	void *context) __attribute__((warn_unused_result));
/* The last limit messages of a room with seq < before whose text has all words of the query
 * (common/store/search_text.h), newest first. A query without a word finds nothing. */
enum store_problem archive_search(struct archive *archive, struct str room, struct str query,
	uint64_t before, size_t limit, archive_visit_fn *visit, void *context)
	__attribute__((warn_unused_result));
/* The names of all rooms behind a name (bytewise), at most limit. */
enum store_problem archive_read_rooms(struct archive *archive, struct str after, size_t limit,
	bool (*visit)(void *context, struct str name, const struct archive_room *room),
	void *context) __attribute__((warn_unused_result));

/* Upkeep, by a connection that writes; each call is a transaction of its own. more_out: there is
 * more to do. */

/* Adds up to limit messages to the search index, oldest first. */
enum store_problem archive_index_slice(struct archive *archive, size_t limit, bool *more_out)
	__attribute__((warn_unused_result));

/* What a room keeps; 0 is all. */
struct archive_retention {
	uint64_t keep_messages;
	int64_t delete_before_ms; /* wall clock */
};

/* Deletes up to limit messages that need not be kept, with their places in the index, of the rooms
 * from *room_id on, which moves along and is 0 again behind the last room. */
enum store_problem archive_prune_slice(struct archive *archive,
	const struct archive_retention *retention, size_t limit, int64_t *room_id)
	__attribute__((warn_unused_result));

/* By a connection and a thread of their own. */

/* Moves the write-ahead log into the database as far as readers let it; with is_patient it waits
 * for them, and the log begins anew. */
enum store_problem archive_checkpoint(struct archive *archive, bool is_patient)
	__attribute__((warn_unused_result));
/* When the file was deleted or replaced: empties the log into the file that is open, wherever that
 * is now. It then has all that was committed if it is put back, and the log has nothing that would
 * get into another file in its place. Does what readers let it do, and the rest when it is called
 * again. */
void archive_fold_log(struct archive *archive);
/* Writes a consistent copy to path, which must not exist (STORE_DENIED), while others write: one
 * file, there complete or not at all. The copy has an epoch of its own. Any mode; a hurry ends it
 * (STORE_BUSY). */
enum store_problem archive_backup(struct archive *archive, const char *path)
	__attribute__((warn_unused_result));
