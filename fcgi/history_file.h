/* SPDX-License-Identifier: MIT */
/* history.db as the pages read it: one connection for each request that is under way. It does not
 * need the broker. A missing database is no error: nothing was said yet. */
#pragma once

#include "common/store/archive.h"
#include "fcgi/history.h"
#include "fcgi/pool.h"

/* path is NULL when the site keeps no history. The caller owns the pool. */
struct pool *history_pool_create(const char *path) __attribute__((warn_unused_result));
/* As pool_borrow. All reads until the archive is returned have one common deadline. */
struct archive *history_borrow(struct pool *history, enum store_problem *problem_out)
	__attribute__((warn_unused_result));
