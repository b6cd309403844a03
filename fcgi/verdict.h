/* SPDX-License-Identifier: MIT */
/* What became of something that a user asked for about an account, in one form for all of it: what
 * the page that shows it answers and says. */
#pragma once

#include <stdint.h>

enum verdict_kind {
	VERDICT_DONE,
	VERDICT_WRONG_LOGIN, /* no such user, wrong password, banned: nobody learns which */
	VERDICT_WRONG_PASSWORD, /* one's own old one */
	VERDICT_BAD_NAME, /* the sentence says what is wrong with it */
	VERDICT_BAD_PASSWORD, /* as a new one; the sentence says why */
	VERDICT_RESERVED_NAME, /* guests are called so */
	VERDICT_NAME_TAKEN,
	VERDICT_CLOSED, /* nobody new is registered */
	VERDICT_NO_INVITE, /* none given, unknown, over or used up */
	VERDICT_CHANGED, /* somebody else was faster */
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

/* With the status and the sentence of its kind. */
struct verdict verdict_of(enum verdict_kind kind);
/* For logs: "done", "wrong_login", … */
const char *verdict_name(enum verdict_kind kind);
