/* SPDX-License-Identifier: MIT */
/* The strings of a small flat object, read in one pass and without a tree: what nearly every chat
 * message is. All else (nested values, many members, rare escapes) is left to json_parse, which
 * also has the last word on what is wrong with a text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/str.h"

#define JSON_FLAT_MEMBERS_MAX 8

struct json_flat_field {
	const char *key;
	bool is_there; /* set by the reader, as all below; a null is not there */
	bool is_string;
	struct str text; /* of a string, unescaped: borrowed from the text or from unescaped */
};

/* Looks for the fields in a text of valid UTF-8. False when the text is not one of those this
 * reader takes; then it may still be a good one, and the fields mean nothing. unescaped holds the
 * strings that had escapes; it is cleared first. */
bool json_flat_read(struct str text, struct json_flat_field *fields, size_t field_count,
	struct buf *unescaped) __attribute__((warn_unused_result));
