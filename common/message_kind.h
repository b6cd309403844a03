/* SPDX-License-Identifier: MIT */
/* What a numbered row of a room is. Edits and deletions take numbers of their own, so that whoever
 * comes back hears them in their place. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/json.h"

enum message_kind {
	MESSAGE_SAYS,
	MESSAGE_EDITS, /* gives a message, its target, another text */
	MESSAGE_DELETES, /* takes its target's text away */
	MESSAGE_DELETED, /* what is left of a message: only where the past is told */
	MESSAGE_KIND_COUNT
};

/* What is to be done to a message. */
struct message_change {
	enum message_kind kind; /* MESSAGE_EDITS or MESSAGE_DELETES */
	uint64_t target; /* seq of the message */
	struct str text; /* of an edit */
};

/* Whether it changes a message that was said before. */
static inline bool message_kind_changes(enum message_kind kind)
{
	return kind == MESSAGE_EDITS || kind == MESSAGE_DELETES;
}

/* The "type" of the protocol: "message", "edit" or "delete". */
const char *message_kind_word(enum message_kind kind);
/* Appends to the open object what was done to a message since: "edited", "deleted" or nothing.
 * edited_ms is 0 when it was not edited. */
void message_kind_write_state(
	enum message_kind kind, int64_t edited_ms, struct json_writer *writer);
