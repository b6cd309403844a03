/* SPDX-License-Identifier: MIT */
/* [routes]: copies what is said in rooms that match a pattern into other rooms. Pure. Every copy
 * carries the rooms that it came through, so that rows of several brokers make no circle either. */
#pragma once

#include <stdbool.h>

#include "common/config.h"
#include "common/event.h"

/* Checks the rows: every room is a room's name in normal form, and following the rows from a room
 * never comes back to it. False with a sentence otherwise. */
bool routes_check(const struct config *config, struct buf *problem)
	__attribute__((warn_unused_result));
/* '*' stands for any number of characters, also none. */
bool routes_match(struct str pattern, struct str room);
/* Appends the rooms that event is copied to here, as a JSON array: the targets of all rows that
 * match, each once, without those that it came through or that another broker copies it to. False,
 * and nothing appended, when there are none. */
bool routes_copies(const struct config *config, const struct event *event, struct buf *json);
