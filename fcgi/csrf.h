/* SPDX-License-Identifier: MIT */
/* The token that every form carries (OWASP: HMAC-based, bound to who it was shown to). Pure. */
#pragma once

#include <stdbool.h>

#include "common/secret.h"
#include "common/user.h"

/* Appended as text. */
void csrf_write_token(const struct user *user, const struct secret *secret, struct buf *out);
bool csrf_matches(const struct user *user, const struct secret *secret, struct str token)
	__attribute__((warn_unused_result));
