/* SPDX-License-Identifier: MIT */
/* Strict as json_check is, by taking less: a number, a \u escape or a key with an escape sends the
 * text to json_parse. Every step either moves on or gives up. */
#include "common/json_flat.h"

#include <string.h>

#include "common/json.h"

struct cursor {
	const char *at;
	const char *end;
};

/* Stops at the first quote, backslash or control character, or at the end. */
static void skip_plain(struct cursor *cursor)
{
	cursor->at += json_plain_length(str_range(cursor->at, (size_t)(cursor->end - cursor->at)));
}

static void skip_space(struct cursor *cursor)
{
	while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t' ||
						   *cursor->at == '\n' || *cursor->at == '\r'))
		cursor->at++;
}

static bool take(struct cursor *cursor, char c)
{
	if (cursor->at == cursor->end || *cursor->at != c)
		return false;
	cursor->at++;
	return true;
}

/* '\0' for those that are left to others. */
static char unescape(char c)
{
	static const char escapes[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *found = c == '\0' ? NULL : strchr(escapes, c);

	return found == NULL ? '\0' : meanings[found - escapes];
}

/* Goes on behind the first backslash of a string that begins at start. */
static bool read_escaped(
	struct cursor *cursor, const char *start, struct buf *unescaped, struct str *text_out)
{
	size_t begin = unescaped->len;

	for (;;) {
		char meaning;

		buf_append(unescaped, start, (size_t)(cursor->at - start));
		if (take(cursor, '"'))
			break;
		if (!take(cursor, '\\') || cursor->at == cursor->end)
			return false;
		meaning = unescape(*cursor->at++);
		if (meaning == '\0')
			return false;
		buf_append_char(unescaped, meaning);
		start = cursor->at;
		skip_plain(cursor);
	}
	*text_out = str_range(unescaped->data + begin, unescaped->len - begin);
	return true;
}

/* Behind the opening quote; unescaped is NULL where no escapes are taken. */
static bool read_string(struct cursor *cursor, struct buf *unescaped, struct str *text_out)
{
	const char *start = cursor->at;

	skip_plain(cursor);
	if (cursor->at == cursor->end)
		return false;
	if (*cursor->at == '"') {
		*text_out = str_range(start, (size_t)(cursor->at++ - start));
		return true;
	}
	return unescaped != NULL && read_escaped(cursor, start, unescaped, text_out);
}

static bool take_word(struct cursor *cursor, struct str word)
{
	if (!str_starts_with(str_range(cursor->at, (size_t)(cursor->end - cursor->at)), word))
		return false;
	cursor->at += word.len;
	return true;
}

static struct json_flat_field *find_field(
	struct json_flat_field *fields, size_t field_count, struct str key)
{
	for (size_t i = 0; i < field_count; i++) {
		if (str_is(key, fields[i].key))
			return &fields[i];
	}
	return NULL;
}

static bool is_new(const struct str *keys, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (str_equals(keys[i], keys[count]))
			return false;
	}
	return true;
}

/* The value of a member; field is NULL when nobody asks for it. */
static bool read_value(struct cursor *cursor, struct json_flat_field *field, struct buf *unescaped)
{
	struct json_flat_field value = { 0 };

	if (take(cursor, '"')) {
		value.is_there = value.is_string = true;
		if (!read_string(cursor, unescaped, &value.text))
			return false;
	} else if (take_word(cursor, STR_OF("true")) || take_word(cursor, STR_OF("false"))) {
		value.is_there = true;
	} else if (!take_word(cursor, STR_OF("null"))) {
		return false;
	}
	if (field != NULL) {
		value.key = field->key;
		*field = value;
	}
	return true;
}

static bool read_members(struct cursor *cursor, struct json_flat_field *fields, size_t field_count,
	struct buf *unescaped)
{
	struct str keys[JSON_FLAT_MEMBERS_MAX];
	size_t count = 0;

	do {
		skip_space(cursor);
		if (count == JSON_FLAT_MEMBERS_MAX || !take(cursor, '"') ||
			!read_string(cursor, NULL, &keys[count]) || !is_new(keys, count))
			return false;
		skip_space(cursor);
		if (!take(cursor, ':'))
			return false;
		skip_space(cursor);
		if (!read_value(cursor, find_field(fields, field_count, keys[count]), unescaped))
			return false;
		skip_space(cursor);
		count++;
	} while (take(cursor, ','));
	return true;
}

bool json_flat_read(
	struct str text, struct json_flat_field *fields, size_t field_count, struct buf *unescaped)
{
	struct cursor cursor = { text.data, text.data + text.len };

	buf_clear(unescaped);
	/* What is unescaped must not move while its strings are handed out. */
	buf_reserve(unescaped, text.len);
	for (size_t i = 0; i < field_count; i++)
		fields[i].is_there = fields[i].is_string = false;
	skip_space(&cursor);
	if (!take(&cursor, '{') || !read_members(&cursor, fields, field_count, unescaped) ||
		!take(&cursor, '}'))
		return false;
	skip_space(&cursor);
	return cursor.at == cursor.end;
}
