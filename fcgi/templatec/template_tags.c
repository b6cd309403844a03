/* SPDX-License-Identifier: MIT */
/* Values, blocks and the declaration. A block remembers the HTML around it: its branches must end
 * where they began, or escaping behind it would depend on which one was taken. */
#include "fcgi/templatec/template_private.h"

/* "name" is the page's, ".name" the walked element's. NULL after the problem has been said. */
const struct field *template_find_field(
	struct compiler *compiler, struct str name, struct buf *expression)
{
	bool is_element = name.len > 0 && name.data[0] == '.';
	struct str bare = is_element ? str_skip(name, 1) : name;
	const struct field *field = NULL;

	if (!is_element || compiler->scope >= 0)
		field = declaration_find(
			&compiler->declaration, bare, is_element ? compiler->scope : -1);
	if (field == NULL) {
		template_fail_about(compiler,
			template_is_name(bare) ? "not declared" : "no tag of templates", name);
		return NULL;
	}
	buf_append_format(expression, "%s->%.*s", is_element ? "item" : "page", STR_ARG(bare));
	return field;
}

bool template_find_place(struct compiler *compiler, enum html_place *place_out)
{
	const char *problem = NULL;

	*place_out = html_context_place(&compiler->context, &problem);
	return *place_out != HTML_PLACE_FORBIDDEN || template_fail(compiler, problem);
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

static const char *value_function(enum field_type type, enum html_place place)
{
	switch (type) {
	case FIELD_INTEGER:
		return place == HTML_PLACE_URL_START ? NULL : "render_integer";
	case FIELD_TEXT:
	case FIELD_URL:
		return text_function(type, place);
	case FIELD_BOOL:
	case FIELD_JSON:
	case FIELD_EACH:
		break;
	}
	return NULL;
}

static void write_value(struct compiler *compiler, const char *function, struct buf *expression)
{
	buf_append_format(
		template_statement(compiler), "%s(render, %s);\n", function, buf_text(expression));
	html_context_value(&compiler->context);
}

/* {{name}} */
bool template_value(struct compiler *compiler, struct str name)
{
	struct buf expression = { 0 };
	const struct field *field = template_find_field(compiler, name, &expression);
	const char *function = NULL;
	enum html_place place = HTML_PLACE_FORBIDDEN;
	bool is_good = field != NULL && template_find_place(compiler, &place);

	if (is_good) {
		function = value_function(field->type, place);
		is_good = function != NULL ||
			  template_fail_about(
				  compiler, "a value of this type cannot stand here", name);
	}
	if (is_good)
		write_value(compiler, function, &expression);
	buf_finish(&expression);
	return is_good;
}

static bool write_json(
	struct compiler *compiler, struct str name, enum field_type type, const char *function)
{
	struct buf expression = { 0 };
	const struct field *field = template_find_field(compiler, name, &expression);
	enum html_place place = HTML_PLACE_FORBIDDEN;
	bool is_good = field != NULL && template_find_place(compiler, &place);

	if (is_good && place != HTML_PLACE_JSON)
		is_good = template_fail(
			compiler, "JSON stands only inside <script type=\"application/json\">");
	else if (is_good && field->type != type)
		is_good = template_fail_about(
			compiler, "json takes a json and jsonstring a text", name);
	if (is_good)
		write_value(compiler, function, &expression);
	buf_finish(&expression);
	return is_good;
}

bool template_json(struct compiler *compiler, struct str name)
{
	return write_json(compiler, name, FIELD_JSON, "render_json");
}

bool template_json_string(struct compiler *compiler, struct str name)
{
	return write_json(compiler, name, FIELD_TEXT, "render_json_string");
}

bool template_linked(struct compiler *compiler, struct str name)
{
	struct buf expression = { 0 };
	const struct field *field = template_find_field(compiler, name, &expression);
	enum html_place place = HTML_PLACE_FORBIDDEN;
	bool is_good = field != NULL && template_find_place(compiler, &place);

	if (is_good && (place != HTML_PLACE_TEXT || field->type != FIELD_TEXT))
		is_good = template_fail_about(compiler, "linked takes a text, in text", name);
	if (is_good)
		write_value(compiler, "render_linked", &expression);
	buf_finish(&expression);
	return is_good;
}

static bool push_block(struct compiler *compiler, enum block_type type)
{
	if (compiler->block_count == BLOCKS_MAX)
		return template_fail(compiler, "blocks are nested too deep");
	compiler->blocks[compiler->block_count++] = (struct block){
		.type = type, .before = compiler->context, .line = compiler->line
	};
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

bool template_if(struct compiler *compiler, struct str name)
{
	struct buf expression = { 0 };
	const struct field *field = template_find_field(compiler, name, &expression);
	bool is_good = field != NULL;

	if (is_good) {
		buf_append_format(template_statement(compiler), "if (%s%s) {\n",
			buf_text(&expression), condition_suffix(field->type));
		is_good = push_block(compiler, BLOCK_IF);
	}
	buf_finish(&expression);
	return is_good;
}

static struct block *top_block(struct compiler *compiler, enum block_type type)
{
	struct block *block = compiler->block_count > 0
				      ? &compiler->blocks[compiler->block_count - 1]
				      : NULL;

	return block != NULL && block->type == type ? block : NULL;
}

/* The fixed text before it belongs to the block, the brace to what is around it. */
static void close_brace(struct compiler *compiler, const char *line)
{
	template_flush(compiler);
	compiler->block_count--;
	buf_append_text(template_statement(compiler), line);
}

bool template_else(struct compiler *compiler, struct str rest)
{
	struct block *block = top_block(compiler, BLOCK_IF);

	if (rest.len > 0 || block == NULL || block->has_else)
		return template_fail(compiler, "{{#else}} without {{#if}}");
	close_brace(compiler, "} else {\n");
	compiler->block_count++;
	block->has_else = true;
	block->branch = compiler->context;
	compiler->context = block->before;
	return true;
}

static bool fail_at_end(struct compiler *compiler)
{
	return template_fail(
		compiler, "the branches of this block end in different places of the HTML");
}

bool template_end_if(struct compiler *compiler, struct str rest)
{
	struct block *block = top_block(compiler, BLOCK_IF);

	if (rest.len > 0 || block == NULL)
		return template_fail(compiler, "{{/if}} without {{#if}}");
	if (!html_context_join(
		    &compiler->context, block->has_else ? &block->branch : &block->before))
		return fail_at_end(compiler);
	close_brace(compiler, "}\n");
	return true;
}

bool template_each(struct compiler *compiler, struct str name)
{
	const struct field *field = declaration_find(&compiler->declaration, name, -1);

	if (field == NULL || field->type != FIELD_EACH)
		return template_fail_about(compiler, "not declared as each", name);
	if (compiler->scope >= 0)
		return template_fail(compiler, "an {{#each}} cannot stand in another");
	buf_append_format(template_statement(compiler),
		"for (size_t i = 0; i < page->%.*s_count; i++) {\n", STR_ARG(name));
	if (!push_block(compiler, BLOCK_EACH))
		return false;
	buf_append_format(template_statement(compiler),
		"const struct template_%s_%.*s *item = &page->%.*s[i];\n\n", compiler->page->name,
		STR_ARG(name), STR_ARG(name));
	compiler->scope = declaration_index(&compiler->declaration, field);
	return true;
}

bool template_end_each(struct compiler *compiler, struct str rest)
{
	struct block *block = top_block(compiler, BLOCK_EACH);

	if (rest.len > 0 || block == NULL)
		return template_fail(compiler, "{{/each}} without {{#each}}");
	/* Not joined: each round begins where the one before it ended. */
	if (!html_context_equals(&compiler->context, &block->before))
		return fail_at_end(compiler);
	compiler->scope = -1;
	close_brace(compiler, "}\n");
	return true;
}

bool template_arguments(struct compiler *compiler, struct str text)
{
	const char *problem = NULL;

	if (compiler->has_arguments)
		return template_fail(compiler, "a page or a part has one {{args}}");
	compiler->has_arguments = true;
	return declaration_parse(&compiler->declaration, text, &problem) ||
	       template_fail(compiler, problem);
}

bool template_comment(struct compiler *compiler, struct str text)
{
	(void)compiler, (void)text;
	return true;
}
