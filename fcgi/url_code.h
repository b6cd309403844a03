/* SPDX-License-Identifier: MIT */
/* Percent-encoding (RFC 3986 2.1) and the fields of queries and forms
 * (application/x-www-form-urlencoded). Pure. */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"

/* Appends the decoded text; false for a broken escape or a NUL. '+' stays what it is. */
bool url_decode(struct str raw, struct buf *out) __attribute__((warn_unused_result));
/* Appends one path segment or query value: all but unreserved characters encoded. */
void url_encode(struct str text, struct buf *out);
/* The same with slashes left alone. */
void url_encode_path(struct str path, struct buf *out);
/* The decoded value of a field ('+' is a blank) into out, which is cleared first. False when
 * there is none, or it is broken. */
bool url_find_field(struct str fields, const char *name, struct buf *out)
	__attribute__((warn_unused_result));
/* The number in a field; left as it is when there is no such field. False when it is no number, or
 * none that a database can hold (INT64_MAX). */
bool url_read_number(struct str fields, const char *name, uint64_t *number)
	__attribute__((warn_unused_result));
/* Whether a path may be redirected to: of this site, nothing that a browser could take for
 * another one. */
bool url_is_local_path(struct str path);
