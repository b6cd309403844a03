/* SPDX-License-Identifier: MIT */
/* The lock is held while the list of idle connections changes, never while one is opened or read.
 * Files are compared before each use: somebody may have put a backup in place. */
#include "fcgi/history.h"

#include <errno.h>
#include <pthread.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define IDLE_MAX 8 /* each has a cache of SQLite's; more are under way, the rest is closed */
#define WAIT_MS 500 /* for the broker, when it moves its log: no page is worth more */
#define READ_MS 2000 /* all reads of a request; a search in a large room is cut off */

struct history {
	char *path; /* owned; NULL: there is none */
	pthread_mutex_t lock;
	struct archive *idle[IDLE_MAX];
	size_t idle_count;
};

struct history *history_create(const char *path)
{
	struct history *history = mem_new(struct history);

	history->path = path == NULL ? NULL : mem_strdup(path);
	pthread_mutex_init(&history->lock, NULL);
	return history;
}

void history_destroy(struct history *history)
{
	if (history == NULL)
		return;
	while (history->idle_count > 0)
		archive_close(history->idle[--history->idle_count]);
	pthread_mutex_destroy(&history->lock);
	mem_free(history->path);
	mem_free(history);
}

static struct archive *take_idle(struct history *history)
{
	struct archive *archive = NULL;

	pthread_mutex_lock(&history->lock);
	if (history->idle_count > 0)
		archive = history->idle[--history->idle_count];
	pthread_mutex_unlock(&history->lock);
	return archive;
}

/* False when there are enough. */
static bool keep_idle(struct history *history, struct archive *archive)
{
	bool is_kept;

	pthread_mutex_lock(&history->lock);
	is_kept = history->idle_count < IDLE_MAX;
	if (is_kept)
		history->idle[history->idle_count++] = archive;
	pthread_mutex_unlock(&history->lock);
	return is_kept;
}

/* NULL with STORE_OK when there is no file. */
static struct archive *open_file(const char *path, enum store_problem *problem_out)
{
	struct archive *archive = archive_open(path, ARCHIVE_READ, problem_out);

	if (archive != NULL)
		archive_set_patience(archive, WAIT_MS, NULL);
	else if (*problem_out == STORE_DENIED && errno == ENOENT)
		*problem_out = STORE_OK;
	else
		log_error("event=history_open path=%s problem=%s", path,
			store_problem_code(*problem_out));
	return archive;
}

/* An idle connection whose file is still the one at path, or NULL. */
static struct archive *take_good(struct history *history)
{
	struct archive *archive;

	while ((archive = take_idle(history)) != NULL) {
		if (archive_check_file(archive) == STORE_OK)
			return archive;
		archive_close(archive);
	}
	return NULL;
}

struct archive *history_borrow(struct history *history, enum store_problem *problem_out)
{
	struct archive *archive;

	*problem_out = STORE_OK;
	if (history->path == NULL)
		return NULL;
	archive = take_good(history);
	if (archive == NULL)
		archive = open_file(history->path, problem_out);
	if (archive != NULL)
		archive_limit_time(archive, clock_monotonic_ms() + READ_MS);
	return archive;
}

void history_return(struct history *history, struct archive *archive, enum store_problem problem)
{
	if (archive == NULL)
		return;
	if (problem != STORE_OK)
		log_error("event=history_read problem=%s text=\"%s\"", store_problem_code(problem),
			archive_error_text(archive));
	if (problem != STORE_OK || !keep_idle(history, archive))
		archive_close(archive);
}
