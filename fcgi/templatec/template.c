/* SPDX-License-Identifier: MIT */
/* One pass: fixed text goes through the HTML tokenizer and into string literals, tags become
 * calls of render.h. What each tag does is a row of a table. */
#include "fcgi/templatec/template.h"

#include <ctype.h>
#include <string.h>

#include "common/base/utf8.h"
#include "fcgi/templatec/file.h"
#include "fcgi/templatec/template_private.h"

#define INCLUDES_MAX 4
#define LITERAL_BYTES 80 /* of a line of the output */
#define MESSAGES_HEAD "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=UTF-8\\n\"\n"

bool template_fail(struct compiler *compiler, const char *sentence)
{
	buf_append_format(compiler->problem, "%s:%d: %s", compiler->file, compiler->line, sentence);
	return false;
}

bool template_fail_about(struct compiler *compiler, const char *sentence, struct str name)
{
	template_fail(compiler, sentence);
	buf_append_format(compiler->problem, ": %.*s", STR_ARG(name));
	return false;
}

bool template_is_name(struct str text)
{
	if (text.len == 0 || !isalpha((unsigned char)text.data[0]))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (!isalnum((unsigned char)text.data[i]) && text.data[i] != '_')
			return false;
	}
	return true;
}

struct str template_trim(struct str text)
{
	while (text.len > 0 && isspace((unsigned char)text.data[0]))
		text = str_skip(text, 1);
	while (text.len > 0 && isspace((unsigned char)text.data[text.len - 1]))
		text.len--;
	return text;
}

void template_write_c_string(struct buf *out, struct str text)
{
	buf_append_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == '"' || c == '\\')
			buf_append_format(out, "\\%c", c);
		else if (c == '\n' || c == '\t')
			buf_append_text(out, c == '\n' ? "\\n" : "\\t");
		else if (c < ' ' || c >= 0x7f || c == '?') /* '?': no trigraphs */
			buf_append_format(out, "\\%03o", c);
		else
			buf_append_char(out, (char)c);
	}
	buf_append_char(out, '"');
}

static void indent(struct compiler *compiler)
{
	for (int i = 0; i <= compiler->block_count; i++)
		buf_append_char(&compiler->output->source, '\t');
}

/* A line of the output ends where one of the page does, or at LITERAL_BYTES. */
static size_t literal_line(struct str text)
{
	size_t len = str_find(text, '\n');

	if (len < text.len)
		len++;
	return len < LITERAL_BYTES ? len : LITERAL_BYTES;
}

void template_flush(struct compiler *compiler)
{
	struct buf *out = &compiler->output->source;
	struct str rest = buf_str(&compiler->literal);

	if (rest.len == 0)
		return;
	indent(compiler);
	buf_append_text(out, "render_raw(render,");
	while (rest.len > 0) {
		size_t len = literal_line(rest);

		buf_append_char(out, '\n');
		indent(compiler);
		buf_append_char(out, '\t');
		template_write_c_string(out, str_range(rest.data, len));
		rest = str_skip(rest, len);
	}
	buf_append_format(out, ", %zu);\n", compiler->literal.len);
	buf_clear(&compiler->literal);
}

struct buf *template_statement(struct compiler *compiler)
{
	template_flush(compiler);
	indent(compiler);
	return &compiler->output->source;
}

static bool take_text(struct compiler *compiler, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		html_context_feed(&compiler->context, text.data[i]);
		if (compiler->context.problem != NULL)
			return template_fail(compiler, compiler->context.problem);
		if (text.data[i] == '\n')
			compiler->line++;
	}
	buf_append_str(&compiler->literal, text);
	return true;
}

static bool compile_text(struct compiler *compiler, const char *file, struct str text);

/* The part's text stays until the page is compiled: its arguments borrow from it. */
static bool include_file(struct compiler *compiler, const char *path)
{
	struct buf *text = &compiler->parts[compiler->part_count];
	const char *problem;

	if (compiler->part_count == PARTS_MAX)
		return template_fail(compiler, "a page has too many parts");
	compiler->part_count++;
	problem = file_read(path, text);
	return problem == NULL ? compile_text(compiler, path, buf_str(text))
			       : template_fail_about(compiler, problem, str_from(path));
}

/* {{> head}}: the text of head.part.html, as if it stood here. */
static bool template_include(struct compiler *compiler, struct str name)
{
	const char *outer_file = compiler->file;
	int outer_line = compiler->line;
	bool outer_has_arguments = compiler->has_arguments;
	struct buf path = { 0 };
	bool is_good;

	if (!template_is_name(name))
		return template_fail_about(compiler, "a part has a name like one of C", name);
	if (compiler->includes == INCLUDES_MAX)
		return template_fail(compiler, "parts include each other too deep");
	buf_append_format(&path, "%s/%.*s.part.html", compiler->page->folder, STR_ARG(name));
	compiler->includes++;
	compiler->has_arguments = false;
	is_good = include_file(compiler, buf_text(&path));
	compiler->includes--;
	compiler->has_arguments = outer_has_arguments;
	compiler->file = outer_file;
	compiler->line = outer_line;
	buf_finish(&path);
	return is_good;
}

static const struct {
	const char *word; /* in the order in which they are tried */
	template_tag_fn *handle;
} tags[] = {
	{ "!", template_comment },
	{ ">", template_include },
	{ "args", template_arguments },
	{ "#if", template_if },
	{ "#else", template_else },
	{ "/if", template_end_if },
	{ "#each", template_each },
	{ "/each", template_end_each },
	{ "jsonstring", template_json_string },
	{ "json", template_json },
	{ "linked", template_linked },
	{ "_n", template_plural },
	{ "_", template_message },
};

/* Whether tag begins with the word and the word ends there. */
static bool is_tag(struct str tag, const char *word)
{
	size_t len = strlen(word);

	return str_starts_with(tag, str_from(word)) &&
	       (tag.len == len ||
		       !(isalnum((unsigned char)tag.data[len]) || tag.data[len] == '_') ||
		       !isalpha((unsigned char)word[len - 1]));
}

static bool take_tag(struct compiler *compiler, struct str tag)
{
	tag = template_trim(tag);
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (is_tag(tag, tags[i].word))
			return tags[i].handle(
				compiler, template_trim(str_skip(tag, strlen(tags[i].word))));
	}
	return template_value(compiler, tag);
}

static size_t find_pair(struct str text, char c)
{
	for (size_t i = 0; i + 1 < text.len; i++) {
		if (text.data[i] == c && text.data[i + 1] == c)
			return i;
	}
	return text.len;
}

static bool take_pieces(struct compiler *compiler, struct str text)
{
	while (text.len > 0) {
		size_t open = find_pair(text, '{');
		struct str rest = str_skip(text, open);
		size_t close = find_pair(rest, '}');

		if (!take_text(compiler, str_range(text.data, open)))
			return false;
		if (rest.len == 0)
			return true;
		if (close == rest.len)
			return template_fail(compiler, "the }} of this tag is missing");
		if (!take_tag(compiler, str_range(rest.data + 2, close - 2)))
			return false;
		for (size_t i = 0; i < close; i++)
			compiler->line += rest.data[i] == '\n';
		text = str_skip(rest, close + 2);
	}
	return true;
}

/* A page or a part; blocks end in the file in which they begin. */
static bool compile_text(struct compiler *compiler, const char *file, struct str text)
{
	int outer_blocks = compiler->block_count;

	compiler->file = file;
	compiler->line = 1;
	if (!utf8_is_valid(text))
		return template_fail(compiler, "the file is not UTF-8");
	if (!take_pieces(compiler, text))
		return false;
	if (compiler->block_count > outer_blocks) {
		compiler->line = compiler->blocks[compiler->block_count - 1].line;
		return template_fail(compiler, "this block has no end");
	}
	return true;
}

static bool compile_page(struct compiler *compiler)
{
	const struct template_page *page = compiler->page;

	if (!template_is_name(str_from(page->name)))
		return template_fail_about(
			compiler, "a page has a name like one of C", str_from(page->name));
	if (!compile_text(compiler, page->file, page->text))
		return false;
	template_flush(compiler);
	return compiler->context.state == HTML_TEXT ||
	       template_fail(compiler, "the page ends inside a tag, a comment or a script");
}

static void write_source_head(const char *name, struct buf *source)
{
	buf_append_format(source, "/* Made by templatec from %s.html. */\n", name);
	buf_append_format(source, "#include \"templates/%s.h\"\n\n", name);
	buf_append_format(source, "void template_%s(struct render *render, ", name);
	buf_append_format(source, "const struct template_%s *page)\n{\n\t(void)page;\n", name);
}

static void write_header(
	const struct declaration *declaration, const char *name, struct buf *header)
{
	buf_append_format(header, "/* Made by templatec from %s.html. */\n#pragma once\n\n", name);
	buf_append_text(header, "#include <stdbool.h>\n\n#include \"fcgi/render.h\"\n\n");
	declaration_write(declaration, name, header);
	buf_append_format(header, "\nvoid template_%s(struct render *render, ", name);
	buf_append_format(header, "const struct template_%s *page);\n", name);
}

bool template_compile(
	const struct template_page *page, struct template_output *output, struct buf *problem)
{
	struct compiler compiler = {
		.page = page, .file = page->file, .scope = -1, .output = output
	};
	bool is_good;

	compiler.problem = problem;
	buf_append_text(&output->messages, MESSAGES_HEAD);
	write_source_head(page->name, &output->source);
	is_good = compile_page(&compiler);
	buf_append_text(&output->source, "}\n");
	write_header(&compiler.declaration, page->name, &output->header);
	buf_finish(&compiler.literal);
	for (int i = 0; i < compiler.part_count; i++)
		buf_finish(&compiler.parts[i]);
	return is_good;
}

void template_output_finish(struct template_output *output)
{
	buf_finish(&output->header);
	buf_finish(&output->source);
	buf_finish(&output->messages);
}
