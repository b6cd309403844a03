/* SPDX-License-Identifier: MIT */
/* A history without threads and without a disk, for a broker on a stage: rooms have the heads and
 * texts that the test gives them, and questions are answered when the test says so. It stands in
 * for broker/history/history.c when the test is linked with it. */
#pragma once

#include "broker/history/history.h"

struct fake_history {
	struct history_sink sink;
	/* What was asked and not answered yet: rooms of heads, one range, one page. */
	size_t heads_asked;
	char head_rooms[8][32];
	size_t rows_asked; /* in all */
	bool has_range;
	char range_room[32];
	uint64_t range_after, range_until;
	size_t range_bytes_max;
	size_t pages_asked;
	uint64_t page_asker;
	struct page page; /* its texts are the next two */
	char page_room[32];
	char page_query[64];
	char backup_path[64]; /* "" before one was asked for */
	uint64_t backup_asker;
	size_t submitted;
	struct history_entry *entries[64]; /* in order; owned */
	bool is_full; /* entries and questions are refused */
	bool is_hurried;
	enum store_problem problem; /* of writing */
};

/* The one that the broker has made. */
extern struct fake_history fake_history;

/* Answers the oldest question for a head. */
void fake_history_tell_head(uint64_t seq, enum store_problem problem);
/* Answers the range with the messages from first on; text of seq 7: "text 7". first is 0 for a
 * problem. */
void fake_history_tell_rows(uint64_t first, enum store_problem problem);
/* Tells of nothing up to a number, as the late answer to a question of earlier. */
void fake_history_tell_none(const char *room, uint64_t until);
/* Settles the oldest entry. */
void fake_history_settle(enum history_result result, uint64_t seq);
