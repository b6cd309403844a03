/* SPDX-License-Identifier: MIT */
/* Keeps what is remembered of rooms and people in step with accounts.db: looks for rows of
 * room_change when the revoker looks for revocations (revoker.h), before each newcomer, and after
 * each order of this broker. A change puts connections in doubt, all in the turn in which it is
 * read, so that it concerns nobody who comes later; they are judged again a slice at a time. Main
 * thread. */
#pragma once

#include "broker/order/kicks.h"
#include "broker/reactor/reactor.h"
#include "common/store/moderation.h"

struct broker;
struct doubt;
struct order_remote;
struct room;

/* Doubts that are settled in one turn. */
#define ORDER_SLICE 200
/* Beyond so many doubts all of them but kicks are dropped, and everybody is judged anew. */
#define DOUBTS_MAX 200000

struct order_follower {
	struct broker *broker; /* borrowed */
	struct order_remote *remote; /* owned; NULL unless the accounts are on another host */
	int64_t version; /* of accounts.db, when it was last read */
	int64_t last_change; /* negative: none has been read of this file */
	bool has_missed; /* somebody could not be judged */
	uint64_t round; /* of judgements: one for each change, and each time for everybody */
	struct reactor_task task;
	struct timer mute_timer; /* for the next end of a mute */
	int64_t mute_ms; /* wall clock, when it fires; FOR_GOOD: it is not armed */
	struct doubt *doubts; /* owned; those from first on wait */
	uint32_t first_doubt;
	uint32_t doubt_count;
	uint32_t doubt_capacity;
	struct kicks kicks; /* who is away and does not know */
	struct list sent; /* orders on their way to another broker (broker/order/edges.h) */
	size_t sent_count;
};

void order_follower_init(struct order_follower *follower, struct broker *broker);
/* All zero is fine. */
void order_follower_finish(struct order_follower *follower);
/* Call it when the revoker has been started: another broker may have to be asked. */
void order_follower_start(struct order_follower *follower);
/* Asks no other broker any more. */
void order_follower_stop_asking(struct order_follower *follower);
/* Looks for changes. */
void order_catch_up(struct order_follower *follower);
/* The same four times a second; goes on with doubts that could not be settled. */
void order_look(struct order_follower *follower);
/* Notes a change that has been read. */
void order_note_change(struct order_follower *follower, const struct room_change *change);
/* Takes over what accounts.db has of an open room. Its people are told, and a moment later what
 * each of them may do by it. */
void order_take_rules(
	struct order_follower *follower, struct room *room, const struct room_row *row);
/* Whether what has been read is not settled yet. */
bool order_is_in_doubt(const struct order_follower *follower);
/* Judges everybody anew, because changes were missed. Kicks that wait are still done. */
void order_begin_anew(struct order_follower *follower);
/* Call it when somebody could not be judged: the same when that can be done. */
void order_miss(struct order_follower *follower);
/* Call it when somebody here is muted until then. */
void order_expect_end(struct order_follower *follower, int64_t until_ms);
