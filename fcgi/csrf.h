/* SPDX-License-Identifier: MIT */
/* The token that every form carries (OWASP: HMAC-based), bound to the session of an account, to the
 * id of everybody else. A new guest has one with the cookie that the form's own page sets. No two
 * are alike, so that the length of a compressed page tells nothing about them. */
#pragma once

#include <stdbool.h>

#include "common/identity.h"
#include "common/secret.h"

/* Appended as text. */
void csrf_write_token(
	const struct identity *identity, const struct secret *secret, struct buf *out);
bool csrf_matches(const struct identity *identity, const struct secret *secret, struct str token)
	__attribute__((warn_unused_result));
