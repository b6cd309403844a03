/* SPDX-License-Identifier: MIT */
/* What a name that people read may be: the rule that rooms and people share. NFC, trimmed of white
 * space, one to so many code points, no control, format, surrogate, private or unassigned
 * character, no line separator, no '/', not "." or "..". */
#pragma once

#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/str.h"

#define NAME_ROOM_MAX 64 /* code points */
#define NAME_PERSON_MAX 32 /* code points */

enum name_problem {
	NAME_OK,
	NAME_EMPTY,
	NAME_TOO_LONG,
	NAME_NOT_UTF8,
	NAME_FORBIDDEN_CHARACTER,
	NAME_SLASH,
	NAME_DOTS,
};

/* Writes the trimmed NFC form to out (cleared first); out is undefined unless NAME_OK. */
enum name_problem name_normalize(struct str raw, size_t code_points_max, struct buf *out)
	__attribute__((warn_unused_result));
/* A stable word for protocols and tests: "ok", "empty", "too_long", "not_utf8",
 * "forbidden_character", "slash", "dots". */
const char *name_problem_code(enum name_problem problem);
/* A sentence for people, untranslated: the key of the catalogues. */
const char *name_problem_sentence(enum name_problem problem);
