/* SPDX-License-Identifier: MIT */
/* history.db as the pages read it: connections that stay open between requests, one for each that
 * is under way. The broker is not needed for it. No database is no mistake: then nothing was said
 * yet. */
#pragma once

#include "common/store/archive.h"

struct history;

/* Copies path; NULL when the site keeps no history. Opens nothing yet. The caller owns it. */
struct history *history_create(const char *path) __attribute__((warn_unused_result));
/* NULL is fine. Everything was given back. */
void history_destroy(struct history *history);
/* A connection for one request, which gives it back. NULL with STORE_OK when there is no database,
 * NULL with the cause, which is logged, when it cannot be read. Any thread. */
struct archive *history_borrow(struct history *history, enum store_problem *problem_out)
	__attribute__((warn_unused_result));
/* archive may be NULL; problem is what came of its use: a connection that failed is not used again,
 * and the failure logged. Any thread. */
void history_return(struct history *history, struct archive *archive, enum store_problem problem);
