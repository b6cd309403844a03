/* SPDX-License-Identifier: MIT */
/* Who is typing in a room, for the others on this broker; other brokers are not told. Names are
 * gathered for half a second and then told in one frame; a room where nobody types has none of
 * this. Main thread. */
#pragma once

#include "broker/channel.h"
#include "common/base/str.h"

/* So many people of a room are told of at a time; others who type meanwhile are not. */
#define TYPING_NAMES_MAX 5
#define TYPING_MS 500

/* Notes that the channel's person is typing. Nobody is told of one whose words would not be taken,
 * nor in a room whose people are not named (PRESENCE_NAMES_MAX). */
void typing_note(struct channel *channel);
/* That person has said it, or is gone: who is not told yet will not be. Harmless for others. */
void typing_forget(struct room *room, struct str name);
/* Call it when the room closes. */
void typing_finish(struct room *room);
