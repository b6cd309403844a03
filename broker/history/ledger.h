/* SPDX-License-Identifier: MIT */
/* How letters become rows: numbers, times, duplicates, and what a transaction that fails costs.
 * Belongs to the writer's thread; knows neither mail nor the time that passes between batches. */
#pragma once

#include "broker/history/connection.h"
#include "broker/history/heads.h"
#include "broker/history/letter.h"
#include "broker/history/refs.h"

/* Letters of a transaction. */
#define LEDGER_BATCH_MAX 512
/* How long an entry may wait for another process, its time in the queue included; and how long one
 * try of it does. */
#define LEDGER_PATIENCE_MS 5000
#define LEDGER_TRY_MS 50

struct ledger {
	struct connection connection;
	struct heads *heads; /* owned */
	struct refs *refs; /* owned */
	bool knows_refs; /* those from before the start are in it */
	const _Atomic bool *is_ending; /* borrowed: no transaction begins any more */
	unsigned reopened; /* of the connection, when heads were read */
	int64_t steady_offset_ms; /* from the monotonic clock to a wall clock that is never set */
	uint64_t committed; /* messages, ever */
	/* Of the transaction that is open. */
	bool is_open;
	uint32_t written;
	struct refs_change *added; /* owned: at most LEDGER_BATCH_MAX */
	uint32_t added_count;
};

/* ledger->connection is open. */
void ledger_init(struct ledger *ledger, const _Atomic bool *is_ending);
void ledger_finish(struct ledger *ledger);
/* Gives each letter of the batch (struct letter by link; at most LEDGER_BATCH_MAX) its outcome, in
 * their order; committed if that can be. Returns what the last try came to that wrote or failed;
 * when ledger->committed is what it was, STORE_OK says nothing of writing, and after STORE_BUSY the
 * batch may be tried again. */
enum store_problem ledger_settle(struct ledger *ledger, struct list *batch);
/* Entries become busy, and so do questions: nothing is looked up. */
void ledger_turn_away(struct list *batch);
/* Whether writing works; the connection is opened anew where that is due. */
enum store_problem ledger_probe(struct ledger *ledger);
