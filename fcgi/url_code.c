/* SPDX-License-Identifier: MIT */
/* One decoder and one encoder; whoever has decoded a text does not do it again. */
#include "fcgi/url_code.h"

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

static bool decode(struct str raw, bool plus_is_blank, struct buf *out)
{
	for (size_t i = 0; i < raw.len; i++) {
		char c = raw.data[i];

		if (c == '%') {
			int high = i + 2 < raw.len ? hex_digit(raw.data[i + 1]) : -1;
			int low = i + 2 < raw.len ? hex_digit(raw.data[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		if (c == '\0')
			return false;
		buf_append_char(out, c);
	}
	return true;
}

bool url_decode(struct str raw, struct buf *out)
{
	return decode(raw, false, out);
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

static void encode(struct str text, bool keeps_slash, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		if (is_unreserved(text.data[i]) || (keeps_slash && text.data[i] == '/'))
			buf_append_char(out, text.data[i]);
		else
			buf_append_format(out, "%%%02X", (unsigned char)text.data[i]);
	}
}

void url_encode(struct str text, struct buf *out)
{
	encode(text, false, out);
}

void url_encode_path(struct str path, struct buf *out)
{
	encode(path, true, out);
}

bool url_find_field(struct str fields, const char *name, struct buf *out)
{
	struct str pair;

	while (str_next(&fields, '&', &pair)) {
		size_t equals = str_find(pair, '=');

		if (!str_is(str_range(pair.data, equals), name))
			continue;
		buf_clear(out);
		return decode(
			equals < pair.len ? str_skip(pair, equals + 1) : STR_OF(""), true, out);
	}
	return false;
}

bool url_is_local_path(struct str path)
{
	if (path.len == 0 || path.data[0] != '/' ||
		(path.len > 1 && (path.data[1] == '/' || path.data[1] == '\\')))
		return false;
	for (size_t i = 0; i < path.len; i++) {
		if (path.data[i] <= ' ' || path.data[i] >= 0x7f || path.data[i] == '\\')
			return false;
	}
	return true;
}
