/* SPDX-License-Identifier: MIT */
/* JSON, the only door to json-c. Reading makes a tree and is bounded in depth; writing appends to
 * a buf without one, in the spacing of Python's json.dumps ({"a": 1, "b": 2}), which is what
 * clients of Django Channels are used to. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/str.h"

#define JSON_DEPTH_MAX 8

/* A value of a parsed document; NULL is JSON's null. */
struct json;

/* Parses a text that must be one JSON value (RFC 8259) in valid UTF-8, not deeper than
 * JSON_DEPTH_MAX, without duplicate keys in an object. Otherwise, and for a mere null, NULL with a
 * sentence in *problem_out (static). The caller owns the result (json_destroy). */
struct json *json_parse(struct str text, const char **problem_out)
	__attribute__((warn_unused_result));
/* NULL is fine. Only of what json_parse or json_detach returned. */
void json_destroy(struct json *document);
bool json_is_object(const struct json *value);
bool json_is_array(const struct json *value);
/* The member of an object, borrowed; NULL when it has none, or value is no object (or NULL). */
struct json *json_find(const struct json *value, const char *key);
/* Takes a member out of an object; the caller owns it. NULL when there is none; a null member is
 * removed, and the answer is NULL, too. */
struct json *json_detach(struct json *object, const char *key) __attribute__((warn_unused_result));
size_t json_count(const struct json *array);
struct json *json_at(const struct json *array, size_t index);
/* These are false when value is NULL or of another type. The text is borrowed from the document. */
bool json_get_string(const struct json *value, struct str *text_out);
bool json_get_integer(const struct json *value, int64_t *number_out);
bool json_get_bool(const struct json *value, bool *truth_out);
/* Walks an object's members; start with *position = 0. */
bool json_next(
	const struct json *object, size_t *position, struct str *key_out, struct json **value_out);
/* Appends the value as it would be written with the functions below. */
void json_print(struct buf *out, const struct json *value);

/* Writing. key is NULL inside arrays and for the outermost value, and needs no escapes. */
struct json_writer {
	struct buf *out; /* borrowed */
	bool comma; /* whether the next value follows another */
};

struct json_writer json_writer_to(struct buf *out);
void json_begin_object(struct json_writer *writer, const char *key);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer, const char *key);
void json_end_array(struct json_writer *writer);
/* text is valid UTF-8. */
void json_add_string(struct json_writer *writer, const char *key, struct str text);
/* As a string of base64url. */
void json_add_bytes(struct json_writer *writer, const char *key, const void *bytes, size_t size);
void json_add_integer(struct json_writer *writer, const char *key, int64_t number);
void json_add_bool(struct json_writer *writer, const char *key, bool truth);
void json_add_null(struct json_writer *writer, const char *key);
/* json is a value already written. */
void json_add_json(struct json_writer *writer, const char *key, struct str json);
/* members of an object, already written without its braces. */
void json_add_members(struct json_writer *writer, struct str members);
/* In these two, key is any valid UTF-8, not NUL-terminated. */
void json_add_string_under(struct json_writer *writer, struct str key, struct str text);
void json_add_value(struct json_writer *writer, struct str key, const struct json *value);
/* The number of bytes before the first that cannot stand in a JSON string as it is: a quote, a
 * backslash or a control character. */
size_t json_plain_length(struct str text);
/* Writes just the string with its quotes. */
void json_write_string(struct buf *out, struct str text);
