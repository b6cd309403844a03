/* SPDX-License-Identifier: MIT */
#include "common/unicode.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "common/base/mem.h"

static const utf8proc_option_t options[] = {
	[UNICODE_COMPOSED] = UTF8PROC_STABLE | UTF8PROC_COMPOSE,
	[UNICODE_DECOMPOSED] = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE,
	[UNICODE_FOLDED] = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
			   UTF8PROC_CASEFOLD | UTF8PROC_IGNORE,
};

static bool is_ascii(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.data[i] >= 0x80)
			return false;
	}
	return true;
}

static void write_ascii(struct str text, enum unicode_form form, struct buf *out)
{
	if (form != UNICODE_FOLDED) {
		buf_append_str(out, text);
		return;
	}
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		buf_append_char(out, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
	}
}

bool unicode_write(struct str text, enum unicode_form form, struct buf *out)
{
	utf8proc_uint8_t *written = NULL;
	utf8proc_ssize_t len;

	if (is_ascii(text)) {
		write_ascii(text, form, out);
		return true;
	}
	len = utf8proc_map((const utf8proc_uint8_t *)text.data, (utf8proc_ssize_t)text.len,
		&written, options[form]);
	if (len == UTF8PROC_ERROR_NOMEM)
		mem_abort();
	if (len >= 0)
		buf_append(out, written, (size_t)len);
	free(written);
	return len >= 0;
}

bool unicode_is_mark(uint32_t code_point)
{
	utf8proc_category_t category;

	if (code_point < 0x80)
		return false;
	category = utf8proc_category((utf8proc_int32_t)code_point);
	return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME;
}
