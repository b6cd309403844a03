/* SPDX-License-Identifier: MIT */
/* Borrowed pieces of text. Knows bytes and ASCII, never a locale: what a parser decides may not
 * depend on where the program was started. An empty piece may have no data at all, so nothing
 * here touches data before len. */
#include "common/base/str.h"

#include <string.h>

#include "common/base/mem.h"

static char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

struct str str_from(const char *text)
{
	return str_range(text, text == NULL ? 0 : strlen(text));
}

struct str str_range(const char *data, size_t len)
{
	return (struct str){ .data = data, .len = len };
}

bool str_equals(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int str_compare(struct str a, struct str b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len == 0 ? 0 : memcmp(a.data, b.data, len);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool str_equals_ignore_case(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
			return false;
	}
	return true;
}

bool str_is(struct str text, const char *literal)
{
	return str_equals(text, str_from(literal));
}

bool str_starts_with(struct str text, struct str prefix)
{
	return text.len >= prefix.len && str_equals(str_range(text.data, prefix.len), prefix);
}

bool str_ends_with(struct str text, struct str suffix)
{
	return text.len >= suffix.len && str_equals(str_skip(text, text.len - suffix.len), suffix);
}

size_t str_find(struct str text, char c)
{
	const char *found = text.len == 0 ? NULL : memchr(text.data, c, text.len);

	return found == NULL ? text.len : (size_t)(found - text.data);
}

struct str str_trim(struct str text)
{
	while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
		text = str_skip(text, 1);
	while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
		text.len--;
	return text;
}

bool str_next(struct str *rest, char separator, struct str *piece_out)
{
	size_t len = str_find(*rest, separator);

	if (rest->len == 0)
		return false;
	*piece_out = str_range(rest->data, len);
	*rest = str_skip(*rest, len + 1);
	return true;
}

static bool is_one_of(char c, const char *bytes)
{
	return c != '\0' && strchr(bytes, c) != NULL;
}

bool str_next_word(struct str *rest, const char *separators, struct str *piece_out)
{
	size_t len = 0;

	while (rest->len > 0 && is_one_of(rest->data[0], separators))
		*rest = str_skip(*rest, 1);
	while (len < rest->len && !is_one_of(rest->data[len], separators))
		len++;
	*piece_out = str_range(rest->data, len);
	*rest = str_skip(*rest, len);
	return len > 0;
}

struct str str_skip(struct str text, size_t count)
{
	if (count >= text.len)
		return (struct str){ 0 };
	return str_range(text.data + count, text.len - count);
}

bool str_to_uint64(struct str text, uint64_t *number_out)
{
	uint64_t number = 0;

	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		if (__builtin_mul_overflow(number, (uint64_t)10, &number) ||
			__builtin_add_overflow(number, (uint64_t)(text.data[i] - '0'), &number))
			return false;
	}
	*number_out = number;
	return true;
}

/* 16 for another character. */
static unsigned hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

bool str_to_bytes(struct str hex, uint8_t *bytes_out, size_t size)
{
	if (hex.len != 2 * size)
		return false;
	for (size_t i = 0; i < size; i++) {
		unsigned high = hex_digit(hex.data[2 * i]), low = hex_digit(hex.data[2 * i + 1]);

		if (high > 15 || low > 15)
			return false;
		bytes_out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

char *str_dup(struct str text)
{
	return mem_strndup(text.data, text.len);
}
