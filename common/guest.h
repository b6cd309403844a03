/* SPDX-License-Identifier: MIT */
/* Who has no account, in both programs alike: a signed cookie carries a guest's random id and
 * display name. Signed, not encrypted: the client may read its own name. */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/str.h"
#include "common/secret.h"
#include "common/user.h"

#define GUEST_COOKIE "roomwire"

/* A new guest with a random id, named after it. */
void guest_create(struct user *guest);
/* Calls it guest- and four hexadecimal digits of its id. */
void guest_name_by_id(struct user *guest);
/* Finds our cookie in the value of a Cookie header. False when there is none or it is not one we
 * signed. */
bool guest_read(struct user *guest, const struct secret *secret, struct str cookie_header,
	bool is_https) __attribute__((warn_unused_result));
/* Appends the value of a Set-Cookie header (common/cookie.h), good for a year. */
void guest_write_cookie(
	const struct user *guest, const struct secret *secret, bool is_https, struct buf *out);
/* Appends the Set-Cookie that makes a browser forget it. */
void guest_forget_cookie(bool is_https, struct buf *out);
