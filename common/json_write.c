/* SPDX-License-Identifier: MIT */
/* JSON written straight into a buf, without a tree: what is sent most is built once per message.
 * Owns the spacing and the escapes; that each object gets its keys once and each value its place
 * is the caller's care. */
#include <string.h>

#include "common/base/crypto.h"
#include "common/json.h"

/* In every byte of a word. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static bool is_plain(char c)
{
	return c != '"' && c != '\\' && (uint8_t)c >= 0x20;
}

/* Eight at once. Bytes of 0x80 and more make it false too: then each is looked at. */
static bool are_plain(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return (((word - EACH(0x20)) | ((word ^ EACH('"')) - EACH(1)) |
			((word ^ EACH('\\')) - EACH(1)) | word) &
		       EACH(0x80)) == 0;
}

size_t json_plain_length(struct str text)
{
	size_t len = 0;

	for (;;) {
		size_t stop;

		while (text.len - len >= sizeof(uint64_t) && are_plain(text.data + len))
			len += sizeof(uint64_t);
		stop = text.len - len < sizeof(uint64_t) ? text.len : len + sizeof(uint64_t);
		while (len < stop && is_plain(text.data[len]))
			len++;
		if (len < stop || len == text.len)
			return len;
	}
}

static void write_escape(struct buf *out, char c)
{
	static const char escapes[] = { ['"'] = '"',
		['\\'] = '\\',
		['\b'] = 'b',
		['\f'] = 'f',
		['\n'] = 'n',
		['\r'] = 'r',
		['\t'] = 't' };

	buf_append_char(out, '\\');
	if (escapes[(uint8_t)c] != '\0')
		buf_append_char(out, escapes[(uint8_t)c]);
	else
		buf_append_format(out, "u%04x", (unsigned)(uint8_t)c);
}

void json_write_string(struct buf *out, struct str text)
{
	buf_reserve(out, text.len + 2);
	buf_append_char(out, '"');
	for (;;) {
		size_t plain = json_plain_length(text);

		buf_append(out, text.data, plain);
		if (plain == text.len)
			break;
		write_escape(out, text.data[plain]);
		text = str_skip(text, plain + 1);
	}
	buf_append_char(out, '"');
}

struct json_writer json_writer_to(struct buf *out)
{
	return (struct json_writer){ .out = out };
}

/* What stands before a value; the next one follows it. Our own keys need no escapes. */
static void write_prefix(struct json_writer *writer, const char *key)
{
	if (writer->comma)
		buf_append(writer->out, ", ", 2);
	if (key != NULL) {
		buf_append_char(writer->out, '"');
		buf_append_text(writer->out, key);
		buf_append(writer->out, "\": ", 3);
	}
	writer->comma = true;
}

static void write_open(struct json_writer *writer, const char *key, char bracket)
{
	write_prefix(writer, key);
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
	write_prefix(writer, key);
	json_write_string(writer->out, text);
}

void json_add_bytes(struct json_writer *writer, const char *key, const void *bytes, size_t size)
{
	write_prefix(writer, key);
	buf_append_char(writer->out, '"');
	crypto_base64_encode(writer->out, bytes, size);
	buf_append_char(writer->out, '"');
}

void json_add_integer(struct json_writer *writer, const char *key, int64_t number)
{
	write_prefix(writer, key);
	buf_append_number(writer->out, number);
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
	write_prefix(writer, key);
	buf_append_str(writer->out, json);
}

void json_add_members(struct json_writer *writer, struct str members)
{
	if (members.len > 0)
		json_add_json(writer, NULL, members);
}

static void write_any_key(struct json_writer *writer, struct str key)
{
	json_write_string(writer->out, key);
	buf_append(writer->out, ": ", 2);
}

void json_add_string_under(struct json_writer *writer, struct str key, struct str text)
{
	write_prefix(writer, NULL);
	write_any_key(writer, key);
	json_write_string(writer->out, text);
}

void json_add_value(struct json_writer *writer, struct str key, const struct json *value)
{
	write_prefix(writer, NULL);
	if (key.data != NULL) /* an empty key is one */
		write_any_key(writer, key);
	json_print(writer->out, value);
}
