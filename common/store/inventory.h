/* SPDX-License-Identifier: MIT */
/* The databases of a state directory as whoever looks after them sees them: of which version each
 * is, and whether it is sound. Knows nothing of what is in them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/store/problem.h"

#define INVENTORY_ERROR_SIZE 256

enum inventory_database { INVENTORY_ACCOUNTS, INVENTORY_HISTORY, INVENTORY_COUNT };

struct inventory_report {
	size_t version; /* that was found; 0: there was no file */
	size_t newest; /* that this program knows */
	char *copy; /* of an older version, before it was migrated; NULL for none; owned */
	int system_error; /* errno where the system was the cause of a failure, else 0 */
	char error[INVENTORY_ERROR_SIZE]; /* of a failure, in SQLite's words */
};

/* "accounts.db" */
const char *inventory_file(enum inventory_database which);
/* Changes nothing. A missing one is version 0 and fine. is_thorough: every page is read. */
enum store_problem inventory_inspect(enum inventory_database which, const char *path,
	bool is_thorough, struct inventory_report *report) __attribute__((warn_unused_result));
/* Makes a missing one, and brings an older one to the newest version after a copy. */
enum store_problem inventory_migrate(enum inventory_database which, const char *path,
	struct inventory_report *report) __attribute__((warn_unused_result));
/* All zero is fine. */
void inventory_finish(struct inventory_report *report);
