/* SPDX-License-Identifier: MIT */
/* Percent-encoding (RFC 3986 2.1). Pure. Whoever has decoded a text does not do it again. */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"

/* Appends the decoded text; with plus_is_blank '+' is a blank, as forms have it. False for a broken
 * escape or a NUL. */
bool percent_decode(struct str raw, bool plus_is_blank, struct buf *out)
	__attribute__((warn_unused_result));
/* Appends text with all but unreserved characters (RFC 3986 2.3) and those of kept encoded. */
void percent_encode(struct str text, const char *kept, struct buf *out);
