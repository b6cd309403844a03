/* SPDX-License-Identifier: MIT */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/str.h"

/* The state between two pieces of one text: 0 at a code point's end. */
typedef uint8_t utf8_state;

#define UTF8_ACCEPT ((utf8_state)0)
#define UTF8_REJECT ((utf8_state)1)

/* Checks the next piece of a text. UTF8_REJECT as soon as no continuation can be valid, and for
 * ever after; runs of ASCII are checked by words. */
utf8_state utf8_check(utf8_state state, const void *data, size_t len);
/* Whether the whole text is valid. */
bool utf8_is_valid(struct str text);
/* Of valid UTF-8. */
size_t utf8_count(struct str text);
/* Reads one code point of valid UTF-8 at *position and moves on; false at the end. */
bool utf8_next(struct str text, size_t *position, uint32_t *code_point_out);
/* Writes 1 to 4 bytes, returns how many. */
size_t utf8_write(uint32_t code_point, char out[static 4]);
