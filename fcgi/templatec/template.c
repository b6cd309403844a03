/* SPDX-License-Identifier: MIT */
/* One pass: fixed text goes through the HTML tokenizer and into string literals, tags become
 * calls of render.h. What each tag does is a row of a table at the end. */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "fcgi/templatec/template_private.h"

#define FILE_BYTES_MAX ((size_t)1024 * 1024)
#define INCLUDES_MAX 4
#define LITERAL_BYTES 80 /* of a line of the output */

bool template_fail(struct compiler *compiler, const char *sentence)
{
	buf_append_format(compiler->problem, "%s:%d: %s", compiler->file, compiler->line, sentence);
	return false;
}

bool template_fail_about(struct compiler *compiler, const char *sentence, struct str name)
{
	buf_append_format(compiler->problem, "%s:%d: %s: %.*s", compiler->file, compiler->line,
		sentence, STR_ARG(name));
	return false;
}

void template_indent(struct compiler *compiler)
{
	for (int i = 0; i <= compiler->block_count; i++)
		buf_append_char(&compiler->output->source, '\t');
}

void template_write_c_string(struct buf *out, struct str text)
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

void template_flush(struct compiler *compiler)
{
	struct buf *out = &compiler->output->source;
	struct str rest = buf_str(&compiler->literal);

	if (rest.len == 0)
		return;
	template_indent(compiler);
	buf_append_text(out, "render_raw(render,");
	while (rest.len > 0) {
		size_t part = rest.len < LITERAL_BYTES ? rest.len : LITERAL_BYTES;

		buf_append_text(out, "\n\t\t");
		template_write_c_string(out, str_range(rest.data, part));
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

static bool compile_file(struct compiler *compiler, const char *path);

/* {{> head}}: the text of head.part.html, as if it stood here. */
static bool handle_include(struct compiler *compiler, struct str name)
{
	struct buf path = { 0 };
	const char *file = compiler->file;
	int line = compiler->line;
	bool is_good;

	if (compiler->includes == INCLUDES_MAX)
		return template_fail(compiler, "parts include each other too deep");
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
	{ "!", template_comment },
	{ ">", handle_include },
	{ "args", template_arguments },
	{ "#if", template_if },
	{ "#else", template_else },
	{ "/if", template_end_if },
	{ "#each", template_each },
	{ "/each", template_end_each },
	{ "jsonstring", template_json_string },
	{ "json", template_json },
	{ "_n", template_plural },
	{ "_", template_message },
};

/* Whether tag begins with the word and the word ends there. */
static bool is_tag(struct str tag, const char *word)
{
	size_t len = strlen(word);

	return str_starts_with(tag, str_from(word)) &&
	       (tag.len == len || len == 1 || isspace((unsigned char)tag.data[len]) ||
		       tag.data[len] == '"');
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
			return tags[i].handle(
				compiler, trim_all(str_skip(tag, strlen(tags[i].word))));
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
			return template_fail(compiler, "the }} of this tag is missing");
		if (!take_tag(compiler, str_range(rest.data + 2, close - 2)))
			return false;
		for (size_t i = 0; i < close; i++)
			compiler->line += rest.data[i] == '\n';
		text = str_skip(rest, close + 2);
	}
	return true;
}

/* The text lives until the page is compiled. */
static struct str read_text(struct compiler *compiler, FILE *file)
{
	struct buf text = { 0 };

	text.len = fread(buf_reserve(&text, FILE_BYTES_MAX), 1, FILE_BYTES_MAX, file);
	compiler->texts = mem_resize(
		compiler->texts, (compiler->text_count + 1) * sizeof(struct buf));
	compiler->texts[compiler->text_count++] = text;
	return buf_str(&text);
}

static bool compile_file(struct compiler *compiler, const char *path)
{
	FILE *file = fopen(path, "rbe");
	struct str text;

	if (file == NULL)
		return template_fail_about(compiler, strerror(errno), str_from(path));
	compiler->file = path;
	compiler->line = 1;
	text = read_text(compiler, file);
	fclose(file);
	return compile_text(compiler, text);
}

static void write_frame_before(struct compiler *compiler)
{
	struct template_output *output = compiler->output;

	buf_append_format(&output->source,
		"/* Made by templatec from %s.html. */\n#include \"templates/%s.h\"\n\n"
		"void template_%s(struct render *render, const struct template_%s "
		"*page)\n{\n\t(void)page;\n",
		compiler->name, compiler->name, compiler->name, compiler->name);
}

static void write_header(struct compiler *compiler)
{
	struct buf *header = &compiler->output->header;

	buf_append_format(header,
		"/* Made by templatec from %s.html. */\n#pragma once\n\n#include <stdbool.h>\n\n"
		"#include \"fcgi/render.h\"\n\n",
		compiler->name);
	declaration_write(&compiler->declaration, compiler->name, header);
	buf_append_format(header,
		"\nvoid template_%s(struct render *render, const struct template_%s *page);\n",
		compiler->name, compiler->name);
}

bool template_compile(const char *name, const char *file, const char *folder,
	struct template_output *output, struct buf *problem)
{
	struct compiler compiler = {
		.name = name, .folder = folder, .file = file, .scope = -1, .output = output
	};
	bool is_good;

	compiler.problem = problem;
	write_frame_before(&compiler);
	is_good = compile_file(&compiler, file);
	if (is_good && compiler.block_count > 0) {
		compiler.line = compiler.blocks[compiler.block_count - 1].line;
		is_good = template_fail(&compiler, "this block has no end");
	}
	template_flush(&compiler);
	buf_append_text(&output->source, "}\n");
	write_header(&compiler);
	for (size_t i = 0; i < compiler.text_count; i++)
		buf_finish(&compiler.texts[i]);
	mem_free(compiler.texts);
	buf_finish(&compiler.literal);
	return is_good;
}
