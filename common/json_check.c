/* SPDX-License-Identifier: MIT */
/* A scanner that follows the grammar of RFC 8259 to the letter and builds nothing. It stands
 * before json-c, whose strict mode still takes leading zeros and raw control bytes, cuts keys at
 * a NUL and silently bends integers that are too large. Recursion is bounded by JSON_DEPTH_MAX. */
#include "common/json_check.h"

#include <string.h>

#include "common/base/utf8.h"
#include "common/json.h"

struct scan {
	struct str rest;
	size_t depth;
	size_t members;
	const char *problem;
};

static bool scan_value(struct scan *scan);

static bool scan_fail(struct scan *scan, const char *problem)
{
	scan->problem = problem;
	return false;
}

static char scan_peek(const struct scan *scan)
{
	return scan->rest.len == 0 ? '\0' : scan->rest.data[0];
}

static bool scan_take(struct scan *scan, char c)
{
	if (scan->rest.len == 0 || scan->rest.data[0] != c)
		return false;
	scan->rest = str_skip(scan->rest, 1);
	return true;
}

static void scan_space(struct scan *scan)
{
	while (scan_take(scan, ' ') || scan_take(scan, '\t') || scan_take(scan, '\n') ||
		scan_take(scan, '\r'))
		continue;
}

static bool is_hexadecimal(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Behind a backslash. */
static bool scan_escape(struct scan *scan, bool is_key)
{
	char c = scan_peek(scan);

	scan->rest = str_skip(scan->rest, 1);
	if (c != 'u')
		return (c != '\0' && strchr("\"\\/bfnrt", c) != NULL) ||
		       scan_fail(scan, "a string has an unknown escape");
	for (size_t i = 0; i < 4; i++) {
		if (i >= scan->rest.len || !is_hexadecimal(scan->rest.data[i]))
			return scan_fail(scan, "a string has an unknown escape");
	}
	if (is_key && memcmp(scan->rest.data, "0000", 4) == 0)
		return scan_fail(scan, "a key has a NUL character");
	scan->rest = str_skip(scan->rest, 4);
	return true;
}

static bool scan_string(struct scan *scan, bool is_key)
{
	if (!scan_take(scan, '"'))
		return scan_fail(scan, is_key ? "a key must be a string" : "a value is missing");
	while (!scan_take(scan, '"')) {
		if (scan->rest.len == 0)
			return scan_fail(scan, "a string has no end");
		if ((uint8_t)scan->rest.data[0] < 0x20)
			return scan_fail(scan, "a string has a control character");
		if (!scan_take(scan, '\\'))
			scan->rest = str_skip(scan->rest, 1);
		else if (!scan_escape(scan, is_key))
			return false;
	}
	return true;
}

static struct str scan_digits(struct scan *scan)
{
	const char *start = scan->rest.data;
	size_t len = 0;

	while (len < scan->rest.len && start[len] >= '0' && start[len] <= '9')
		len++;
	scan->rest = str_skip(scan->rest, len);
	return str_range(start, len);
}

/* An integer that no program here could hold must not come out as another one. */
static bool integer_fits(struct str digits, bool is_negative)
{
	uint64_t number;

	return str_to_uint64(digits, &number) &&
	       (!is_negative || number <= (uint64_t)INT64_MAX + 1);
}

static bool scan_number(struct scan *scan)
{
	bool is_negative = scan_take(scan, '-');
	struct str digits = scan_digits(scan);
	bool is_integer = true;

	if (digits.len == 0)
		return scan_fail(scan, "a value is missing");
	if (digits.len > 1 && digits.data[0] == '0')
		return scan_fail(scan, "a number begins with 0");
	if (scan_take(scan, '.')) {
		is_integer = false;
		if (scan_digits(scan).len == 0)
			return scan_fail(scan, "a number ends in a point");
	}
	if (scan_take(scan, 'e') || scan_take(scan, 'E')) {
		is_integer = false;
		if (!scan_take(scan, '+'))
			(void)scan_take(scan, '-');
		if (scan_digits(scan).len == 0)
			return scan_fail(scan, "a number has no exponent");
	}
	if (is_integer && !integer_fits(digits, is_negative))
		return scan_fail(scan, "an integer is too large");
	return true;
}

static bool scan_word(struct scan *scan, const char *word)
{
	if (!str_starts_with(scan->rest, str_from(word)))
		return scan_fail(scan, "a value is missing");
	scan->rest = str_skip(scan->rest, strlen(word));
	return true;
}

static bool scan_member(struct scan *scan)
{
	scan->members++;
	scan_space(scan);
	if (!scan_string(scan, true))
		return false;
	scan_space(scan);
	if (!scan_take(scan, ':'))
		return scan_fail(scan, "a key has no value");
	return scan_value(scan);
}

/* Behind the opening bracket; scan_element reads one element. */
static bool scan_elements(struct scan *scan, char close, bool (*scan_element)(struct scan *))
{
	if (++scan->depth > JSON_DEPTH_MAX)
		return scan_fail(scan, "nested too deeply");
	scan_space(scan);
	if (!scan_take(scan, close)) {
		do {
			if (!scan_element(scan))
				return false;
		} while (scan_take(scan, ','));
		if (!scan_take(scan, close))
			return scan_fail(scan, "a comma or a closing bracket is missing");
	}
	scan->depth--;
	return true;
}

static bool scan_bare_value(struct scan *scan)
{
	if (scan_take(scan, '{'))
		return scan_elements(scan, '}', scan_member);
	if (scan_take(scan, '['))
		return scan_elements(scan, ']', scan_value);
	switch (scan_peek(scan)) {
	case '"':
		return scan_string(scan, false);
	case 't':
		return scan_word(scan, "true");
	case 'f':
		return scan_word(scan, "false");
	case 'n':
		return scan_word(scan, "null");
	default:
		return scan_number(scan);
	}
}

static bool scan_value(struct scan *scan)
{
	scan_space(scan);
	if (!scan_bare_value(scan))
		return false;
	scan_space(scan);
	return true;
}

bool json_check(struct str text, size_t *members_out, const char **problem_out)
{
	struct scan scan = { .rest = text };
	bool is_valid = utf8_is_valid(text) || scan_fail(&scan, "not valid UTF-8");

	is_valid = is_valid && scan_value(&scan);
	if (is_valid && scan.rest.len > 0)
		is_valid = scan_fail(&scan, "something follows the value");
	*members_out = scan.members;
	*problem_out = scan.problem;
	return is_valid;
}
