/* SPDX-License-Identifier: MIT */
#include "fcgi/history.h"

#include <errno.h>

#include "common/base/clock.h"

#define WAIT_MS 500 /* for the broker, when it moves its log: no page is worth more */
#define READ_MS 2000 /* all reads of a request; a search in a large room is cut off */

static void *open_archive(const char *path, enum store_problem *problem_out)
{
	struct archive *archive = archive_open(path, ARCHIVE_READ, problem_out);

	if (archive != NULL)
		archive_set_patience(archive, WAIT_MS, NULL);
	else if (*problem_out == STORE_DENIED && errno == ENOENT)
		*problem_out = STORE_OK;
	return archive;
}

static enum store_problem check_file(const void *connection)
{
	return archive_check_file(connection);
}

static const char *error_text(const void *connection)
{
	return archive_error_text(connection);
}

static void close_archive(void *connection)
{
	archive_close(connection);
}

static const struct pool_ops ops = {
	.name = "history",
	.open = open_archive,
	.check_file = check_file,
	.error_text = error_text,
	.close = close_archive,
};

struct pool *history_create(const char *path)
{
	return pool_create(&ops, path);
}

struct archive *history_borrow(struct pool *history, enum store_problem *problem_out)
{
	struct archive *archive = pool_borrow(history, problem_out);

	if (archive != NULL)
		archive_limit_time(archive, clock_monotonic_ms() + READ_MS);
	return archive;
}
