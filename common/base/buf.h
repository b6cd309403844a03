/* SPDX-License-Identifier: MIT */
/* A growing run of bytes. Grows by doubling and aborts when memory ends; a limit is its user's
 * business. An all-zero struct is an empty one. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/str.h"

struct buf {
	char *data; /* owned; NULL while capacity is 0 */
	size_t len;
	size_t capacity;
};

void buf_finish(struct buf *buf);
/* Makes it empty and keeps the memory. */
void buf_clear(struct buf *buf);
/* Room for extra more bytes behind len; returns where they go. The caller adds what it used to len.
 */
char *buf_reserve(struct buf *buf, size_t extra);
void buf_append(struct buf *buf, const void *data, size_t len);
void buf_append_str(struct buf *buf, struct str text);
void buf_append_text(struct buf *buf, const char *text);
void buf_append_char(struct buf *buf, char c);
/* In decimal digits. */
void buf_append_number(struct buf *buf, int64_t number);
/* Two lower-case digits a byte. */
void buf_append_hex(struct buf *buf, const void *data, size_t len);
void buf_append_format(struct buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void buf_append_format_list(struct buf *buf, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));
/* Takes the first len bytes away. */
void buf_drop(struct buf *buf, size_t len);
/* Borrowed until the next change of buf. */
struct str buf_str(const struct buf *buf);
/* NUL-terminated for C interfaces; the NUL is not counted in len. Borrowed until the next change
 * of buf. */
const char *buf_text(struct buf *buf);
/* Hands the memory over, NUL-terminated, and leaves buf empty. The caller owns it (mem_free). */
char *buf_take(struct buf *buf) __attribute__((warn_unused_result));
