/* SPDX-License-Identifier: MIT */
/* Connections to a database that stay open between requests, one for each request that is under
 * way. A file that was replaced is opened anew. */
#pragma once

#include <stdbool.h>

#include "common/store/problem.h"

/* A kind of connection. */
struct pool_ops {
	const char *name; /* in logs: "history" */
	/* open makes a file that is missing. Not when there has been one: whoever has taken it
	 * away is about to put another one there, and STORE_GONE is the cause until then. */
	bool makes_files;
	/* NULL with the cause; STORE_OK: there is no database, and that is no mistake. */
	void *(*open)(const char *path, enum store_problem *problem_out);
	/* STORE_OK: its file is still the one at its path. */
	enum store_problem (*check_file)(const void *connection);
	const char *(*error_text)(const void *connection);
	void (*close)(void *connection); /* NULL is fine */
};

struct pool;

/* Copies path; ops is borrowed. NULL as path: there is no database. Opens nothing yet. The caller
 * owns it. */
struct pool *pool_create(const struct pool_ops *ops, const char *path)
	__attribute__((warn_unused_result));
/* NULL is fine. Everything was given back. */
void pool_destroy(struct pool *pool);
/* A connection for one request, which gives it back. NULL with STORE_OK when there is no database,
 * NULL with the cause, which is logged, when it cannot be opened. Any thread. */
void *pool_borrow(struct pool *pool, enum store_problem *problem_out)
	__attribute__((warn_unused_result));
/* connection may be NULL; problem is what came of its use: a connection that failed is not used
 * again, and the failure logged. Any thread. */
void pool_return(struct pool *pool, void *connection, enum store_problem problem);
