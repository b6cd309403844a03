/* SPDX-License-Identifier: MIT */
/* Which characters readers take for others; private to name_key.c and its test. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What hardly shows between letters: spaces, dots, dashes, quotation marks. */
#define NAME_CONFUSABLE_GAP " "

struct name_confusable {
	uint32_t code_point; /* of a folded and decomposed text (common/unicode.h) */
	char shape[4]; /* UTF-8, no longer than the code point's; looks like nothing else itself */
};

extern const struct name_confusable name_confusables[];
extern const size_t name_confusable_count;

/* NULL: like nothing else. Borrowed for ever. */
const char *name_confusable_shape(uint32_t code_point);
