/* SPDX-License-Identifier: MIT */
/* A history with its threads on a folder of its own; the test's thread is the main one. What comes
 * back is written down in a line that tests compare. The wall clock can be set, and calls of the
 * archive can be made to fail. */
#pragma once

#include <stdatomic.h>

#include "broker/history/history.h"
#include "tests/support/folder.h"

#define HISTORY_STAGE_WAIT_MS 20000

struct history_stage {
	struct folder *folder;
	struct config config;
	struct reactor reactor;
	struct stats stats;
	struct history *history;
	/* Since it was last looked at: "lobby 1|lobby repeats 1|lobby busy|lobby storage|lobby
	 * opens at 2|lobby opens not: io|lobby has 3-5|lobby has 1-5 whole|page 7: …|backup 7:
	 * ok|". */
	struct buf heard;
	size_t heard_count;
	size_t wanted_count;
	bool (*is_reached)(struct history_stage *stage); /* or NULL: wanted_count is */
	struct timer look_timer;
	uint64_t deadline_ms;
};

/* Added to the wall clock. */
extern _Atomic int64_t history_stage_clock_ms;

/* Calls of a function that fail. */
struct failure {
	_Atomic unsigned skip; /* so many work first */
	_Atomic unsigned count; /* then so many fail; */
	_Atomic enum store_problem problem; /* with this */
	_Atomic unsigned calls; /* so many there were */
};

extern struct failure append_failure, commit_failure, probe_failure, index_failure;

/* skip calls work, then count fail. */
void fail_calls(struct failure *failure, unsigned skip, unsigned count, enum store_problem problem);

/* While it is closed, pages are begun and not read. */
extern struct gate {
	_Atomic bool is_closed;
	_Atomic unsigned arrived;
} page_gate;

/* setup and teardown of a test: folder_make and no more; *state is its folder. */
void history_stage_start(struct history_stage *stage, void **state);
/* In whose room "a" so much was said. */
void history_stage_start_with(struct history_stage *stage, void **state, unsigned count);
/* The history again, after history_stage_stop. */
void history_stage_restart(struct history_stage *stage);
/* Ends the history alone; what it settles meanwhile is heard. */
void history_stage_stop(struct history_stage *stage);
void history_stage_finish(struct history_stage *stage);
const char *history_stage_path(const struct history_stage *stage);
/* ref is NULL for none. */
bool history_stage_submit(struct history_stage *stage, const char *room, const char *ref);
void history_stage_say(struct history_stage *stage, const char *room, const char *ref);
/* Waits until so many things have come back, and returns them; good until the next call. */
const char *history_stage_hear(struct history_stage *stage, size_t count);
void history_stage_wait(
	struct history_stage *stage, bool (*is_reached)(struct history_stage *stage));
uint64_t history_stage_stat(const struct history_stage *stage, enum stat_id stat);
