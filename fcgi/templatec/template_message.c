/* SPDX-License-Identifier: MIT */
/* {{_ "…" name=field}} and {{_n "one" "many" count=field}}: the message is the key of the
 * catalogues, its values are escaped with it. */
#include "fcgi/templatec/template_private.h"

/* Takes "…" off the front of *rest; no escapes: messages have no quotes in them. */
static bool take_quoted(struct compiler *compiler, struct str *rest, struct str *text_out)
{
	size_t end;

	*rest = str_trim(*rest);
	if (rest->len < 2 || rest->data[0] != '"')
		return template_fail(compiler, "a message stands in double quotes");
	end = str_find(str_skip(*rest, 1), '"');
	if (end + 1 >= rest->len)
		return template_fail(compiler, "the message's closing quote is missing");
	*text_out = str_range(rest->data + 1, end);
	*rest = str_trim(str_skip(*rest, end + 2));
	return true;
}

/* name=field pairs as initializers of struct render_value. */
static bool write_message_values(struct compiler *compiler, struct str pairs, struct buf *values,
	size_t *count_out, struct buf *number)
{
	struct str pair;

	*count_out = 0;
	while (str_next_word(&pairs, " \t\n", &pair)) {
		size_t equals = str_find(pair, '=');
		struct str name = str_range(pair.data, equals);
		struct buf expression = { 0 };
		const struct field *field = template_find_field(compiler,
			equals < pair.len ? str_skip(pair, equals + 1) : STR_OF(""), &expression);
		bool is_number = field != NULL && field->type == FIELD_INTEGER;

		if (field == NULL || (!is_number && field->type != FIELD_TEXT)) {
			buf_finish(&expression);
			return field == NULL ? false
					     : template_fail_about(compiler,
						       "a message takes texts and integers", pair);
		}
		buf_append_format(values, "{ .name = \"%.*s\", ", STR_ARG(name));
		buf_append_format(values,
			is_number ? ".is_number = true, .number = %s }, " : ".text = %s }, ",
			buf_text(&expression));
		if (is_number && number->len == 0)
			buf_append_str(number, buf_str(&expression));
		buf_finish(&expression);
		(*count_out)++;
	}
	return true;
}

static void write_values_argument(struct buf *out, const struct buf *values, size_t count)
{
	if (count == 0)
		buf_append_text(out, "NULL, 0);\n");
	else
		buf_append_format(out, "(const struct render_value[]){ %.*s}, %zu);\n",
			(int)values->len, values->data, count);
}

static bool write_message(
	struct compiler *compiler, struct str one, struct str many, struct str pairs)
{
	struct buf *out = &compiler->output->source;
	struct buf values = { 0 }, number = { 0 };
	size_t count;
	bool is_good = write_message_values(compiler, pairs, &values, &count, &number);

	if (is_good && many.len > 0 && number.len == 0)
		is_good = template_fail(compiler, "a plural needs an integer");
	if (is_good) {
		template_flush(compiler);
		template_indent(compiler);
		buf_append_text(
			out, many.len > 0 ? "render_plural(render, " : "render_message(render, ");
		template_write_c_string(out, one);
		buf_append_text(out, ", ");
		if (many.len > 0) {
			template_write_c_string(out, many);
			buf_append_format(out, ", %s, ", buf_text(&number));
		}
		write_values_argument(out, &values, count);
		html_context_value(&compiler->context);
		buf_append_format(&compiler->output->messages, "%.*s\n", STR_ARG(one));
	}
	buf_finish(&values);
	buf_finish(&number);
	return is_good;
}

static bool message_place_is_good(struct compiler *compiler)
{
	enum html_place place;

	if (!template_find_place(compiler, &place))
		return false;
	return place == HTML_PLACE_TEXT || place == HTML_PLACE_ATTRIBUTE ||
	       template_fail(compiler, "a message stands in text or in an attribute that is read");
}

bool template_message(struct compiler *compiler, struct str rest)
{
	struct str message = STR("");

	return message_place_is_good(compiler) && take_quoted(compiler, &rest, &message) &&
	       write_message(compiler, message, STR_OF(""), rest);
}

bool template_plural(struct compiler *compiler, struct str rest)
{
	struct str one = STR(""), many = STR("");

	return message_place_is_good(compiler) && take_quoted(compiler, &rest, &one) &&
	       take_quoted(compiler, &rest, &many) && write_message(compiler, one, many, rest);
}
