/* SPDX-License-Identifier: MIT */
/* Where the links of a text are, for readers without a script: http, https and mailto, also right
 * next to Chinese, Japanese and Korean. The pages' script finds the same ones
 * (web/static/js/links.js); tests/support/link_cases.txt holds both. Pure. */
#pragma once

#include <stdbool.h>

#include "common/base/str.h"

struct links {
	struct str text; /* valid UTF-8; borrowed */
	size_t position; /* where to look on; 0 at first */
};

/* The next link, a piece of the text, in order; false at the end. All of them together take time
 * linear in the text. */
bool links_next(struct links *links, struct str *link_out);
