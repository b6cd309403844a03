/* SPDX-License-Identifier: MIT */
/* Forms that a text is compared in (Unicode 15, UAX #15). ASCII stays out of utf8proc and its
 * tables of some 200 KB. */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/str.h"

enum unicode_form {
	UNICODE_COMPOSED, /* NFC */
	UNICODE_DECOMPOSED, /* NFD */
	UNICODE_FOLDED, /* NFKC_Casefold: case and compatibility forms gone, and what never shows */
};

/* At most so many times as long as the text is its form (UAX #15 8). */
#define UNICODE_GROWTH_MAX 11

/* Appends the text in that form. False, with nothing appended, when it is not UTF-8. */
bool unicode_write(struct str text, enum unicode_form form, struct buf *out)
	__attribute__((warn_unused_result));
/* Whether it is drawn above, below or through the character before it. */
bool unicode_is_mark(uint32_t code_point);
