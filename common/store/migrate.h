/* SPDX-License-Identifier: MIT */
/* Opens a database and brings it to the newest version: a list of SQL files (common/store/
 * migrations), applied in order and forward only, each in one transaction. Knows nothing of what is
 * in them. A file that is not known to be ours is left as it is, to the byte. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/store/database.h"

/* Made of the SQL files at build time. Step i makes version i + 1. */
struct migration_steps {
	const char *const *sql;
	size_t count;
};

extern const struct migration_steps accounts_migrations;
extern const struct migration_steps history_migrations;

/* Fills database, which is closed again when it fails: its error text and system error stay good.
 * A mode that writes makes a missing database, complete or not at all, and copies an older one to
 * PATH.v<version> before it is migrated; a reader finds an older one STORE_BUSY until somebody has
 * done so. STORE_FOREIGN for another application_id, STORE_NEWER for a version beyond the list. */
enum store_problem migrate_open(struct database *database, const char *path,
	enum database_mode mode, uint32_t application_id, const struct migration_steps *steps)
	__attribute__((warn_unused_result));
