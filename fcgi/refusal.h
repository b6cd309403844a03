/* SPDX-License-Identifier: MIT */
/* What the broker refuses over control, as HTTP says it: a status for each of its codes. */
#pragma once

#include "common/json.h"
#include "fcgi/response.h"

struct refusal {
	int status; /* 200: not refused */
	struct str code; /* borrowed from the answer, or static */
	struct str sentence;
	int64_t retry_after_seconds; /* 0: it makes no sense to try again */
};

/* Of the broker's answer; NULL is none, which is 503 with the code "unavailable". Borrows from it.
 */
struct refusal refusal_of(const struct json *answer);
/* Adds Retry-After where it makes sense. */
void refusal_add_header(const struct refusal *refusal, struct response *response);
