/* SPDX-License-Identifier: MIT */
/* What the load wants to know of Roomwire's JSON, without a parser in the way of what is measured:
 * it trusts that keys are written as "key": with one space behind, and that texts cannot contain
 * them, as their quotes are escaped. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/str.h"

/* What follows the first key of that name; empty when there is none. Borrowed from text. */
struct str answer_find(struct str text, const char *key);
/* Whether that is a number. Then text goes on behind it. */
bool answer_next_number(struct str *text, const char *key, uint64_t *number_out);
/* Whether text is an object that begins with that type. */
bool answer_is(struct str text, const char *type);
