/* SPDX-License-Identifier: MIT */
/* {{_ "…" name=field}} and {{_n "one" "many" count=field}}: the message is the key of the
 * catalogues, its values are escaped with it. Each value has its {place} in the message and each
 * place its value, so that a slip is seen here and not by a reader. */
#include <string.h>

#include "fcgi/templatec/template_private.h"

#define VALUES_MAX 8

struct message_value {
	struct str name;
	const struct field *field;
	struct buf expression; /* how C reaches it */
};

struct message {
	struct str one;
	struct str many; /* empty when it has no plural */
	struct message_value values[VALUES_MAX];
	size_t value_count;
};

static const struct message_value *find_value(const struct message *message, struct str name)
{
	for (size_t i = 0; i < message->value_count; i++) {
		if (str_equals(message->values[i].name, name))
			return &message->values[i];
	}
	return NULL;
}

/* Takes "…" off the front of *rest; no escapes: messages have no quotes in them. */
static bool take_quoted(struct compiler *compiler, struct str *rest, struct str *text_out)
{
	size_t end;

	*rest = template_trim(*rest);
	if (rest->len < 2 || rest->data[0] != '"')
		return template_fail(compiler, "a message stands in double quotes");
	*rest = str_skip(*rest, 1);
	end = str_find(*rest, '"');
	if (end == rest->len)
		return template_fail(compiler, "the message's closing quote is missing");
	*text_out = str_range(rest->data, end);
	*rest = str_skip(*rest, end + 1);
	if (end == 0 || str_find(*text_out, '\n') < end || str_find(*text_out, '\\') < end)
		return template_fail(
			compiler, "a message is one line of text, without backslashes");
	return true;
}

/* name=field */
static bool take_value(struct compiler *compiler, struct str pair, struct message *message)
{
	struct message_value *value = &message->values[message->value_count];
	size_t equals = str_find(pair, '=');

	if (message->value_count == VALUES_MAX)
		return template_fail(compiler, "a message has too many values");
	value->name = str_range(pair.data, equals);
	if (equals == pair.len || !template_is_name(value->name) ||
		find_value(message, value->name) != NULL)
		return template_fail_about(compiler, "a value of a message is NAME=FIELD", pair);
	value->field = template_find_field(
		compiler, str_skip(pair, equals + 1), &value->expression);
	if (value->field == NULL)
		return false;
	message->value_count++;
	return value->field->type == FIELD_INTEGER || value->field->type == FIELD_TEXT ||
	       template_fail_about(compiler, "a message takes texts and integers", pair);
}

/* Marks the values that have a place; false at a {place} without one. */
static bool check_places(struct compiler *compiler, const struct message *message, struct str text,
	bool has_place[static VALUES_MAX])
{
	for (size_t open = str_find(text, '{'); open < text.len; open = str_find(text, '{')) {
		struct str rest = str_skip(text, open + 1);
		struct str name = str_range(rest.data, str_find(rest, '}'));
		const struct message_value *value = find_value(message, name);

		if (value == NULL)
			return template_fail_about(
				compiler, "this place in the message has no value", name);
		has_place[value - message->values] = true;
		text = rest;
	}
	return true;
}

static bool check_message(struct compiler *compiler, const struct message *message)
{
	const struct message_value *count = find_value(message, STR_OF("count"));
	bool has_place[VALUES_MAX] = { false };

	if (!check_places(compiler, message, message->one, has_place) ||
		!check_places(compiler, message, message->many, has_place))
		return false;
	if (message->many.len > 0 && (count == NULL || count->field->type != FIELD_INTEGER))
		return template_fail(compiler, "a plural needs count=FIELD, an integer");
	for (size_t i = 0; i < message->value_count; i++) {
		if (!has_place[i] && &message->values[i] != count)
			return template_fail_about(compiler,
				"this value has no place in the message", message->values[i].name);
	}
	return true;
}

/* As an array of struct render_value and its length. */
static void write_values(struct buf *out, struct message *message)
{
	if (message->value_count == 0) {
		buf_append_text(out, "NULL, 0);\n");
		return;
	}
	buf_append_text(out, "(const struct render_value[]){ ");
	for (size_t i = 0; i < message->value_count; i++) {
		struct message_value *value = &message->values[i];
		bool is_number = value->field->type == FIELD_INTEGER;

		buf_append_format(out, "{ .name = \"%.*s\", ", STR_ARG(value->name));
		buf_append_text(out, is_number ? ".is_number = true, .number = " : ".text = ");
		buf_append_format(out, "%s }, ", buf_text(&value->expression));
	}
	buf_append_format(out, "}, %zu);\n", message->value_count);
}

static void write_call(struct compiler *compiler, struct message *message)
{
	struct buf *out = template_statement(compiler);
	const struct message_value *count = find_value(message, STR_OF("count"));
	bool is_plural = message->many.len > 0;

	buf_append_text(out, is_plural ? "render_plural(render, " : "render_message(render, ");
	template_write_c_string(out, message->one);
	if (is_plural) {
		buf_append_text(out, ", ");
		template_write_c_string(out, message->many);
		buf_append_text(out, ", ");
		buf_append_str(out, buf_str(&count->expression));
	}
	buf_append_text(out, ", ");
	write_values(out, message);
	html_context_value(&compiler->context);
}

/* For the translators, once a page; nothing in a message needs an escape there. */
static void write_entry(struct compiler *compiler, const struct message *message)
{
	struct buf *out = &compiler->output->messages;
	struct buf key = { 0 };

	buf_append_format(&key, "msgid \"%.*s\"\n", STR_ARG(message->one));
	if (memmem(out->data, out->len, key.data, key.len) == NULL) {
		buf_append_format(out, "\n#: %s:%d\n", compiler->file, compiler->line);
		if (message->value_count > 0)
			buf_append_text(out, "#, python-brace-format\n");
		buf_append_str(out, buf_str(&key));
		if (message->many.len > 0)
			buf_append_format(out, "msgid_plural \"%.*s\"\n", STR_ARG(message->many));
		buf_append_text(out, message->many.len > 0 ? "msgstr[0] \"\"\nmsgstr[1] \"\"\n"
							   : "msgstr \"\"\n");
	}
	buf_finish(&key);
}

static bool take_message(struct compiler *compiler, struct str rest, struct message *message)
{
	struct str pair;

	while (str_next_word(&rest, " \t\r\n", &pair)) {
		if (!take_value(compiler, pair, message))
			return false;
	}
	if (!check_message(compiler, message))
		return false;
	write_call(compiler, message);
	write_entry(compiler, message);
	return true;
}

static bool check_place(struct compiler *compiler)
{
	enum html_place place;

	if (!template_find_place(compiler, &place))
		return false;
	return place == HTML_PLACE_TEXT || place == HTML_PLACE_ATTRIBUTE ||
	       template_fail(compiler, "a message stands in text or in an attribute that is read");
}

static bool compile_message(struct compiler *compiler, struct str rest, bool is_plural)
{
	struct message message = { 0 };
	bool is_good = check_place(compiler) && take_quoted(compiler, &rest, &message.one) &&
		       (!is_plural || take_quoted(compiler, &rest, &message.many)) &&
		       take_message(compiler, rest, &message);

	for (size_t i = 0; i < VALUES_MAX; i++)
		buf_finish(&message.values[i].expression);
	return is_good;
}

bool template_message(struct compiler *compiler, struct str rest)
{
	return compile_message(compiler, rest, false);
}

bool template_plural(struct compiler *compiler, struct str rest)
{
	return compile_message(compiler, rest, true);
}
