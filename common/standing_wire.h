/* SPDX-License-Identifier: MIT */
/* What brokers and pages without accounts.db ask about somebody's standing in a room over control,
 * and the answer. Keys and ids are base64url. Pure. */
#pragma once

#include "common/json.h"
#include "common/store/moderation.h"

/* Adds who it is: "user_id", and all else that somebody may be banned by. */
void standing_wire_add_subject(const struct subject *subject, struct json_writer *writer);
/* Appends the request. */
void standing_wire_ask(struct str room, const struct subject *subject, struct buf *request);
/* Reads the answer; the row has the topic and the rules. False for a refusal, a malformed answer
 * and NULL: nobody is let in by a mistake. */
bool standing_wire_read(const struct json *answer, struct standing *standing_out,
	struct room_row *room_out) __attribute__((warn_unused_result));
