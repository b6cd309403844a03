/* SPDX-License-Identifier: MIT */
/* The thin layer over SQLite that every database shares: how one is opened, how long a call waits,
 * what its results mean. Private to common/store. A connection belongs to one thread at a time. Out
 * of memory aborts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "common/base/buf.h"
#include "common/base/str.h"
#include "common/store/database_file.h"
#include "common/store/problem.h"

/* No value and no row is longer. */
#define DATABASE_ROW_BYTES_MAX (16 * 1024 * 1024)
#define DATABASE_WAIT_MS 5000
#define DATABASE_GLANCE_WAIT_MS 50
#define DATABASE_ERROR_SIZE 256

enum database_mode {
	DATABASE_READ, /* makes no file */
	DATABASE_GLANCE, /* the same for a thread that others wait for */
	DATABASE_WRITE_PROCESS, /* a commit survives the process (synchronous NORMAL) */
	DATABASE_WRITE_DISK, /* it survives the host (synchronous FULL) */
};

static inline bool database_mode_writes(enum database_mode mode)
{
	return mode != DATABASE_READ && mode != DATABASE_GLANCE;
}

/* private */
struct database {
	sqlite3 *handle;
	char *path;
	char *log_path;
	enum database_mode mode;
	struct file_identity file;
	struct file_identity log; /* of the write-ahead log */
	int wait_ms;
	const _Atomic bool *is_hurried; /* may be NULL */
	uint64_t deadline_ms; /* of the wait that is going on */
	uint64_t end_ms; /* of calls that read */
	size_t old_version; /* before it was migrated; 0: it was not there */
	char *old_copy; /* of that version; NULL: nothing was migrated */
	int system_error; /* errno of the last failure, where the system was the cause; else 0 */
	char error[DATABASE_ERROR_SIZE];
};

/* Opens a file that exists; nothing of it is read or written yet. Closed again when it fails. */
enum store_problem database_open(struct database *database, const char *path,
	enum database_mode mode) __attribute__((warn_unused_result));
/* Looks at the first bytes before SQLite does anything with them. STORE_FOREIGN for another
 * application_id, STORE_CORRUPT for no database or a part of one. */
enum store_problem database_check_header(struct database *database, uint32_t application_id)
	__attribute__((warn_unused_result));
/* Harmless for one that is closed, or all zero. error and system_error stay good. A writer's log is
 * folded where SQLite would leave it: when the file has been moved. */
void database_close(struct database *database);
/* Once the file is known to be ours: in a mode that writes, readers and the writer do not hold each
 * other up from here on (WAL). */
enum store_problem database_start(struct database *database) __attribute__((warn_unused_result));
/* Remembers which files are open, when all of them are; database_check_file holds the paths to it.
 */
enum store_problem database_remember_files(struct database *database)
	__attribute__((warn_unused_result));
enum store_problem database_check_file(const struct database *database)
	__attribute__((warn_unused_result));
/* Whether others' commits are seen: a reader that found no log sees a file that does not change. */
bool database_follows(const struct database *database);
bool database_is_hurried(const struct database *database);
/* archive_limit_time */
void database_limit_time(struct database *database, uint64_t end_ms);

/* Of a constant text that stays; the caller finalizes it. */
enum store_problem database_prepare(struct database *database, const char *sql,
	sqlite3_stmt **statement_out) __attribute__((warn_unused_result));
/* is_row_out: there is a row, and the caller resets the statement; else it is reset already. */
enum store_problem database_step(struct database *database, sqlite3_stmt *statement,
	bool *is_row_out) __attribute__((warn_unused_result));
/* For a statement without rows. */
enum store_problem database_finish_step(struct database *database, sqlite3_stmt *statement)
	__attribute__((warn_unused_result));
/* Constant SQL whose rows do not matter. */
enum store_problem database_run(struct database *database, const char *sql)
	__attribute__((warn_unused_result));
/* SQLite keeps signed numbers. */
int64_t database_clamp(uint64_t number);
/* Binding what stays until the statement is reset; a text that is empty is not NULL. */
int database_bind_text(sqlite3_stmt *statement, int index, struct str text);
/* Borrowed until the next step. */
struct str database_column_text(sqlite3_stmt *statement, int column);
/* The first column of the first row. */
enum store_problem database_read_number(struct database *database, const char *sql,
	int64_t *number_out) __attribute__((warn_unused_result));
/* What a result of SQLite means; keeps its words. */
enum store_problem database_problem(struct database *database, int result);
/* The same of another connection. */
enum store_problem database_problem_of(struct database *database, sqlite3 *handle, int result);
/* The same of a system call; STORE_OK for 0. */
enum store_problem database_system_problem(
	struct database *database, const char *path, int system_error);
/* A failure that SQLite does not know. */
enum store_problem database_refuse(
	struct database *database, enum store_problem problem, const char *text);
/* After a failure, harmless without a transaction. */
void database_roll_back(struct database *database);

/* archive_checkpoint */
enum store_problem database_checkpoint(struct database *database, bool is_patient)
	__attribute__((warn_unused_result));
/* archive_fold_log */
void database_fold_log(struct database *database);
/* A consistent copy at path, which must not exist (STORE_DENIED, EEXIST), while others write; one
 * file, without a log. sql changes the copy before it has its name; NULL for nothing. */
enum store_problem database_copy(struct database *database, const char *path, const char *sql)
	__attribute__((warn_unused_result));
