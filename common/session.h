/* SPDX-License-Identifier: MIT */
/* Who somebody is, in both programs alike: a signed cookie carries a guest's 128-bit id and
 * display name. The id is what counts; names may change and need not be unique. Signed, not
 * encrypted: the client may read its own name. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/crypto.h"
#include "common/base/str.h"
#include "common/name.h"

#define SESSION_COOKIE "roomwire"
#define SESSION_ID_SIZE 16
#define SESSION_NAME_SIZE (NAME_PERSON_MAX * 4 + 1)

struct session {
	uint8_t id[SESSION_ID_SIZE];
	char name[SESSION_NAME_SIZE]; /* normalized, NUL-terminated UTF-8 */
};

struct session_secret {
	uint8_t key[CRYPTO_KEY_SIZE];
};

/* Reads DIR/secret.key, or makes it (0600; written to a temporary file and linked, so that two
 * programs starting at once agree). False with a sentence in problem_out otherwise: unreadable,
 * of the wrong size, or open to others. */
bool session_secret_load(struct session_secret *secret, const char *state_directory,
	struct buf *problem_out) __attribute__((warn_unused_result));
/* A new guest with a random id, named guest- and four hexadecimal digits of it. */
void session_create_guest(struct session *session);
/* Finds our cookie in the value of a Cookie header. False when there is none or it is not one we
 * signed. */
bool session_read(struct session *session, const struct session_secret *secret,
	struct str cookie_header) __attribute__((warn_unused_result));
/* Appends the value of a Set-Cookie header: Path=/, HttpOnly, SameSite=Lax, one year, Secure when
 * asked. */
void session_write_cookie(const struct session *session, const struct session_secret *secret,
	bool secure, struct buf *out);
/* The token of this session's forms (OWASP: HMAC-based, bound to the session), appended as text. */
void session_csrf_token(
	const struct session *session, const struct session_secret *secret, struct buf *out);
bool session_csrf_matches(const struct session *session, const struct session_secret *secret,
	struct str token) __attribute__((warn_unused_result));
