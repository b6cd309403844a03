/* SPDX-License-Identifier: MIT */
/* The outcome of what a user asked to do with an account, in one form for all: what the page
 * answers and says. */
#pragma once

#include <stdint.h>

enum verdict_kind {
	VERDICT_DONE,
	VERDICT_WRONG_LOGIN, /* no such user, wrong password, banned: nobody learns which */
	VERDICT_WRONG_PASSWORD, /* the user's own old password */
	VERDICT_BAD_NAME, /* the sentence says what is wrong with it */
	VERDICT_BAD_PASSWORD, /* as a new password; the sentence says why */
	VERDICT_RESERVED_NAME, /* it is a name for guests */
	VERDICT_NAME_TAKEN,
	VERDICT_CLOSED, /* nobody new is registered */
	VERDICT_NO_INVITE, /* none given, or it is unknown, expired or used up */
	VERDICT_CHANGED, /* somebody else has changed it meanwhile */
	VERDICT_PENALTY, /* too many tries */
	VERDICT_BUSY, /* too many passwords are being hashed */
	VERDICT_ELSEWHERE, /* accounts.db is on another host */
	VERDICT_UNREADABLE, /* accounts.db cannot be read or written */
};

struct verdict {
	enum verdict_kind kind;
	int status; /* 303 when done */
	const char *sentence; /* untranslated; "" when done */
	int64_t retry_after_seconds; /* of 429 and 503, whose header is set already; else 0 */
};

/* The verdict with the status and the sentence of its kind. */
struct verdict verdict_of(enum verdict_kind kind);
/* For logs: "done", "wrong_login", … */
const char *verdict_name(enum verdict_kind kind);
