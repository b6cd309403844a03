/* SPDX-License-Identifier: MIT */
/* The sessions of accounts with connections here, each once for all that share it, and which
 * connection has which. Guests have none and cost nothing; what is known of them is in their person
 * (broker/presence.h). Main thread. */
#pragma once

#include "common/session.h"

struct login {
	uint8_t key_hash[SESSION_HASH_SIZE];
	uint8_t user[USER_ID_SIZE];
	struct login *next; /* in its bucket */
	uint32_t connections; /* handshakes, too */
	uint32_t checked_s; /* monotonic: when accounts.db last knew it */
};

/* A member that is logged in costs this beside what all of them do. */
_Static_assert(sizeof(struct login) <= 64, "a session's connections stay small");

struct logins;

struct logins *logins_create(void) __attribute__((warn_unused_result));
/* Nobody has any. NULL is fine. */
void logins_destroy(struct logins *logins);
/* NULL when it has no connections here. */
struct login *logins_find(
	const struct logins *logins, const uint8_t key_hash[static SESSION_HASH_SIZE]);
/* The login of a session that has just been looked up, counted up by one. */
struct login *logins_take(struct logins *logins, const struct session *session, uint64_t now_ms);
/* Counts down and forgets it with the last. NULL is fine. */
void logins_release(struct logins *logins, struct login *login);
/* Gives the connection in a place of the broker's slab a login, or with NULL none. */
void logins_seat(struct logins *logins, uint32_t place, const struct login *login);
/* NULL when it has none. */
struct login *logins_seated(const struct logins *logins, uint32_t place);
/* Walks them as slab_next does (common/base/slab.h). */
struct login *logins_next(const struct logins *logins, uint64_t *position);
