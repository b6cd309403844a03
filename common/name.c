/* SPDX-License-Identifier: MIT */
/* Unicode categories decide what a name may contain: what cannot be seen, changes the direction
 * of a line or has no meaning yet would let one name pass for another. Most names are ASCII, for
 * which the tables of utf8proc, of some 200 KB, are left alone. */
#include "common/name.h"
#include "common/base/message.h"

#include <utf8proc.h>

#include "common/base/utf8.h"
#include "common/unicode.h"

/* No name that is within its limit of code points is longer, also before it is normalized. */
#define RAW_BYTES_MAX 2048

static const struct {
	const char *code;
	const char *sentence;
} problems[] = {
	[NAME_OK] = { "ok", "The name is fine." },
	[NAME_EMPTY] = { "empty", MESSAGE("The name is empty.") },
	[NAME_TOO_LONG] = { "too_long", MESSAGE("The name is too long.") },
	[NAME_NOT_UTF8] = { "not_utf8", MESSAGE("The name is not valid UTF-8.") },
	[NAME_FORBIDDEN_CHARACTER] = { "forbidden_character",
		MESSAGE("The name has a control, formatting or unknown character in it.") },
	[NAME_SLASH] = { "slash", MESSAGE("The name must not have a slash in it.") },
	[NAME_DOTS] = { "dots", MESSAGE("The name must not be \".\" or \"..\".") },
};

const char *name_problem_code(enum name_problem problem)
{
	return problems[problem].code;
}

const char *name_problem_sentence(enum name_problem problem)
{
	return problems[problem].sentence;
}

static utf8proc_category_t category_of(uint32_t code_point)
{
	if (code_point >= 0x80)
		return utf8proc_category((utf8proc_int32_t)code_point);
	if (code_point < ' ' || code_point == 0x7f)
		return UTF8PROC_CATEGORY_CC;
	/* The others of ASCII are all seen and all allowed: one stands for them. */
	return code_point == ' ' ? UTF8PROC_CATEGORY_ZS : UTF8PROC_CATEGORY_PO;
}

static bool is_space(uint32_t code_point)
{
	return (code_point >= '\t' && code_point <= '\r') || code_point == 0x85 ||
	       category_of(code_point) == UTF8PROC_CATEGORY_ZS;
}

static struct str trim(struct str text)
{
	size_t position = 0, begin = 0, end = 0, at = 0;
	bool has_begun = false;
	uint32_t code_point;

	while (utf8_next(text, &position, &code_point)) {
		if (!is_space(code_point)) {
			if (!has_begun)
				begin = at;
			has_begun = true;
			end = position;
		}
		at = position;
	}
	text = str_skip(text, begin);
	text.len = end - begin;
	return text;
}

static enum name_problem check_code_point(uint32_t code_point)
{
	if (code_point == '/')
		return NAME_SLASH;
	switch (category_of(code_point)) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_CN:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return NAME_FORBIDDEN_CHARACTER;
	default:
		return NAME_OK;
	}
}

/* Of the normalized name. */
static enum name_problem check(struct str name, size_t code_points_max)
{
	size_t position = 0, count = 0;
	uint32_t code_point;

	while (utf8_next(name, &position, &code_point)) {
		enum name_problem problem = check_code_point(code_point);

		if (problem != NAME_OK)
			return problem;
		count++;
	}
	if (count == 0)
		return NAME_EMPTY;
	if (count > code_points_max)
		return NAME_TOO_LONG;
	return str_is(name, ".") || str_is(name, "..") ? NAME_DOTS : NAME_OK;
}

enum name_problem name_normalize(struct str raw, size_t code_points_max, struct buf *out)
{
	buf_clear(out);
	if (raw.len > RAW_BYTES_MAX)
		return NAME_TOO_LONG;
	if (!utf8_is_valid(raw))
		return NAME_NOT_UTF8;
	if (!unicode_write(trim(raw), UNICODE_COMPOSED, out))
		return NAME_NOT_UTF8;
	return check(buf_str(out), code_points_max);
}
