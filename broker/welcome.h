/* SPDX-License-Identifier: MIT */
/* The frames that tell a client of roomwire.v1 about its room: the welcome, more of the members'
 * names, and whether the room is cut off from other brokers. */
#pragma once

#include "broker/room.h"

/* The first frame of every client: {"type": "welcome", room, user, epoch, seq, recovered, members,
 * members_total}. While the other brokers cannot be reached, the frame of welcome_write_link
 * follows it. */
void welcome_write(const struct room *room, const struct person *person, enum dialect dialect,
	const struct room_past *past, struct buf *frames);
/* Whether the other brokers can be reached: {"type": "error", "code": "unavailable", message}, or
 * {"type": "available"}. */
void welcome_write_link(const struct broker *broker, enum dialect dialect, struct buf *frames);
/* {"type": "members", members, more}: the names after a name, sorted. */
void welcome_write_members(
	const struct room *room, struct str after, enum dialect dialect, struct buf *frames);
