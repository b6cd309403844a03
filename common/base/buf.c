/* SPDX-License-Identifier: MIT */
/* The growing run of bytes. Owns its memory and nothing else; what the bytes mean is for its
 * users. Doubling rather than exact growth: a text of n bytes that is built piece by piece costs
 * O(n). */
#include "common/base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

#define BUF_CAPACITY_MIN 64

void buf_finish(struct buf *buf)
{
	mem_free(buf->data);
	*buf = (struct buf){ 0 };
}

void buf_clear(struct buf *buf)
{
	buf->len = 0;
}

char *buf_reserve(struct buf *buf, size_t extra)
{
	size_t needed;
	size_t capacity = buf->capacity < BUF_CAPACITY_MIN ? BUF_CAPACITY_MIN : buf->capacity;

	if (__builtin_add_overflow(buf->len, extra, &needed))
		needed = SIZE_MAX;
	if (buf->data != NULL && needed <= buf->capacity)
		return buf->data + buf->len;
	while (capacity < needed)
		capacity = capacity > SIZE_MAX / 2 ? SIZE_MAX : capacity * 2;
	buf->data = mem_resize(buf->data, capacity);
	buf->capacity = capacity;
	return buf->data + buf->len;
}

void buf_append(struct buf *buf, const void *data, size_t len)
{
	if (len == 0)
		return;
	memcpy(buf_reserve(buf, len), data, len);
	buf->len += len;
}

void buf_append_str(struct buf *buf, struct str text)
{
	buf_append(buf, text.data, text.len);
}

void buf_append_text(struct buf *buf, const char *text)
{
	buf_append(buf, text, strlen(text));
}

void buf_append_char(struct buf *buf, char c)
{
	*buf_reserve(buf, 1) = c;
	buf->len++;
}

void buf_append_number(struct buf *buf, int64_t number)
{
	char digits[20];
	size_t start = sizeof(digits);
	uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

	do {
		digits[--start] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number < 0)
		digits[--start] = '-';
	buf_append(buf, digits + start, sizeof(digits) - start);
}

void buf_append_hex(struct buf *buf, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++) {
		buf_append_char(buf, digits[bytes[i] >> 4]);
		buf_append_char(buf, digits[bytes[i] & 15]);
	}
}

void buf_append_format(struct buf *buf, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	buf_append_format_list(buf, format, arguments);
	va_end(arguments);
}

void buf_append_format_list(struct buf *buf, const char *format, va_list arguments)
{
	char *end = buf_reserve(buf, BUF_CAPACITY_MIN);
	size_t room = buf->capacity - buf->len;
	va_list again;
	int printed;

	va_copy(again, arguments);
	printed = vsnprintf(end, room, format, arguments);
	if (printed >= 0 && (size_t)printed >= room) {
		room = (size_t)printed + 1;
		printed = vsnprintf(buf_reserve(buf, room), room, format, again);
	}
	va_end(again);
	if (printed > 0)
		buf->len += (size_t)printed;
}

void buf_drop(struct buf *buf, size_t len)
{
	if (len >= buf->len) {
		buf->len = 0;
		return;
	}
	memmove(buf->data, buf->data + len, buf->len - len);
	buf->len -= len;
}

struct str buf_str(const struct buf *buf)
{
	return (struct str){ .data = buf->data, .len = buf->len };
}

const char *buf_text(struct buf *buf)
{
	*buf_reserve(buf, 1) = '\0';
	return buf->data;
}

char *buf_take(struct buf *buf)
{
	char *text;

	buf_text(buf);
	text = buf->data;
	*buf = (struct buf){ 0 };
	return text;
}
