/* SPDX-License-Identifier: MIT */
/* What is refused to scripts: a code for machines, a sentence for people, and the status and
 * Retry-After that HTTP has for it. One table for all codes, the broker's included. */
#pragma once

#include "common/json.h"
#include "fcgi/response.h"

struct refusal {
	int status; /* 200: not refused */
	struct str code; /* borrowed, or static */
	struct str sentence;
	int64_t retry_after_seconds; /* 0: it makes no sense to try again */
};

/* By a code of ours, which is in the table. sentence NULL: the table's. */
struct refusal refusal_for(const char *code, const char *sentence);
/* The same by the table alone, which borrows nothing. Without a sentence where the table has none.
 */
struct refusal refusal_keep(const struct refusal *refusal);
/* Of the broker's answer, from which it borrows. NULL is none: 503 with the code "timeout" or, when
 * it was not even asked, "unavailable". */
struct refusal refusal_of(const struct json *answer, bool is_sent);
/* Appends the members of an object: ok, error, message. */
void refusal_write(const struct refusal *refusal, struct json_writer *writer);
/* Adds Retry-After where it makes sense. */
void refusal_add_header(const struct refusal *refusal, struct response *response);
/* The whole answer, with its Content-Type, in the place of what was written. Returns the status. */
int refusal_answer(const struct refusal *refusal, struct response *response);
