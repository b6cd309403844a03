/* SPDX-License-Identifier: MIT */
/* SQL in a database of a test's folder, by a connection of its own. Every failure is a failure of
 * the test. */
#pragma once

#include <stdint.h>

#include <sqlite3.h>

#include "tests/support/folder.h"

void sql_run(const struct folder *folder, const char *name, const char *sql);
/* The first column of the first row. */
int64_t sql_ask(const struct folder *folder, const char *name, const char *sql);
/* Nobody else can write until sql_unlock. */
sqlite3 *sql_lock(const struct folder *folder, const char *name);
void sql_unlock(sqlite3 *lock);
