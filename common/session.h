/* SPDX-License-Identifier: MIT */
/* Who is logged in, in both programs alike (Django: AuthMiddlewareStack): a cookie of 256 random
 * bits of which accounts.db has the hash. Ids that we have not given out are never taken over. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "common/store/sessions.h"

#define SESSION_COOKIE "roomwire_session"

struct session {
	uint8_t key_hash[SESSION_HASH_SIZE];
	struct user user;
	bool is_superuser;
	int64_t created_ms;
	int64_t seen_ms;
};

enum session_state {
	SESSION_NONE, /* no cookie of that name, or one that no browser has from us */
	SESSION_OVER, /* unknown, logged out, too old */
	SESSION_BANNED, /* its account is */
	SESSION_VALID,
	SESSION_UNREADABLE, /* accounts.db cannot be read: nobody can say whose it is */
};

/* The hash of the cookie's value. False when there is none. */
bool session_read_cookie(struct str cookie_header, bool is_https,
	uint8_t key_hash_out[static SESSION_HASH_SIZE]) __attribute__((warn_unused_result));
/* Looks one up and judges it by [sessions] idle_minutes and lifetime_minutes. accounts may be NULL
 * (SESSION_UNREADABLE). Fills session when SESSION_VALID. Where the clock was set back, times ahead
 * of it count like times as far behind it: within the limits the session lives on, and never longer
 * than twice as long. */
enum session_state session_find(struct accounts *accounts, const struct config *config,
	const uint8_t key_hash[static SESSION_HASH_SIZE], int64_t now_ms, struct session *session)
	__attribute__((warn_unused_result));
/* How old seen_ms may become while a session is in use, before it is written again. */
int64_t session_touch_ms(const struct config *config);
/* Whether it has ended by those limits. */
bool session_is_over(const struct config *config, const struct session_row *row, int64_t now_ms);
/* A new one for an account: fills the row but for address and agent, and appends the value of the
 * Set-Cookie header. */
void session_create(const struct config *config, const uint8_t account[static USER_ID_SIZE],
	bool is_https, int64_t now_ms, struct session_row *row, struct buf *set_cookie);
/* Appends the Set-Cookie that makes a browser forget it. */
void session_forget_cookie(bool is_https, struct buf *set_cookie);
