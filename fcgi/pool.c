/* SPDX-License-Identifier: MIT */
/* The lock is held while the list of idle connections changes, never while one is opened or used.
 * Files are compared before each use: somebody may have put a backup in place. */
#include "fcgi/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/mem.h"

#define IDLE_MAX 8 /* each has a cache of SQLite's; more are under way, the rest is closed */

struct pool {
	const struct pool_ops *ops;
	char *path; /* owned; NULL: there is none */
	pthread_mutex_t lock;
	void *idle[IDLE_MAX];
	size_t idle_count;
	atomic_bool was_open;
};

struct pool *pool_create(const struct pool_ops *ops, const char *path)
{
	struct pool *pool = mem_new(struct pool);

	pool->ops = ops;
	pool->path = path == NULL ? NULL : mem_strdup(path);
	pthread_mutex_init(&pool->lock, NULL);
	return pool;
}

void pool_destroy(struct pool *pool)
{
	if (pool == NULL)
		return;
	while (pool->idle_count > 0)
		pool->ops->close(pool->idle[--pool->idle_count]);
	pthread_mutex_destroy(&pool->lock);
	mem_free(pool->path);
	mem_free(pool);
}

static void *take_idle(struct pool *pool)
{
	void *connection = NULL;

	pthread_mutex_lock(&pool->lock);
	if (pool->idle_count > 0)
		connection = pool->idle[--pool->idle_count];
	pthread_mutex_unlock(&pool->lock);
	return connection;
}

/* False when there are enough. */
static bool keep_idle(struct pool *pool, void *connection)
{
	bool is_kept;

	pthread_mutex_lock(&pool->lock);
	is_kept = pool->idle_count < IDLE_MAX;
	if (is_kept)
		pool->idle[pool->idle_count++] = connection;
	pthread_mutex_unlock(&pool->lock);
	return is_kept;
}

/* An idle connection whose file is still the one at path, or NULL. */
static void *take_good(struct pool *pool)
{
	void *connection;

	while ((connection = take_idle(pool)) != NULL) {
		if (pool->ops->check_file(connection) == STORE_OK)
			return connection;
		pool->ops->close(connection);
	}
	return NULL;
}

static void *open_new(struct pool *pool, enum store_problem *problem_out)
{
	void *connection;

	if (pool->ops->makes_files && atomic_load(&pool->was_open) &&
		access(pool->path, F_OK) != 0) {
		*problem_out = STORE_GONE;
		return NULL;
	}
	connection = pool->ops->open(pool->path, problem_out);
	if (connection != NULL)
		atomic_store(&pool->was_open, true);
	return connection;
}

void *pool_borrow(struct pool *pool, enum store_problem *problem_out)
{
	void *connection;

	*problem_out = STORE_OK;
	if (pool->path == NULL)
		return NULL;
	connection = take_good(pool);
	if (connection == NULL)
		connection = open_new(pool, problem_out);
	if (connection == NULL && *problem_out != STORE_OK)
		log_error("event=%s_open path=%s problem=%s", pool->ops->name, pool->path,
			store_problem_code(*problem_out));
	return connection;
}

void pool_return(struct pool *pool, void *connection, enum store_problem problem)
{
	if (connection == NULL)
		return;
	if (problem != STORE_OK)
		log_error("event=%s_use problem=%s text=\"%s\"", pool->ops->name,
			store_problem_code(problem), pool->ops->error_text(connection));
	if (problem != STORE_OK || !keep_idle(pool, connection))
		pool->ops->close(connection);
}
