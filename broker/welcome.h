/* SPDX-License-Identifier: MIT */
/* The frames that tell one client of roomwire.v1 about its room: the welcome, and more of the
 * members' names. */
#pragma once

#include "broker/room.h"

/* The first frame of every client: {"type": "welcome", room, user, epoch, seq, recovered,
 * members, members_total}. */
void welcome_write(const struct room *room, const struct person *person, enum dialect dialect,
	const struct room_past *past, struct buf *frames);
/* {"type": "members", members, more}: the names behind a name in their order. */
void welcome_write_members(
	const struct room *room, struct str after, enum dialect dialect, struct buf *frames);
