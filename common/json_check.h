/* SPDX-License-Identifier: MIT */
/* The grammar of RFC 8259 with our limits, checked before a tree is built. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/str.h"

/* Whether text is one JSON value as json_parse takes it, duplicate keys aside; members_out counts
 * the members of all its objects. problem_out is a static sentence when it is false. */
bool json_check(struct str text, size_t *members_out, const char **problem_out)
	__attribute__((warn_unused_result));
