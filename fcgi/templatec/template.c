/* SPDX-License-Identifier: MIT */
/* One pass: fixed text goes through the HTML tokenizer and into string literals, tags become calls of render.h. What each tag does is a
 * row of a table at the end. */
#include "fcgi/templatec/template.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fcgi/templatec/declaration.h"
#include "fcgi/templatec/html_context.h"

#define FILE_BYTES_MAX (1024 * 1024)
#define BLOCKS_MAX 16
#define INCLUDES_MAX 4
#define LITERAL_BYTES 80 /* of a line of the output */

enum block_type { BLOCK_IF, BLOCK_EACH };

struct block {
	enum block_type type;
	bool has_else;
	struct html_context before; /* where the block began */
	struct html_context branch; /* where its first branch ended */
	int line;
};

struct compiler {
	const char *name;
	const char *folder;
	const char *file;
	int line;
	int includes;
	int scope; /* index of the list that is walked, or -1 */
	struct declaration declaration;
	struct html_context context;
	struct block blocks[BLOCKS_MAX];
	int block_count;
	struct buf literal; /* fixed text that has not been written */
	struct template_output *output;
	struct buf *problem;
};

static bool fail(struct compiler *compiler, const char *sentence)
{
	buf_append_format(compiler->problem, "%s:%d: %s", compiler->file, compiler->line, sentence);
	return false;
}

static bool fail_about(struct compiler *compiler, const char *sentence, struct str name)
{
	buf_append_format(compiler->problem, "%s:%d: %s: %.*s", compiler->file, compiler->line, sentence, STR_ARG(name));
	return false;
}

static void indent(struct compiler *compiler)
{
	for (int i = 0; i <= compiler->block_count; i++)
		buf_append_char(&compiler->output->source, '\t');
}

static void write_c_string(struct buf *out, struct str text)
{
	buf_append_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == '"' || c == '\\')
			buf_append_format(out, "\\%c", c);
		else if (c < ' ' || c >= 0x7f || c == '?') /* '?': no trigraphs */
			buf_append_format(out, "\\%03o", c);
		else
			buf_append_char(out, (char)c);
	}
	buf_append_char(out, '"');
}

static void flush_literal(struct compiler *compiler)
{
	struct buf *out = &compiler->output->source;
	struct str rest = buf_str(&compiler->literal);

	if (rest.len == 0)
		return;
	indent(compiler);
	buf_append_text(out, "render_raw(render,");
	while (rest.len > 0) {
		size_t part = rest.len < LITERAL_BYTES ? rest.len : LITERAL_BYTES;

		buf_append_text(out, "\n\t\t");
		write_c_string(out, str_range(rest.data, part));
		rest = str_skip(rest, part);
	}
	buf_append_format(out, ", %zu);\n", compiler->literal.len);
	buf_clear(&compiler->literal);
}

static void take_text(struct compiler *compiler, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		html_context_feed(&compiler->context, text.data[i]);
		if (text.data[i] == '\n')
			compiler->line++;
	}
	buf_append_str(&compiler->literal, text);
}

/* "name" is the page's, ".name" the walked element's. NULL after the problem has been said. */
static const struct field *find_field(struct compiler *compiler, struct str name, struct buf *expression)
{
	bool is_element = name.len > 0 && name.data[0] == '.';
	struct str bare = is_element ? str_skip(name, 1) : name;
	const struct field *field = NULL;

	if (!is_element || compiler->scope >= 0)
		field = declaration_find(&compiler->declaration, bare, is_element ? compiler->scope : -1);
	if (field == NULL) {
		fail_about(compiler, "not declared", name);
		return NULL;
	}
	buf_append_format(expression, "%s->%.*s", is_element ? "item" : "page", STR_ARG(bare));
	return field;
}

static bool find_place(struct compiler *compiler, enum html_place *place_out)
{
	const char *problem = NULL;

	*place_out = html_context_place(&compiler->context, &problem);
	return *place_out != HTML_PLACE_FORBIDDEN || fail(compiler, problem);
}

static const char *text_function(enum field_type type, enum html_place place)
{
	switch (place) {
	case HTML_PLACE_TEXT:
	case HTML_PLACE_ATTRIBUTE:
		return "render_text";
	case HTML_PLACE_URL_START:
		return type == FIELD_URL ? "render_url" : NULL;
	case HTML_PLACE_URL_PART:
		return "render_url_part";
	case HTML_PLACE_JSON:
	case HTML_PLACE_FORBIDDEN:
		break;
	}
	return NULL;
}

/* {{name}} */
static bool handle_value(struct compiler *compiler, struct str name)
{
	struct buf expression = { 0 };
	const struct field *field = find_field(compiler, name, &expression);
	const char *function = NULL;
	enum html_place place;
	bool is_good = field != NULL && find_place(compiler, &place);

	if (is_good && field->type == FIELD_INTEGER && place != HTML_PLACE_URL_START)
		function = "render_integer";
	else if (is_good && (field->type == FIELD_TEXT || field->type == FIELD_URL))
		function = text_function(field->type, place);
	if (is_good && function == NULL)
		is_good = fail_about(compiler, "this type of value cannot stand here", name);
	if (is_good) {
		flush_literal(compiler);
		indent(compiler);
		buf_append_format(&compiler->output->source, "%s(render, %s);\n", function, buf_text(&expression));
		html_context_value(&compiler->context);
	}
	buf_finish(&expression);
	return is_good;
}

static bool handle_json_of(struct compiler *compiler, struct str name, enum field_type type, const char *function)
{
	struct buf expression = { 0 };
	const struct field *field = find_field(compiler, name, &expression);
	bool is_good = field != NULL;

	if (is_good && field->type != type)
		is_good = fail_about(compiler, "this value is of another type", name);
	if (is_good && compiler->context.state != HTML_JSON)
		is_good = fail(compiler, "JSON stands only inside <script type=\"application/json\">");
	if (is_good) {
		flush_literal(compiler);
		indent(compiler);
		buf_append_format(&compiler->output->source, "%s(render, %s);\n", function, buf_text(&expression));
	}
	buf_finish(&expression);
	return is_good;
}

static bool handle_json(struct compiler *compiler, struct str name)
{
	return handle_json_of(compiler, name, FIELD_JSON, "render_json");
}

static bool handle_json_string(struct compiler *compiler, struct str name)
{
	return handle_json_of(compiler, name, FIELD_TEXT, "render_json_string");
}

static bool push_block(struct compiler *compiler, enum block_type type)
{
	if (compiler->block_count == BLOCKS_MAX)
		return fail(compiler, "blocks are nested too deep");
	compiler->blocks[compiler->block_count++] =
		(struct block){ .type = type, .before = compiler->context, .line = compiler->line };
	return true;
}

static const char *condition_suffix(enum field_type type)
{
	switch (type) {
	case FIELD_EACH:
		return "_count > 0";
	case FIELD_TEXT:
	case FIELD_URL:
	case FIELD_JSON:
		return ".len > 0";
	case FIELD_INTEGER:
		return " != 0";
	case FIELD_BOOL:
		break;
	}
	return "";
}

static bool handle_if(struct compiler *compiler, struct str name)
{
	struct buf expression = { 0 };
	const struct field *field = find_field(compiler, name, &expression);
	bool is_good = field != NULL;

	if (is_good) {
		flush_literal(compiler);
		indent(compiler);
		buf_append_format(&compiler->output->source, "if (%s%s) {\n", buf_text(&expression),
			condition_suffix(field->type));
		is_good = push_block(compiler, BLOCK_IF);
	}
	buf_finish(&expression);
	return is_good;
}

static struct block *top_block(struct compiler *compiler, enum block_type type)
{
	struct block *block = compiler->block_count > 0 ? &compiler->blocks[compiler->block_count - 1] : NULL;

	return block != NULL && block->type == type ? block : NULL;
}

static bool handle_else(struct compiler *compiler, struct str rest)
{
	struct block *block = top_block(compiler, BLOCK_IF);

	if (rest.len > 0 || block == NULL || block->has_else)
		return fail(compiler, "{{#else}} without {{#if}}");
	flush_literal(compiler);
	block->has_else = true;
	block->branch = compiler->context;
	compiler->context = block->before;
	compiler->block_count--;
	indent(compiler);
	compiler->block_count++;
	buf_append_text(&compiler->output->source, "} else {\n");
	return true;
}

static bool end_block(struct compiler *compiler, const struct html_context *other)
{
	if (!html_context_equals(&compiler->context, other))
		return fail(compiler, "the branches of this block end in different places of the HTML");
	flush_literal(compiler);
	compiler->block_count--;
	indent(compiler);
	buf_append_text(&compiler->output->source, "}\n");
	return true;
}

static bool handle_end_if(struct compiler *compiler, struct str rest)
{
	struct block *block = top_block(compiler, BLOCK_IF);

	if (rest.len > 0 || block == NULL)
		return fail(compiler, "{{/if}} without {{#if}}");
	return end_block(compiler, block->has_else ? &block->branch : &block->before);
}

static bool handle_each(struct compiler *compiler, struct str name)
{
	const struct field *field = declaration_find(&compiler->declaration, name, -1);

	if (field == NULL || field->type != FIELD_EACH)
		return fail_about(compiler, "not declared as each", name);
	if (compiler->scope >= 0)
		return fail(compiler, "an {{#each}} cannot stand in another");
	flush_literal(compiler);
	indent(compiler);
	buf_append_format(&compiler->output->source, "for (size_t i = 0; i < page->%.*s_count; i++) {\n", STR_ARG(name));
	if (!push_block(compiler, BLOCK_EACH))
		return false;
	indent(compiler);
	buf_append_format(&compiler->output->source, "const struct template_%s_%.*s *item = &page->%.*s[i];\n\n",
		compiler->name, STR_ARG(name), STR_ARG(name));
	compiler->scope = declaration_index(&compiler->declaration, field);
	return true;
}

static bool handle_end_each(struct compiler *compiler, struct str rest)
{
	struct block *block = top_block(compiler, BLOCK_EACH);

	if (rest.len > 0 || block == NULL)
		return fail(compiler, "{{/each}} without {{#each}}");
	compiler->scope = -1;
	return end_block(compiler, &block->before);
}

static bool handle_arguments(struct compiler *compiler, struct str text)
{
	const char *problem = NULL;

	if (compiler->declaration.count > 0)
		return fail(compiler, "a page has one {{args}}");
	return declaration_parse(&compiler->declaration, text, &problem) || fail(compiler, problem);
}

static bool handle_comment(struct compiler *compiler, struct str text)
{
	(void)compiler, (void)text;
	return true;
}

/* Takes "…" off the front of *rest; no escapes: messages have no quotes in them. */
static bool take_quoted(struct compiler *compiler, struct str *rest, struct str *text_out)
{
	size_t end;

	*rest = str_trim(*rest);
	if (rest->len < 2 || rest->data[0] != '"')
		return fail(compiler, "a message stands in double quotes");
	end = str_find(str_skip(*rest, 1), '"');
	if (end + 1 >= rest->len)
		return fail(compiler, "the message's closing quote is missing");
	*text_out = str_range(rest->data + 1, end);
	*rest = str_trim(str_skip(*rest, end + 2));
	return true;
}

/* name=field pairs as initializers of struct render_value. */
static bool write_message_values(struct compiler *compiler, struct str pairs, struct buf *values, size_t *count_out,
	struct buf *number)
{
	struct str pair;

	*count_out = 0;
	while (str_next_word(&pairs, " \t\n", &pair)) {
		size_t equals = str_find(pair, '=');
		struct str name = str_range(pair.data, equals);
		struct buf expression = { 0 };
		const struct field *field =
			find_field(compiler, equals < pair.len ? str_skip(pair, equals + 1) : STR_OF(""), &expression);
		bool is_number = field != NULL && field->type == FIELD_INTEGER;

		if (field == NULL || (!is_number && field->type != FIELD_TEXT)) {
			buf_finish(&expression);
			return field == NULL ? false : fail_about(compiler, "a message takes texts and integers", pair);
		}
		buf_append_format(values, "{ .name = \"%.*s\", ", STR_ARG(name));
		buf_append_format(values, is_number ? ".is_number = true, .number = %s }, " : ".text = %s }, ",
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
		buf_append_format(out, "(const struct render_value[]){ %.*s}, %zu);\n", (int)values->len, values->data, count);
}

static bool write_message(struct compiler *compiler, struct str one, struct str many, struct str pairs)
{
	struct buf *out = &compiler->output->source;
	struct buf values = { 0 }, number = { 0 };
	size_t count;
	bool is_good = write_message_values(compiler, pairs, &values, &count, &number);

	if (is_good && many.len > 0 && number.len == 0)
		is_good = fail(compiler, "a plural needs an integer");
	if (is_good) {
		flush_literal(compiler);
		indent(compiler);
		buf_append_text(out, many.len > 0 ? "render_plural(render, " : "render_message(render, ");
		write_c_string(out, one);
		buf_append_text(out, ", ");
		if (many.len > 0) {
			write_c_string(out, many);
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

	if (!find_place(compiler, &place))
		return false;
	return place == HTML_PLACE_TEXT || place == HTML_PLACE_ATTRIBUTE ||
		fail(compiler, "a message stands in text or in an attribute that is read");
}

static bool handle_message(struct compiler *compiler, struct str rest)
{
	struct str message;

	return message_place_is_good(compiler) && take_quoted(compiler, &rest, &message) &&
		write_message(compiler, message, STR_OF(""), rest);
}

static bool handle_plural(struct compiler *compiler, struct str rest)
{
	struct str one, many;

	return message_place_is_good(compiler) && take_quoted(compiler, &rest, &one) &&
		take_quoted(compiler, &rest, &many) && write_message(compiler, one, many, rest);
}

static bool compile_file(struct compiler *compiler, const char *path);

/* {{> head}}: the text of head.part.html, as if it stood here. */
static bool handle_include(struct compiler *compiler, struct str name)
{
	struct buf path = { 0 };
	const char *file = compiler->file;
	int line = compiler->line;
	bool is_good;

	if (compiler->includes == INCLUDES_MAX)
		return fail(compiler, "parts include each other too deep");
	buf_append_format(&path, "%s/%.*s.part.html", compiler->folder, STR_ARG(name));
	compiler->includes++;
	is_good = compile_file(compiler, buf_text(&path));
	compiler->includes--;
	compiler->file = file;
	compiler->line = line;
	buf_finish(&path);
	return is_good;
}

static const struct {
	const char *word; /* in the order in which they are tried */
	bool (*handle)(struct compiler *compiler, struct str rest);
} tags[] = {
	{ "!", handle_comment },
	{ ">", handle_include },
	{ "args", handle_arguments },
	{ "#if", handle_if },
	{ "#else", handle_else },
	{ "/if", handle_end_if },
	{ "#each", handle_each },
	{ "/each", handle_end_each },
	{ "jsonstring", handle_json_string },
	{ "json", handle_json },
	{ "_n", handle_plural },
	{ "_", handle_message },
};

/* Whether tag begins with the word and the word ends there. */
static bool is_tag(struct str tag, const char *word)
{
	size_t len = strlen(word);

	return str_starts_with(tag, str_from(word)) &&
		(tag.len == len || len == 1 || isspace((unsigned char)tag.data[len]) || tag.data[len] == '"');
}

static struct str trim_all(struct str text)
{
	while (text.len > 0 && isspace((unsigned char)text.data[0]))
		text = str_skip(text, 1);
	while (text.len > 0 && isspace((unsigned char)text.data[text.len - 1]))
		text.len--;
	return text;
}

static bool take_tag(struct compiler *compiler, struct str tag)
{
	tag = trim_all(tag);
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (is_tag(tag, tags[i].word))
			return tags[i].handle(compiler, trim_all(str_skip(tag, strlen(tags[i].word))));
	}
	return handle_value(compiler, tag);
}

static size_t find_pair(struct str text, char c)
{
	for (size_t i = 0; i + 1 < text.len; i++) {
		if (text.data[i] == c && text.data[i + 1] == c)
			return i;
	}
	return text.len;
}

static bool compile_text(struct compiler *compiler, struct str text)
{
	while (text.len > 0) {
		size_t open = find_pair(text, '{');
		struct str rest = str_skip(text, open);
		size_t close = find_pair(rest, '}');

		take_text(compiler, str_range(text.data, open));
		if (rest.len == 0)
			return true;
		if (close == rest.len)
			return fail(compiler, "the }} of this tag is missing");
		if (!take_tag(compiler, str_range(rest.data + 2, close - 2)))
			return false;
		for (size_t i = 0; i < close; i++)
			compiler->line += rest.data[i] == '\n';
		text = str_skip(rest, close + 2);
	}
	return true;
}

static bool compile_file(struct compiler *compiler, const char *path)
{
	FILE *file = fopen(path, "rbe");
	struct buf text = { 0 };

	if (file == NULL)
		return fail_about(compiler, strerror(errno), str_from(path));
	compiler->file = path;
	compiler->line = 1;
	text.len = fread(buf_reserve(&text, FILE_BYTES_MAX), 1, FILE_BYTES_MAX, file);
	fclose(file);
	/* Names in the declaration borrow from the page's text: it stays until the process ends. */
	return compile_text(compiler, buf_str(&text));
}

static void write_frame_before(struct compiler *compiler)
{
	struct template_output *output = compiler->output;

	buf_append_format(&output->source,
		"/* Made by templatec from %s.html. */\n#include \"templates/%s.h\"\n\n"
		"void template_%s(struct render *render, const struct template_%s *page)\n{\n\t(void)page;\n",
		compiler->name, compiler->name, compiler->name, compiler->name);
}

static void write_header(struct compiler *compiler)
{
	struct buf *header = &compiler->output->header;

	buf_append_format(header, "/* Made by templatec from %s.html. */\n#pragma once\n\n#include <stdbool.h>\n\n"
				  "#include \"fcgi/render.h\"\n\n",
		compiler->name);
	declaration_write(&compiler->declaration, compiler->name, header);
	buf_append_format(header, "\nvoid template_%s(struct render *render, const struct template_%s *page);\n",
		compiler->name, compiler->name);
}

bool template_compile(const char *name, const char *file, const char *folder, struct template_output *output,
	struct buf *problem)
{
	struct compiler compiler = { .name = name, .folder = folder, .file = file, .scope = -1, .output = output };
	bool is_good;

	compiler.problem = problem;
	write_frame_before(&compiler);
	is_good = compile_file(&compiler, file);
	if (is_good && compiler.block_count > 0) {
		compiler.line = compiler.blocks[compiler.block_count - 1].line;
		is_good = fail(&compiler, "this block has no end");
	}
	flush_literal(&compiler);
	buf_append_text(&output->source, "}\n");
	write_header(&compiler);
	buf_finish(&compiler.literal);
	return is_good;
}
