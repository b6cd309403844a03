/* SPDX-License-Identifier: MIT */
/* What the writer does while it has nothing to write, a slice at a time: the search index follows
 * behind the commits, and what need not be kept goes. The slices are sized by how long they take.
 * Times are monotonic. */
#pragma once

#include "broker/history/connection.h"
#include "common/config.h"

#define UPKEEP_EVERY_MS 32

struct upkeep {
	const struct config *config; /* borrowed */
	size_t index_rows; /* of the next slice */
	size_t prune_rows;
	bool has_unindexed;
	int64_t prune_room_id; /* 0: a new round over all rooms */
	uint64_t next_index_ms; /* later than now only after a failure */
	uint64_t next_prune_ms;
};

void upkeep_init(struct upkeep *upkeep, const struct config *config);
/* Messages were committed. */
void upkeep_note_commit(struct upkeep *upkeep);
/* A slice of what is due, if anything is. Never waits for locks. */
void upkeep_step(struct upkeep *upkeep, struct connection *connection, uint64_t now_ms);
/* How long until the next step has something to do; UINT64_MAX: not before a commit. */
uint64_t upkeep_wait_ms(const struct upkeep *upkeep, uint64_t now_ms);
