/* SPDX-License-Identifier: MIT */
/* Templates are ours, so that the odd corners of HTML's own tokenizer are refused by their effect
 * (a value in a place that has no safe escape) rather than followed. */
#include "fcgi/templatec/html_context.h"

#include <ctype.h>
#include <string.h>

static const char *const url_attributes[] = { "href", "src", "action", "formaction", "poster",
	"cite", "data" };
static const char *const unsafe_attributes[] = { "style", "srcdoc", "srcset" };

static void append_name(char *name, char c)
{
	size_t len = strlen(name);

	if (len + 1 < HTML_NAME_MAX) {
		name[len] = (char)tolower((unsigned char)c);
		name[len + 1] = '\0';
	}
}

/* Keeps the last bytes only. */
static void append_tail(struct html_context *context, char c)
{
	size_t len = strlen(context->tail);

	if (len + 1 == HTML_NAME_MAX) {
		memmove(context->tail, context->tail + 1, len);
		len--;
	}
	context->tail[len] = (char)tolower((unsigned char)c);
	context->tail[len + 1] = '\0';
}

static bool tail_is(const struct html_context *context, const char *end)
{
	return str_ends_with(str_from(context->tail), str_from(end));
}

static void enter_raw(struct html_context *context, enum html_state state)
{
	context->state = state;
	context->tail[0] = '\0';
}

static void end_tag(struct html_context *context)
{
	context->state = HTML_TEXT;
	if (context->is_closing_tag)
		return;
	if (strcmp(context->tag, "script") == 0)
		enter_raw(context, context->is_json_script ? HTML_JSON : HTML_SCRIPT);
	else if (strcmp(context->tag, "style") == 0)
		enter_raw(context, HTML_STYLE);
}

static void begin_attribute(struct html_context *context, char c)
{
	context->attribute[0] = '\0';
	append_name(context->attribute, c);
	context->state = HTML_ATTRIBUTE_NAME;
}

static void begin_value(struct html_context *context, enum html_state state)
{
	context->state = state;
	context->value_is_empty = true;
	context->tail[0] = '\0';
}

static void end_value(struct html_context *context)
{
	if (strcmp(context->tag, "script") == 0 && strcmp(context->attribute, "type") == 0)
		context->is_json_script = strcmp(context->tail, "application/json") == 0;
	context->state = HTML_IN_TAG;
}

static void feed_tag_open(struct html_context *context, char c)
{
	context->tag[0] = '\0';
	context->is_closing_tag = c == '/';
	context->is_json_script = false;
	if (c == '!') {
		enter_raw(context, HTML_DECLARATION);
		return;
	}
	context->state = isalpha((unsigned char)c) || c == '/' ? HTML_TAG_NAME : HTML_TEXT;
	if (c != '/')
		append_name(context->tag, c);
}

static void feed_in_tag(struct html_context *context, char c)
{
	if (c == '>')
		end_tag(context);
	else if (!isspace((unsigned char)c) && c != '/')
		begin_attribute(context, c);
}

static void feed_tag_name(struct html_context *context, char c)
{
	if (c == '>')
		end_tag(context);
	else if (isspace((unsigned char)c) || c == '/')
		context->state = HTML_IN_TAG;
	else
		append_name(context->tag, c);
}

static void feed_attribute_name(struct html_context *context, char c)
{
	if (c == '=')
		context->state = HTML_BEFORE_VALUE;
	else if (c == '>')
		end_tag(context);
	else if (isspace((unsigned char)c) || c == '/')
		context->state = HTML_IN_TAG;
	else
		append_name(context->attribute, c);
}

static void feed_value(struct html_context *context, char c, char end)
{
	if (c == end) {
		end_value(context);
		return;
	}
	context->value_is_empty = false;
	append_tail(context, c);
}

static void feed_bare_value(struct html_context *context, char c)
{
	if (c == '>') {
		end_value(context);
		end_tag(context);
	} else if (isspace((unsigned char)c)) {
		end_value(context);
	} else {
		append_tail(context, c);
	}
}

static void feed_before_value(struct html_context *context, char c)
{
	if (c == '"')
		begin_value(context, HTML_VALUE_DOUBLE);
	else if (c == '\'')
		begin_value(context, HTML_VALUE_SINGLE);
	else if (!isspace((unsigned char)c)) {
		begin_value(context, HTML_VALUE_BARE);
		feed_bare_value(context, c);
	}
}

static void feed_raw(struct html_context *context, char c, const char *end)
{
	append_tail(context, c);
	if (tail_is(context, end))
		context->state = HTML_TEXT;
}

static void feed_declaration(struct html_context *context, char c)
{
	append_tail(context, c);
	if (strcmp(context->tail, "--") == 0)
		enter_raw(context, HTML_COMMENT);
	else if (c == '>')
		context->state = HTML_TEXT;
}

void html_context_feed(struct html_context *context, char c)
{
	switch (context->state) {
	case HTML_TEXT:
		if (c == '<')
			context->state = HTML_TAG_OPEN;
		break;
	case HTML_TAG_OPEN:
		feed_tag_open(context, c);
		break;
	case HTML_TAG_NAME:
		feed_tag_name(context, c);
		break;
	case HTML_IN_TAG:
		feed_in_tag(context, c);
		break;
	case HTML_ATTRIBUTE_NAME:
		feed_attribute_name(context, c);
		break;
	case HTML_BEFORE_VALUE:
		feed_before_value(context, c);
		break;
	case HTML_VALUE_DOUBLE:
		feed_value(context, c, '"');
		break;
	case HTML_VALUE_SINGLE:
		feed_value(context, c, '\'');
		break;
	case HTML_VALUE_BARE:
		feed_bare_value(context, c);
		break;
	case HTML_COMMENT:
		feed_raw(context, c, "-->");
		break;
	case HTML_SCRIPT:
	case HTML_JSON:
		feed_raw(context, c, "</script>");
		break;
	case HTML_STYLE:
		feed_raw(context, c, "</style>");
		break;
	case HTML_DECLARATION:
		feed_declaration(context, c);
		break;
	}
}

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

static enum html_place attribute_place(const struct html_context *context, const char **problem_out)
{
	const char *name = context->attribute;

	if (strncmp(name, "on", 2) == 0 ||
		is_one_of(name, unsafe_attributes,
			sizeof(unsafe_attributes) / sizeof(unsafe_attributes[0]))) {
		*problem_out = "a value in this attribute cannot be made safe (on…, style, srcdoc, "
			       "srcset)";
		return HTML_PLACE_FORBIDDEN;
	}
	if (!is_one_of(name, url_attributes, sizeof(url_attributes) / sizeof(url_attributes[0])))
		return HTML_PLACE_ATTRIBUTE;
	return context->value_is_empty ? HTML_PLACE_URL_START : HTML_PLACE_URL_PART;
}

enum html_place html_context_place(const struct html_context *context, const char **problem_out)
{
	static const char *const problems[] = {
		[HTML_TAG_OPEN] = "a value cannot be a tag's name",
		[HTML_TAG_NAME] = "a value cannot be a tag's name",
		[HTML_IN_TAG] = "a value cannot be an attribute's name",
		[HTML_ATTRIBUTE_NAME] = "a value cannot be an attribute's name",
		[HTML_BEFORE_VALUE] = "put the attribute's value in quotes",
		[HTML_VALUE_BARE] = "put the attribute's value in quotes",
		[HTML_COMMENT] = "a value cannot stand in a comment",
		[HTML_SCRIPT] =
			"a value cannot stand in a script; use <script type=\"application/json\">",
		[HTML_STYLE] = "a value cannot stand in a style",
		[HTML_DECLARATION] = "a value cannot stand in a declaration",
	};

	switch (context->state) {
	case HTML_TEXT:
		return HTML_PLACE_TEXT;
	case HTML_JSON:
		return HTML_PLACE_JSON;
	case HTML_VALUE_DOUBLE:
	case HTML_VALUE_SINGLE:
		return attribute_place(context, problem_out);
	default:
		*problem_out = problems[context->state];
		return HTML_PLACE_FORBIDDEN;
	}
}

void html_context_value(struct html_context *context)
{
	context->value_is_empty = false;
}

bool html_context_equals(const struct html_context *a, const struct html_context *b)
{
	if (a->state != b->state)
		return false;
	if (a->state == HTML_TEXT)
		return true;
	if (strcmp(a->tag, b->tag) != 0 || a->is_json_script != b->is_json_script)
		return false;
	return a->state == HTML_IN_TAG ||
	       (strcmp(a->attribute, b->attribute) == 0 && a->value_is_empty == b->value_is_empty);
}
