/* SPDX-License-Identifier: MIT */
/* Cookies of ours in both programs: their names, and the attributes that keep them. Over https a
 * name carries the prefix __Host-, which no other host and no http page can set (RFC 6265bis
 * 4.1.3.2); one without it is not believed there. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/str.h"

#define COOKIE_FOR_THE_SESSION (-1) /* until the browser closes */
#define COOKIE_GONE 0

#define COOKIE_TRIES_MAX 16 /* of one name: more than there are paths and domains above ours */

/* The next value of our cookie called name in what is left of a Cookie header (several may have the
 * name; readers stop after COOKIE_TRIES_MAX). False at the end. Over http, where a proxy may not
 * have told that it speaks https, those with the prefix come first, and plain ones before the last
 * of them do not count. */
bool cookie_next(struct str *header, const char *name, bool is_https, struct str *value_out)
	__attribute__((warn_unused_result));
/* Appends the value of a Set-Cookie header: Path=/, HttpOnly, SameSite=Lax, over https the prefix
 * and Secure. value has no character that a cookie may not have. */
void cookie_write(struct buf *out, const char *name, struct str value, bool is_https,
	int64_t max_age_seconds);
