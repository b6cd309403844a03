/* SPDX-License-Identifier: MIT */
/* A room as one shard sees it: its members there and a log for each dialect that they follow.
 * Made by the main thread when the first member comes to the shard, the shard's from then on. A
 * flush is a round through the members from a cursor, so that a room of ten thousand does not
 * hold up the others. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "broker/dialect.h"
#include "broker/room_log.h"
#include "common/base/list.h"

struct conn;
struct shard;

/* The followers of one dialect. */
struct feed_log {
	struct feed *feed;
	struct feed_log *next; /* of the feed's */
	struct room_log log;
	struct conn **members; /* borrowed; each knows its index */
	uint32_t count;
	uint32_t capacity;
	uint32_t cursor; /* the next member of the round that is under way */
	uint32_t lagging; /* members that a full socket holds back */
	uint64_t lowest; /* position of the slowest that the round has met */
	uint8_t dialect; /* enum dialect */
	bool is_dirty; /* there is something that not all have */
	bool has_grown; /* since the round began */
};

struct feed {
	struct shard *shard;
	struct list dirty_link; /* in the shard's list of feeds to flush */
	struct feed_log *logs; /* of the dialects that anybody has ever spoken here */
};

struct feed *feed_create(struct shard *shard) __attribute__((warn_unused_result));
/* Nobody is in it any more. */
void feed_destroy(struct feed *feed);
/* conn follows what is appended from now on. */
void feed_join(struct feed *feed, struct conn *conn);
/* Harmless for a conn that follows none. */
void feed_leave(struct conn *conn);
/* The frames of one event in each dialect; copied. */
void feed_append(struct feed *feed, const struct str frames[static DIALECT_COUNT]);
/* Goes on with the round for at most so many members and so long; false when some are left for
 * the next turn. */
bool feed_flush(struct feed *feed);
/* NULL where nobody has ever spoken the dialect. */
struct feed_log *feed_find_log(const struct feed *feed, enum dialect dialect);
/* A member that lagged has all that there is. */
void feed_caught_up(struct feed_log *log);
