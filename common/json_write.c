/* SPDX-License-Identifier: MIT */
/* JSON written straight into a buf, without a tree: what is sent most is built once per message.
 * Owns the spacing and the escapes; that each object gets its keys once and each value its place
 * is the caller's care. */
#include <inttypes.h>
#include <string.h>

#include "common/json.h"

static const char *escape_of(char c)
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\b':
		return "\\b";
	case '\f':
		return "\\f";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		return NULL;
	}
}

static bool must_escape(char c)
{
	return (uint8_t)c < 0x20 || c == '"' || c == '\\';
}

void json_write_string(struct buf *out, struct str text)
{
	size_t start = 0;

	buf_append_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		const char *escape = escape_of(c);

		if (!must_escape(c))
			continue;
		buf_append(out, text.data + start, i - start);
		start = i + 1;
		if (escape != NULL)
			buf_append_text(out, escape);
		else
			buf_append_format(out, "\\u%04x", (unsigned)(uint8_t)c);
	}
	if (start < text.len)
		buf_append(out, text.data + start, text.len - start);
	buf_append_char(out, '"');
}

struct json_writer json_writer_to(struct buf *out)
{
	return (struct json_writer){ .out = out };
}

/* What stands before a value; the next one follows it. A key without data is none, an empty key
 * is one. */
static void write_prefix(struct json_writer *writer, struct str key)
{
	if (writer->comma)
		buf_append_text(writer->out, ", ");
	if (key.data != NULL) {
		json_write_string(writer->out, key);
		buf_append_text(writer->out, ": ");
	}
	writer->comma = true;
}

static void write_open(struct json_writer *writer, const char *key, char bracket)
{
	write_prefix(writer, str_from(key));
	buf_append_char(writer->out, bracket);
	writer->comma = false;
}

static void write_close(struct json_writer *writer, char bracket)
{
	buf_append_char(writer->out, bracket);
	writer->comma = true;
}

void json_begin_object(struct json_writer *writer, const char *key)
{
	write_open(writer, key, '{');
}

void json_end_object(struct json_writer *writer)
{
	write_close(writer, '}');
}

void json_begin_array(struct json_writer *writer, const char *key)
{
	write_open(writer, key, '[');
}

void json_end_array(struct json_writer *writer)
{
	write_close(writer, ']');
}

void json_add_string(struct json_writer *writer, const char *key, struct str text)
{
	write_prefix(writer, str_from(key));
	json_write_string(writer->out, text);
}

void json_add_integer(struct json_writer *writer, const char *key, int64_t number)
{
	write_prefix(writer, str_from(key));
	buf_append_format(writer->out, "%" PRId64, number);
}

void json_add_bool(struct json_writer *writer, const char *key, bool truth)
{
	json_add_json(writer, key, str_from(truth ? "true" : "false"));
}

void json_add_null(struct json_writer *writer, const char *key)
{
	json_add_json(writer, key, STR_OF("null"));
}

void json_add_json(struct json_writer *writer, const char *key, struct str json)
{
	write_prefix(writer, str_from(key));
	buf_append_str(writer->out, json);
}

void json_add_value(struct json_writer *writer, struct str key, const struct json *value)
{
	write_prefix(writer, key);
	json_print(writer->out, value);
}
