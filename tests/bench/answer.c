/* SPDX-License-Identifier: MIT */
/* memmem, as every message of every member goes through here. */
#include "tests/bench/answer.h"

#include <stdio.h>
#include <string.h>

#define NEEDLE_MAX 64

struct str answer_find(struct str text, const char *key)
{
	char needle[NEEDLE_MAX];
	size_t len = (size_t)snprintf(needle, sizeof(needle), "\"%s\": ", key);
	const char *at = text.len > 0 ? memmem(text.data, text.len, needle, len) : NULL;

	return at != NULL ? str_skip(text, (size_t)(at - text.data) + len) : STR_OF("");
}

bool answer_next_number(struct str *text, const char *key, uint64_t *number_out)
{
	struct str rest = answer_find(*text, key);
	size_t digits = 0;

	while (digits < rest.len && rest.data[digits] >= '0' && rest.data[digits] <= '9')
		digits++;
	if (!str_to_uint64(str_range(rest.data, digits), number_out))
		return false;
	*text = str_skip(rest, digits);
	return true;
}

bool answer_is(struct str text, const char *type)
{
	char beginning[NEEDLE_MAX];

	snprintf(beginning, sizeof(beginning), "{\"type\": \"%s\"", type);
	return str_starts_with(text, str_from(beginning));
}
