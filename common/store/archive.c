/* SPDX-License-Identifier: MIT */
/* Opening and writing. Every function of a row is one prepared statement that is bound to the
 * caller's memory: nothing is allocated or copied on the way of a message. */
#include "common/store/archive_private.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/store/migrate.h"

static const enum database_mode database_modes[] = {
	[ARCHIVE_READ] = DATABASE_READ,
	[ARCHIVE_WRITE_PROCESS] = DATABASE_WRITE_PROCESS,
	[ARCHIVE_WRITE_DISK] = DATABASE_WRITE_DISK,
};

static int wal_grown(void *context, sqlite3 *handle, const char *name, int pages)
{
	struct archive *archive = context;

	(void)handle, (void)name;
	archive->wal_pages = pages;
	return SQLITE_OK;
}

static enum store_problem archive_read_epoch(struct archive *archive)
{
	sqlite3_stmt *statement = archive->statements[ARCHIVE_EPOCH];
	struct str epoch = { 0 };
	bool is_row;
	enum store_problem problem = database_step(&archive->database, statement, &is_row);

	if (problem != STORE_OK)
		return problem;
	if (is_row)
		epoch = database_column_text(statement, 0);
	if (epoch.len == ARCHIVE_EPOCH_SIZE - 1)
		memcpy(archive->epoch, epoch.data, epoch.len);
	else
		problem = database_refuse(&archive->database, STORE_CORRUPT, "no epoch");
	if (is_row)
		sqlite3_reset(statement);
	return problem;
}

static enum store_problem archive_start(
	struct archive *archive, const char *path, enum archive_mode mode)
{
	sqlite3_stmt *statement;
	enum store_problem problem = migrate_open(&archive->database, path, database_modes[mode],
		ARCHIVE_APPLICATION_ID, &history_migrations);

	if (problem != STORE_OK)
		return problem;
	sqlite3_wal_hook(archive->database.handle, wal_grown, archive);
	for (enum archive_statement i = 0; i < ARCHIVE_CORE_COUNT && problem == STORE_OK; i++)
		problem = archive_prepare(archive, i, &statement);
	return problem == STORE_OK ? archive_read_epoch(archive) : problem;
}

struct archive *archive_open(
	const char *path, enum archive_mode mode, enum store_problem *problem_out)
{
	struct archive *archive = mem_new(struct archive);
	int system_error;

	*problem_out = archive_start(archive, path, mode);
	if (*problem_out == STORE_OK)
		return archive;
	system_error = archive->database.system_error;
	archive_close(archive);
	errno = system_error;
	return NULL;
}

void archive_close(struct archive *archive)
{
	if (archive == NULL)
		return;
	archive_finalize_statements(archive);
	database_close(&archive->database);
	mem_free(archive);
}

const char *archive_epoch(const struct archive *archive)
{
	return archive->epoch;
}

void archive_set_patience(struct archive *archive, int wait_ms, const _Atomic bool *is_hurried)
{
	archive->database.wait_ms = wait_ms;
	archive->database.is_hurried = is_hurried;
}

void archive_limit_time(struct archive *archive, uint64_t end_ms)
{
	database_limit_time(&archive->database, end_ms);
}

enum store_problem archive_check_file(const struct archive *archive)
{
	return database_check_file(&archive->database);
}

const char *archive_error_text(const struct archive *archive)
{
	return archive->database.error;
}

int archive_wal_pages(const struct archive *archive)
{
	return archive->wal_pages;
}

static enum store_problem archive_step(struct archive *archive, enum archive_statement which)
{
	return database_finish_step(&archive->database, archive->statements[which]);
}

enum store_problem archive_begin(struct archive *archive)
{
	assert(sqlite3_get_autocommit(archive->database.handle) != 0);
	return archive_step(archive, ARCHIVE_BEGIN);
}

enum store_problem archive_commit(struct archive *archive)
{
	assert(sqlite3_get_autocommit(archive->database.handle) == 0);
	return archive_step(archive, ARCHIVE_COMMIT);
}

void archive_roll_back(struct archive *archive)
{
	database_roll_back(&archive->database);
}

enum store_problem archive_probe(struct archive *archive)
{
	return archive_step(archive, ARCHIVE_PROBE);
}

enum store_problem archive_add_room(
	struct archive *archive, struct str name, struct archive_room *room_out)
{
	sqlite3_stmt *statement = archive->statements[ARCHIVE_ADD_ROOM];
	enum store_problem problem;

	assert(sqlite3_get_autocommit(archive->database.handle) == 0);
	problem = database_problem(&archive->database, database_bind_text(statement, 1, name));
	if (problem == STORE_OK)
		problem = database_finish_step(&archive->database, statement);
	*room_out = (struct archive_room){ 0 };
	if (problem != STORE_OK)
		return problem;
	room_out->id = sqlite3_last_insert_rowid(archive->database.handle);
	room_out->first_seq = 1;
	return STORE_OK;
}

static int message_bind(
	sqlite3_stmt *statement, int64_t room_id, const struct archive_message *message)
{
	int result = sqlite3_bind_int64(statement, 1, room_id);

	/* Only a text can be too long; what was bound before is bound again by the next. */
	sqlite3_bind_int64(statement, 2, database_clamp(message->seq));
	sqlite3_bind_int64(statement, 3, message->time_ms);
	sqlite3_bind_blob(statement, 4, message->sender, ARCHIVE_SENDER_SIZE, SQLITE_STATIC);
	sqlite3_bind_int(statement, 8, (int)message->kind);
	if (message->target == 0)
		sqlite3_bind_null(statement, 9);
	else
		sqlite3_bind_int64(statement, 9, database_clamp(message->target));
	if (message->ref.len == 0)
		sqlite3_bind_null(statement, 5);
	else
		result = database_bind_text(statement, 5, message->ref);
	if (result == SQLITE_OK)
		result = database_bind_text(statement, 6, message->user);
	return result == SQLITE_OK ? database_bind_text(statement, 7, message->text) : result;
}

enum store_problem archive_append(
	struct archive *archive, int64_t room_id, const struct archive_message *message)
{
	sqlite3_stmt *statement = archive->statements[ARCHIVE_APPEND];
	int result;

	assert(sqlite3_get_autocommit(archive->database.handle) == 0);
	result = message_bind(statement, room_id, message);
	if (result != SQLITE_OK)
		return database_problem(&archive->database, result);
	return database_finish_step(&archive->database, statement);
}

enum store_problem archive_checkpoint(struct archive *archive, bool is_patient)
{
	return database_checkpoint(&archive->database, is_patient);
}

void archive_fold_log(struct archive *archive)
{
	database_fold_log(&archive->database);
}

enum store_problem archive_backup(struct archive *archive, const char *path)
{
	return database_copy(
		&archive->database, path, "UPDATE archive SET epoch = lower(hex(randomblob(8)))");
}
