/* SPDX-License-Identifier: MIT */
/* What an archive was told and what it promised: batches of messages for several rooms, written as
 * a broker's writer does it, each message known again by its text; and the question whether an
 * archive that was opened again kept the promises. Moments are crash_vfs_moment's. Rows of failed
 * batches may be there (the disk may have got further than its answer) unless another took their
 * number. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/store/archive.h"

#define LEDGER_ROOMS 4
#define LEDGER_NEVER SIZE_MAX
#define LEDGER_WORD "zebra" /* in every text */

struct ledger_row {
	uint64_t seq;
	uint32_t room;
	uint32_t batch;
	bool is_found; /* by the last inspection */
};

struct ledger_batch {
	size_t begun_at;
	size_t acked_at; /* LEDGER_NEVER: not */
};

struct ledger_prune {
	size_t begun_at;
	uint64_t first_seqs[LEDGER_ROOMS]; /* what is below may be gone from then on */
};

struct ledger {
	struct ledger_row *rows;
	uint32_t row_count;
	uint32_t row_capacity;
	struct ledger_batch *batches;
	uint32_t batch_count;
	uint32_t batch_capacity;
	struct ledger_prune *prunes;
	uint32_t prune_count;
	uint32_t prune_capacity;
};

struct ledger_finding {
	size_t lost; /* acknowledged and not there */
	size_t wrong; /* gaps, parts of batches, what was never said or cannot be read */
	char what[160]; /* the first of either */
};

void ledger_finish(struct ledger *ledger);
/* One transaction; what it did not commit is rolled back. STORE_OK is the acknowledgement. */
enum store_problem ledger_write(struct ledger *ledger, struct archive *archive, size_t messages)
	__attribute__((warn_unused_result));
/* Prunes all but keep messages a room, in slices of limit, noted beforehand as what may be gone. */
enum store_problem ledger_prune(struct ledger *ledger, struct archive *archive, uint64_t keep,
	size_t limit) __attribute__((warn_unused_result));
/* Reads everything and compares it with what was begun and acknowledged at a moment. */
struct ledger_finding ledger_inspect(struct ledger *ledger, struct archive *archive, size_t moment);
/* One more message, kept and read back with the next number, which the ledger does not hear of: for
 * copies that are thrown away. */
void ledger_assert_goes_on(struct archive *archive);
/* Indexes what is not indexed yet and finds every row by its word. */
void ledger_assert_searches(struct archive *archive);
/* PRAGMA integrity_check, by a connection of its own. */
void ledger_assert_whole(const char *path);
