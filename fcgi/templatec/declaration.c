/* SPDX-License-Identifier: MIT */
/* A word that names a type, a word that names a field; "each NAME { … }" holds fields of its own.
 */
#include "fcgi/templatec/declaration.h"

#include <ctype.h>

static const struct {
	const char *word;
	enum field_type type;
	const char *c_type;
} types[] = {
	{ "text", FIELD_TEXT, "struct str " },
	{ "bool", FIELD_BOOL, "bool " },
	{ "integer", FIELD_INTEGER, "int64_t " },
	{ "url", FIELD_URL, "struct str " },
	{ "json", FIELD_JSON, "struct str " },
	{ "each", FIELD_EACH, NULL },
};

/* C's own words cannot name a member of a struct. */
static const char *const c_words[] = { "auto", "bool", "break", "case", "char", "const", "continue",
	"default", "do", "double", "else", "enum", "extern", "false", "float", "for", "goto", "if",
	"inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof",
	"static", "struct", "switch", "true", "typedef", "union", "unsigned", "void", "volatile",
	"while" };

static bool is_field_name(struct str name)
{
	if (name.len == 0 || !isalpha((unsigned char)name.data[0]))
		return false;
	for (size_t i = 0; i < sizeof(c_words) / sizeof(c_words[0]); i++) {
		if (str_is(name, c_words[i]))
			return false;
	}
	return true;
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The next word or brace; empty at the end. */
static struct str next_token(struct str *rest)
{
	size_t len = 0;
	struct str token;

	while (rest->len > 0 && (isspace((unsigned char)rest->data[0]) || rest->data[0] == ';'))
		*rest = str_skip(*rest, 1);
	while (len < rest->len && is_name_char(rest->data[len]))
		len++;
	if (len == 0 && rest->len > 0)
		len = 1;
	token = str_range(rest->data, len);
	*rest = str_skip(*rest, len);
	return token;
}

static bool find_type(struct str word, enum field_type *type_out)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (str_is(word, types[i].word)) {
			*type_out = types[i].type;
			return true;
		}
	}
	return false;
}

static bool add_field(struct declaration *declaration, struct str word, struct str *rest,
	int parent, const char **problem_out)
{
	struct field *field = &declaration->fields[declaration->count];

	if (declaration->count == DECLARATION_FIELDS_MAX) {
		*problem_out = "too many arguments";
		return false;
	}
	if (!find_type(word, &field->type)) {
		*problem_out = "an argument is: text, bool, integer, url, json or each";
		return false;
	}
	field->name = next_token(rest);
	field->parent = parent;
	if (!is_field_name(field->name)) {
		*problem_out =
			"behind its type an argument has a name, which is no word of C's own";
		return false;
	}
	if (declaration_find(declaration, field->name, parent) != NULL) {
		*problem_out = "this argument is declared twice";
		return false;
	}
	declaration->count++;
	return true;
}

bool declaration_parse(struct declaration *declaration, struct str text, const char **problem_out)
{
	int parent = -1;

	for (struct str token = next_token(&text); token.len > 0; token = next_token(&text)) {
		if (str_is(token, "}") && parent >= 0) {
			parent = -1;
			continue;
		}
		if (!add_field(declaration, token, &text, parent, problem_out))
			return false;
		if (declaration->fields[declaration->count - 1].type != FIELD_EACH)
			continue;
		if (parent >= 0 || !str_is(next_token(&text), "{")) {
			*problem_out = "write: each NAME { … }, and none inside another";
			return false;
		}
		parent = declaration->count - 1;
	}
	if (parent >= 0)
		*problem_out = "the } of an each is missing";
	return parent < 0;
}

const struct field *declaration_find(
	const struct declaration *declaration, struct str name, int parent)
{
	for (int i = 0; i < declaration->count; i++) {
		if (declaration->fields[i].parent == parent &&
			str_equals(declaration->fields[i].name, name))
			return &declaration->fields[i];
	}
	return NULL;
}

int declaration_index(const struct declaration *declaration, const struct field *field)
{
	return (int)(field - declaration->fields);
}

static void write_fields(
	const struct declaration *declaration, const char *name, int parent, struct buf *out)
{
	for (int i = 0; i < declaration->count; i++) {
		const struct field *field = &declaration->fields[i];

		if (field->parent != parent)
			continue;
		if (field->type == FIELD_EACH)
			buf_append_format(out,
				"\tconst struct template_%s_%.*s *%.*s; /* borrowed */\n\tsize_t "
				"%.*s_count;\n",
				name, STR_ARG(field->name), STR_ARG(field->name),
				STR_ARG(field->name));
		else
			buf_append_format(out, "\t%s%.*s;\n", types[field->type].c_type,
				STR_ARG(field->name));
	}
}

void declaration_write(const struct declaration *declaration, const char *name, struct buf *out)
{
	for (int i = 0; i < declaration->count; i++) {
		if (declaration->fields[i].type != FIELD_EACH)
			continue;
		buf_append_format(out, "struct template_%s_%.*s {\n", name,
			STR_ARG(declaration->fields[i].name));
		write_fields(declaration, name, i, out);
		buf_append_text(out, "};\n\n");
	}
	buf_append_format(out, "struct template_%s {\n", name);
	write_fields(declaration, name, -1, out);
	buf_append_text(out, "};\n");
}
