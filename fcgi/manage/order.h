/* SPDX-License-Identifier: MIT */
/* Orders that the site itself gives in rooms, and what lists of moderation are asked for. */
#pragma once

#include <stdbool.h>

#include "common/config.h"
#include "common/store/moderation.h"

/* A room's name as typed, in normal form. False with the exit status, after it was said. */
bool order_read_room(const char *text, struct buf *room, int *status_out)
	__attribute__((warn_unused_result));
/* The same of --room, which may be missing: "" then. */
bool order_read_room_option(struct buf *room, int *status_out) __attribute__((warn_unused_result));
/* Gives the order and says what has become of it. Returns the exit status. */
int order_give(const struct config *config, const struct order *order);

/* A list in the room (an operand, or --room; NULL: all), as --search, --limit, --after and --before
 * say. room keeps its name. False with the exit status. */
bool order_read_query(const char *room_text, struct buf *room, struct list_query *query_out,
	int *status_out) __attribute__((warn_unused_result));
