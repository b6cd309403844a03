/* SPDX-License-Identifier: MIT */
/* Addresses of both programs and the fields of forms are coded here, and nowhere else. */
#include "common/percent.h"

#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte of the escape at text's beginning, or -1. */
static int escaped_byte(struct str text)
{
	int high = text.len >= 3 ? hex_digit(text.data[1]) : -1;
	int low = text.len >= 3 ? hex_digit(text.data[2]) : -1;

	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool percent_decode(struct str raw, bool plus_is_blank, struct buf *out)
{
	while (raw.len > 0) {
		bool is_escape = raw.data[0] == '%';
		int byte = is_escape ? escaped_byte(raw) : (unsigned char)raw.data[0];

		if (byte <= 0)
			return false;
		if (plus_is_blank && raw.data[0] == '+')
			byte = ' ';
		buf_append_char(out, (char)byte);
		raw = str_skip(raw, is_escape ? 3 : 1);
	}
	return true;
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void percent_encode(struct str text, const char *kept, struct buf *out)
{
	static const char digits[] = "0123456789ABCDEF";
	char *end = buf_reserve(out, text.len * strlen("%00"));

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (is_unreserved((char)c) || (c != '\0' && strchr(kept, c) != NULL)) {
			*end++ = (char)c;
		} else {
			*end++ = '%';
			*end++ = digits[c >> 4];
			*end++ = digits[c & 0xf];
		}
	}
	out->len = (size_t)(end - out->data);
}
