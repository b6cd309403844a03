/* SPDX-License-Identifier: MIT */
/* Tickets, by which another site vouches for a user of its own: JSON Web Tokens (RFC 7519, compact
 * as RFC 7515 7.1), signed with HMAC-SHA-256 and nothing else, good for minutes. That each is used
 * once is the broker's affair (broker/tickets.h). Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/str.h"
#include "common/room_name.h"
#include "common/user.h"

#define TICKET_BYTES_MAX 2048
#define TICKET_LIFETIME_SECONDS_MAX 300
/* So far the clock of another site may be ahead of ours. */
#define TICKET_LEEWAY_SECONDS 2
#define TICKET_KEY_BYTES_MIN 32 /* RFC 7518 3.2 */
#define TICKET_SUBJECT_SIZE 256
#define TICKET_NUMBER_SIZE 129

/* What a ticket claims, once it is believed. */
struct ticket {
	char subject[TICKET_SUBJECT_SIZE]; /* sub: who it is at that site */
	char name[USER_NAME_SIZE]; /* name, in normal form; without one the sub */
	char number[TICKET_NUMBER_SIZE]; /* jti: no two tickets have the same */
	char room[ROOM_NAME_BYTES_MAX +
		  1]; /* the only room that it is for, in normal form; or "" */
	int64_t issued_s; /* iat; seconds since 1970, UTC */
	int64_t expires_s; /* exp */
	int64_t not_before_s; /* nbf; 0 without one */
};

enum ticket_problem {
	TICKET_OK,
	TICKET_MALFORMED,
	TICKET_ALGORITHM,
	TICKET_SIGNATURE,
	TICKET_CLAIMS,
	TICKET_AUDIENCE,
	TICKET_LIFETIME,
	TICKET_EXPIRED,
	TICKET_EARLY,
	/* What only the broker can say (broker/tickets.h): */
	TICKET_STALE,
	TICKET_USED,
	TICKET_OTHER_ROOM,
	TICKET_TOO_MANY,
};

/* What tickets are held against. */
struct ticket_terms {
	struct str keys[2]; /* the key and the previous one; an empty one signs nothing */
	struct str audience;
	int64_t now_s;
};

/* TICKET_OK fills ticket; it is undefined otherwise. */
enum ticket_problem ticket_read(struct str token, const struct ticket_terms *terms,
	struct ticket *ticket) __attribute__((warn_unused_result));
/* Appends a token with these claims, signed with keys[0]. */
void ticket_write(const struct ticket *ticket, const struct ticket_terms *terms, struct buf *out);
/* A stable word for logs and tests, and a sentence for people, untranslated. */
const char *ticket_problem_code(enum ticket_problem problem);
const char *ticket_problem_sentence(enum ticket_problem problem);
