/* SPDX-License-Identifier: MIT */
/* Only the very files that were open are opened again. A missing one is not made: whoever puts the
 * old one back finds its place free. And another one, were it a copy, would be read together with
 * the log of the first, which SQLite takes for its own. */
#include "broker/history/connection.h"

#include <string.h>

enum store_problem connection_open(struct connection *connection, const char *path,
	enum archive_mode mode, const char *epoch, const _Atomic bool *is_hurried)
{
	enum store_problem problem = STORE_OK;

	*connection = (struct connection){ .mode = mode, .is_hurried = is_hurried };
	buf_append_text(&connection->path, path);
	connection->archive = archive_open(path, mode, &problem);
	if (connection->archive == NULL)
		return problem;
	memcpy(connection->epoch, archive_epoch(connection->archive), ARCHIVE_EPOCH_SIZE);
	return epoch == NULL || strcmp(epoch, connection->epoch) == 0 ? STORE_OK : STORE_GONE;
}

void connection_close(struct connection *connection)
{
	archive_close(connection->archive);
	connection->archive = NULL;
	buf_finish(&connection->path);
}

/* Again with each try, as readers may be in the way. */
static enum store_problem leave(struct connection *connection)
{
	archive_fold_log(connection->archive);
	return STORE_GONE;
}

/* The old one is kept until there is a new one: it knows its files. */
static enum store_problem reopen(struct connection *connection)
{
	const char *path = buf_text(&connection->path);
	enum store_problem problem = STORE_OK;
	struct archive *archive;

	if (archive_check_file(connection->archive) != STORE_OK)
		return connection->mode == ARCHIVE_READ ? STORE_GONE : leave(connection);
	archive = archive_open(path, connection->mode, &problem);
	if (archive == NULL)
		return problem;
	if (strcmp(archive_epoch(archive), connection->epoch) != 0) {
		archive_close(archive);
		return STORE_GONE;
	}
	archive_close(connection->archive);
	connection->archive = archive;
	connection->is_suspect = false;
	connection->reopened++;
	return STORE_OK;
}

enum store_problem connection_prepare(struct connection *connection)
{
	return connection->is_suspect ? reopen(connection) : STORE_OK;
}

enum store_problem connection_check(struct connection *connection)
{
	return connection_note(connection, archive_check_file(connection->archive));
}

enum store_problem connection_renew(struct connection *connection)
{
	enum store_problem problem = connection_prepare(connection);

	if (problem == STORE_OK && connection_check(connection) != STORE_OK)
		problem = connection_prepare(connection);
	return problem;
}

static bool casts_doubt(enum store_problem problem)
{
	switch (problem) {
	case STORE_OK:
	case STORE_BUSY:
	case STORE_FULL:
	case STORE_REFUSED:
	case STORE_ELSEWHERE:
		return false;
	case STORE_READ_ONLY:
	case STORE_DENIED:
	case STORE_IO:
	case STORE_CORRUPT:
	case STORE_NEWER:
	case STORE_FOREIGN:
	case STORE_GONE:
	case STORE_PROBLEM_COUNT:
		break;
	}
	return true;
}

enum store_problem connection_note(struct connection *connection, enum store_problem problem)
{
	connection->is_suspect |= casts_doubt(problem);
	return problem;
}

void connection_set_patience(struct connection *connection, int wait_ms)
{
	archive_set_patience(connection->archive, wait_ms, connection->is_hurried);
}
