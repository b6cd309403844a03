/* SPDX-License-Identifier: MIT */
/* Opening with everything on that keeps a damaged or hostile file from doing harm, and nothing
 * mapped into memory: an error of the disk is then a result and no signal. A reader without a log
 * beside the file opens it as one that does not change (immutable), because SQLite would make the
 * log; it learns of the writer by database_check_file. */
#include "common/store/database.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/base/mem.h"

#define POLL_MS_MAX 5
/* Of SQLite's machine: some ten microseconds. */
#define STEPS_BETWEEN_LOOKS 1000

/* https://www.sqlite.org/fileformat.html#the_database_header */
#define HEADER_SIZE 100
#define HEADER_MAGIC "SQLite format 3"
#define HEADER_PAGE_SIZE 16
#define HEADER_APPLICATION_ID 68

#define WRITE_PRAGMAS                           \
	"PRAGMA cell_size_check = ON;"          \
	"PRAGMA wal_autocheckpoint = 0;"        \
	"PRAGMA journal_size_limit = 67108864;" \
	"PRAGMA cache_size = -8192;"            \
	"PRAGMA secure_delete = ON;"

static const char *const mode_pragmas[] = {
	[DATABASE_READ] = "PRAGMA cell_size_check = ON;",
	[DATABASE_GLANCE] = "PRAGMA cell_size_check = ON;",
	[DATABASE_WRITE_PROCESS] = WRITE_PRAGMAS "PRAGMA synchronous = NORMAL;",
	[DATABASE_WRITE_DISK] = WRITE_PRAGMAS "PRAGMA synchronous = FULL;",
};

static void library_configure(void)
{
	/* Its statistics are a lock that all threads share. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

bool database_is_hurried(const struct database *database)
{
	return database->is_hurried != NULL && *database->is_hurried;
}

/* SQLite's busy handler: short steps, so that a hurry ends it. */
static int database_wait(void *context, int tries)
{
	struct database *database = context;
	uint64_t now_ms = clock_monotonic_ms();
	struct timespec step = { .tv_nsec = (tries < POLL_MS_MAX ? tries + 1 : POLL_MS_MAX) *
					    1000000L };

	if (tries == 0)
		database->deadline_ms = now_ms + (uint64_t)database->wait_ms;
	if (database_is_hurried(database) || now_ms >= database->deadline_ms)
		return 0;
	nanosleep(&step, NULL);
	return 1;
}

/* SQLite's progress handler: not zero interrupts. */
static int database_watch_time(void *context)
{
	const struct database *database = context;

	return database_is_hurried(database) || clock_monotonic_ms() >= database->end_ms;
}

void database_limit_time(struct database *database, uint64_t end_ms)
{
	database->end_ms = end_ms;
	sqlite3_progress_handler(
		database->handle, STEPS_BETWEEN_LOOKS, database_watch_time, database);
}

/* The path as a URI that says that nobody writes. */
static char *immutable_uri(const char *path)
{
	struct buf uri = { 0 };

	buf_append_text(&uri, path[0] == '/' ? "file://" : "file:");
	for (const char *at = path; *at != '\0'; at++)
		if (strchr("%?#", *at) != NULL)
			buf_append_format(&uri, "%%%02x", (unsigned)*at);
		else
			buf_append_char(&uri, *at);
	buf_append_text(&uri, "?immutable=1");
	return buf_take(&uri);
}

bool database_follows(const struct database *database)
{
	return database->log.inode != 0;
}

static int handle_open(struct database *database)
{
	char *uri;
	int result;

	if (database_mode_writes(database->mode))
		return sqlite3_open_v2(database->path, &database->handle,
			SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (database_follows(database))
		return sqlite3_open_v2(database->path, &database->handle,
			SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
	uri = immutable_uri(database->path);
	result = sqlite3_open_v2(uri, &database->handle,
		SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
	mem_free(uri);
	return result;
}

static void handle_configure(struct database *database)
{
	static const struct {
		int option;
		int value;
	} options[] = { { SQLITE_DBCONFIG_DEFENSIVE, 1 }, { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_FKEY, 1 }, { SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 } };
	int is_log_kept = 1;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		sqlite3_db_config(
			database->handle, options[i].option, options[i].value, (int *)NULL);
	sqlite3_limit(database->handle, SQLITE_LIMIT_LENGTH, DATABASE_ROW_BYTES_MAX);
	sqlite3_busy_handler(database->handle, database_wait, database);
	if (database_mode_writes(database->mode)) /* a reader need not make it after a clean stop */
		sqlite3_file_control(
			database->handle, "main", SQLITE_FCNTL_PERSIST_WAL, &is_log_kept);
	/* Until a writer knows that the file is ours: to be refused must not change it. */
	sqlite3_db_config(database->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
}

static enum store_problem check_writable(struct database *database)
{
	bool is_refused = database_mode_writes(database->mode) &&
			  sqlite3_db_readonly(database->handle, "main") != 0;

	return is_refused ? database_problem(database, SQLITE_READONLY) : STORE_OK;
}

enum store_problem database_open(
	struct database *database, const char *path, enum database_mode mode)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct buf log_path = { 0 };
	enum store_problem problem;
	int result;

	pthread_once(&once, library_configure);
	buf_append_format(&log_path, "%s-wal", path);
	*database = (struct database){ .path = mem_strdup(path),
		.log_path = buf_take(&log_path),
		.mode = mode,
		.wait_ms = mode == DATABASE_GLANCE ? DATABASE_GLANCE_WAIT_MS : DATABASE_WAIT_MS };
	database->log = file_identify(database->log_path);
	result = handle_open(database);
	if (result == SQLITE_OK) {
		handle_configure(database);
		sqlite3_extended_result_codes(database->handle, 1);
	}
	problem = database_problem(database, result);
	if (problem == STORE_OK)
		problem = check_writable(database);
	if (problem != STORE_OK)
		database_close(database);
	return problem;
}

/* Whether the path no longer names what SQLite has open. */
static bool has_moved(struct database *database)
{
	int is_elsewhere = 0;

	if (database->handle != NULL)
		sqlite3_file_control(
			database->handle, "main", SQLITE_FCNTL_HAS_MOVED, &is_elsewhere);
	return is_elsewhere != 0;
}

void database_close(struct database *database)
{
	int result;

	if (database_mode_writes(database->mode) && has_moved(database))
		database_fold_log(database);
	result = sqlite3_close(database->handle);
	assert(result == SQLITE_OK); /* every statement is finalized */
	(void)result;
	mem_free(database->path);
	mem_free(database->log_path);
	mem_free(database->old_copy);
	database->handle = NULL;
	database->path = database->log_path = database->old_copy = NULL;
}

static uint32_t read_big_endian(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The header is read through SQLite's own handle of the file: to close another one would end the
 * locks that this process has. */
static int header_read(
	struct database *database, uint8_t header[static HEADER_SIZE], sqlite3_int64 *size_out)
{
	sqlite3_file *file = NULL;
	int result = sqlite3_file_control(
		database->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);

	if (result == SQLITE_OK)
		result = file->pMethods->xFileSize(file, size_out);
	if (result == SQLITE_OK && *size_out < HEADER_SIZE)
		return SQLITE_NOTADB;
	return result == SQLITE_OK ? file->pMethods->xRead(file, header, HEADER_SIZE, 0) : result;
}

/* A file that ends within a page, when no log can complete it. */
static bool is_cut(const struct database *database, uint32_t page_size, sqlite3_int64 size)
{
	struct stat log;

	if (page_size == 1) /* as the format writes it */
		page_size = 65536;
	if (page_size != 0 && size % page_size == 0)
		return false;
	return stat(database->log_path, &log) != 0 || log.st_size == 0;
}

enum store_problem database_check_header(struct database *database, uint32_t application_id)
{
	uint8_t header[HEADER_SIZE];
	sqlite3_int64 size = 0;
	int result = header_read(database, header, &size);

	if (result == SQLITE_OK && memcmp(header, HEADER_MAGIC, sizeof(HEADER_MAGIC)) != 0)
		result = SQLITE_NOTADB;
	else if (result == SQLITE_OK &&
		 is_cut(database, read_big_endian(header + HEADER_PAGE_SIZE) >> 16, size))
		result = SQLITE_CORRUPT;
	if (result != SQLITE_OK)
		return database_problem(database, result);
	if (read_big_endian(header + HEADER_APPLICATION_ID) == application_id)
		return STORE_OK;
	return database_refuse(database, STORE_FOREIGN, "another application_id");
}

static enum store_problem log_start(struct database *database)
{
	sqlite3_stmt *statement;
	bool is_row = false, is_log = false;
	enum store_problem problem = database_prepare(
		database, "PRAGMA journal_mode = WAL", &statement);

	if (problem == STORE_OK)
		problem = database_step(database, statement, &is_row);
	if (is_row)
		is_log = strcmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
	sqlite3_finalize(statement);
	if (problem == STORE_OK && !is_log)
		return database_refuse(database, STORE_IO, "no shared memory in this file system");
	return problem;
}

enum store_problem database_start(struct database *database)
{
	enum store_problem problem;
	int64_t version;

	/* SQLite has read the header by now, which may say that only later versions write. */
	problem = check_writable(database);
	if (problem == STORE_OK && database_mode_writes(database->mode)) {
		sqlite3_db_config(
			database->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, (int *)NULL);
		problem = log_start(database);
	}
	if (problem == STORE_OK)
		problem = database_run(database, mode_pragmas[database->mode]);
	if (problem == STORE_OK) /* it is the first read that makes the log */
		problem = database_read_number(database, "PRAGMA user_version", &version);
	return problem;
}

enum store_problem database_remember_files(struct database *database)
{
	if (database_mode_writes(
		    database->mode)) /* a reader's is the one that it has opened with */
		database->log = file_identify(database->log_path);
	database->file = file_identify(database->path);
	if (!has_moved(database))
		return STORE_OK;
	return database_refuse(database, STORE_GONE, "replaced while it was opened");
}

enum store_problem database_check_file(const struct database *database)
{
	bool is_same = file_identity_equals(database->file, file_identify(database->path)) &&
		       file_identity_equals(database->log, file_identify(database->log_path));

	return is_same ? STORE_OK : STORE_GONE;
}
