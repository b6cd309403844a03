/* SPDX-License-Identifier: MIT */
/* A borrowed piece of text: a pointer and a length, not NUL-terminated. Lets parsers hand out
 * pieces of their input without copying. Whoever keeps one longer than the call copies it
 * (str_dup). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
	const char *data;
	size_t len;
};

/* Of a literal, also in static tables. */
#define STR(literal)                                          \
	{                                                     \
		.data = (literal), .len = sizeof(literal) - 1 \
	}
#define STR_OF(literal) ((struct str)STR(literal))
/* For printf: "%.*s", STR_ARG(text) */
#define STR_ARG(text) (int)(text).len, (text).data

/* text may be NULL: the empty str. */
struct str str_from(const char *text);
struct str str_range(const char *data, size_t len);
bool str_equals(struct str a, struct str b);
/* By bytes, as strcmp does. */
int str_compare(struct str a, struct str b);
/* ASCII letters only, as HTTP compares its names. */
bool str_equals_ignore_case(struct str a, struct str b);
bool str_is(struct str text, const char *literal);
bool str_starts_with(struct str text, struct str prefix);
bool str_ends_with(struct str text, struct str suffix);
/* The index of the first c, or text.len. */
size_t str_find(struct str text, char c);
/* Without spaces and tabs at both ends (the optional white space of RFC 9110 5.6.3). */
struct str str_trim(struct str text);
/* Cuts the piece before the first separator off *rest, the separator too. False once *rest is
 * used up, so that nothing follows a separator at the end. */
bool str_next(struct str *rest, char separator, struct str *piece_out);
/* The same for lists that are separated by any of several bytes; empty pieces are skipped. */
bool str_next_word(struct str *rest, const char *separators, struct str *piece_out);
struct str str_skip(struct str text, size_t count);
/* Decimal digits only, no sign, no space; false beyond UINT64_MAX. */
bool str_to_uint64(struct str text, uint64_t *number_out) __attribute__((warn_unused_result));
/* What buf_append_hex has written, of exactly size bytes; false for anything else. */
bool str_to_bytes(struct str hex, uint8_t *bytes_out, size_t size)
	__attribute__((warn_unused_result));
/* NUL-terminated copy; the caller owns it (mem_free). */
char *str_dup(struct str text) __attribute__((warn_unused_result));
