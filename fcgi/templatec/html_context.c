/* SPDX-License-Identifier: MIT */
/* The states of HTML's own tokenizer, as far as they decide where a value stands (HTML Living
 * Standard 13.2.5). What a page of ours has no use for and a reader could take in two ways is
 * said to be a problem instead of being followed. */
#include "fcgi/templatec/html_context.h"

#include <string.h>

static const struct {
	const char *tag;
	enum html_state state; /* of what stands between <tag> and </tag> */
} raw_elements[] = {
	{ "iframe", HTML_STYLE },
	{ "noembed", HTML_STYLE },
	{ "noframes", HTML_STYLE },
	{ "plaintext", HTML_STYLE },
	{ "script", HTML_SCRIPT },
	{ "style", HTML_STYLE },
	{ "textarea", HTML_TEXT_ONLY },
	{ "title", HTML_TEXT_ONLY },
	{ "xmp", HTML_STYLE },
};

/* HTML's white space and letters, not the locale's. */
static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* A name that is too long loses its end: none of those that matter is. */
static void append_name(char *name, char c)
{
	size_t len = strlen(name);

	if (len + 1 < HTML_NAME_MAX) {
		name[len] = lower(c);
		name[len + 1] = '\0';
	}
}

/* A tail that is too long loses its beginning. */
static void append_tail(struct html_context *context, char c)
{
	size_t len = strlen(context->tail);

	if (len + 1 == HTML_NAME_MAX) {
		memmove(context->tail, context->tail + 1, len);
		len--;
	}
	context->tail[len] = lower(c);
	context->tail[len + 1] = '\0';
}

static bool is_in(const struct html_context *context, const char *tag, const char *attribute)
{
	return strcmp(context->tag, tag) == 0 && strcmp(context->attribute, attribute) == 0;
}

/* Out of any tag: nothing of it counts any more. */
static void enter_text(struct html_context *context, enum html_state state)
{
	const char *problem = context->problem;

	*context = (struct html_context){ .state = state, .problem = problem };
}

static void forget_attribute(struct html_context *context)
{
	context->attribute[0] = '\0';
	context->tail[0] = '\0';
	context->url = (struct html_url){ 0 };
}

static void enter_in_tag(struct html_context *context)
{
	forget_attribute(context);
	context->state = HTML_IN_TAG;
}

static void end_tag(struct html_context *context)
{
	forget_attribute(context);
	for (size_t i = 0; i < sizeof(raw_elements) / sizeof(raw_elements[0]); i++) {
		if (context->is_closing_tag || strcmp(context->tag, raw_elements[i].tag) != 0)
			continue;
		context->state = context->is_json_script ? HTML_JSON : raw_elements[i].state;
		return;
	}
	enter_text(context, HTML_TEXT);
}

static void begin_attribute(struct html_context *context, char c)
{
	forget_attribute(context);
	append_name(context->attribute, c);
	context->state = HTML_ATTRIBUTE_NAME;
}

/* At what follows an attribute without a value. */
static void end_name(struct html_context *context)
{
	if (is_in(context, "meta", "http-equiv"))
		context->problem = "send a header instead of http-equiv";
	if (is_in(context, "script", "type"))
		context->has_type = true;
}

static void end_value(struct html_context *context)
{
	if (is_in(context, "script", "type") && !context->has_type)
		context->is_json_script = strcmp(context->tail, "application/json") == 0;
	end_name(context);
}

static void feed_text(struct html_context *context, char c)
{
	if (c == '<')
		context->state = HTML_TAG_OPEN;
}

static void feed_tag_open(struct html_context *context, char c)
{
	if (c == '/' && !context->is_closing_tag)
		context->is_closing_tag = true;
	else if (is_letter(c)) {
		context->state = HTML_TAG_NAME;
		append_name(context->tag, c);
	} else if (c == '!' || c == '?' || (context->is_closing_tag && c != '>')) {
		char first = context->is_closing_tag ? '/' : c;

		enter_text(context, HTML_DECLARATION);
		append_tail(context, first);
	} else {
		enter_text(context, HTML_TEXT);
		feed_text(context, c);
	}
}

static void feed_in_tag(struct html_context *context, char c)
{
	if (c == '=')
		context->problem = "an attribute's name does not begin with =";
	else if (c == '>')
		end_tag(context);
	else if (!is_space(c) && c != '/')
		begin_attribute(context, c);
}

static void feed_tag_gap(struct html_context *context, char c)
{
	if (c != '>' && c != '/' && !is_space(c))
		context->problem = "put a space behind a block that stands in a tag";
	context->state = HTML_IN_TAG;
	feed_in_tag(context, c);
}

static void feed_tag_name(struct html_context *context, char c)
{
	if (c == '>')
		end_tag(context);
	else if (is_space(c) || c == '/')
		enter_in_tag(context);
	else
		append_name(context->tag, c);
}

static void feed_after_name(struct html_context *context, char c)
{
	if (is_space(c))
		return;
	if (c == '=') {
		context->state = HTML_BEFORE_VALUE;
		return;
	}
	end_name(context);
	enter_in_tag(context);
	feed_in_tag(context, c);
}

static void feed_attribute_name(struct html_context *context, char c)
{
	if (is_space(c))
		context->state = HTML_AFTER_NAME;
	else if (c == '=' || c == '>' || c == '/')
		feed_after_name(context, c);
	else
		append_name(context->attribute, c);
}

static void feed_value_byte(struct html_context *context, char c)
{
	if (is_in(context, "script", "type"))
		append_tail(context, c);
	else if (html_attribute_is_url(context->attribute))
		html_url_feed(&context->url, c);
}

static void feed_quoted_value(struct html_context *context, char c, char quote)
{
	if (c != quote) {
		feed_value_byte(context, c);
		return;
	}
	end_value(context);
	enter_in_tag(context);
}

static void feed_bare_value(struct html_context *context, char c)
{
	if (c != '>' && !is_space(c)) {
		feed_value_byte(context, c);
		return;
	}
	end_value(context);
	enter_in_tag(context);
	feed_in_tag(context, c);
}

static void feed_before_value(struct html_context *context, char c)
{
	if (is_space(c))
		return;
	context->state = HTML_VALUE_BARE;
	if (c == '"')
		context->state = HTML_VALUE_DOUBLE;
	else if (c == '\'')
		context->state = HTML_VALUE_SINGLE;
	else
		feed_bare_value(context, c);
}

/* Only what may still become the end is kept. */
static void feed_comment(struct html_context *context, char c)
{
	struct str tail = str_from(context->tail);

	if (c == '>' && str_ends_with(tail, STR_OF("--!")))
		context->problem = "end a comment with -->";
	if (c == '>' && str_ends_with(tail, STR_OF("--")))
		enter_text(context, HTML_TEXT);
	else if (c == '-' || c == '!')
		append_tail(context, c);
	else
		context->tail[0] = '\0';
}

static void feed_declaration(struct html_context *context, char c)
{
	append_tail(context, c);
	if (strcmp(context->tail, "!--") == 0) {
		enter_text(context, HTML_COMMENT);
		/* <!--> is a whole comment. */
		strcpy(context->tail, "--");
	} else if (strcmp(context->tail, "![") == 0) {
		context->problem = "a page has no CDATA";
	} else if (c == '>') {
		enter_text(context, HTML_TEXT);
	}
}

/* Behind <tag>, where only </tag and one of ' ', '/' and '>' lead out. */
static void feed_raw(struct html_context *context, char c)
{
	struct str tail = str_from(context->tail);
	bool is_end = tail.len > 2 && str_starts_with(tail, STR_OF("</")) &&
		      strcmp(context->tail + 2, context->tag) == 0;

	if (is_end && (is_space(c) || c == '/' || c == '>')) {
		context->is_closing_tag = true;
		context->state = HTML_TAG_NAME;
		feed_tag_name(context, c);
		return;
	}
	if (c == '<')
		context->tail[0] = '\0';
	if (c == '<' || tail.len > 0)
		append_tail(context, c);
	if (is_space(c) || c == '>')
		context->tail[0] = '\0';
	/* It would make the next </script> a part of the script. */
	if (strcmp(context->tail, "<!--") == 0 && strcmp(context->tag, "script") == 0)
		context->problem = "a script has no <!-- in it";
}

void html_context_feed(struct html_context *context, char c)
{
	switch (context->state) {
	case HTML_TEXT:
		feed_text(context, c);
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
	case HTML_TAG_GAP:
		feed_tag_gap(context, c);
		break;
	case HTML_ATTRIBUTE_NAME:
		feed_attribute_name(context, c);
		break;
	case HTML_AFTER_NAME:
		feed_after_name(context, c);
		break;
	case HTML_BEFORE_VALUE:
		feed_before_value(context, c);
		break;
	case HTML_VALUE_DOUBLE:
		feed_quoted_value(context, c, '"');
		break;
	case HTML_VALUE_SINGLE:
		feed_quoted_value(context, c, '\'');
		break;
	case HTML_VALUE_BARE:
		feed_bare_value(context, c);
		break;
	case HTML_COMMENT:
		feed_comment(context, c);
		break;
	case HTML_DECLARATION:
		feed_declaration(context, c);
		break;
	case HTML_TEXT_ONLY:
	case HTML_SCRIPT:
	case HTML_JSON:
	case HTML_STYLE:
		feed_raw(context, c);
		break;
	}
}

void html_context_value(struct html_context *context)
{
	if (html_attribute_is_url(context->attribute))
		html_url_value(&context->url);
}

bool html_context_equals(const struct html_context *a, const struct html_context *b)
{
	return a->state == b->state && html_url_equals(&a->url, &b->url) &&
	       a->is_closing_tag == b->is_closing_tag && a->has_type == b->has_type &&
	       a->is_json_script == b->is_json_script && strcmp(a->tag, b->tag) == 0 &&
	       strcmp(a->attribute, b->attribute) == 0 && strcmp(a->tail, b->tail) == 0;
}

/* False when context is not between attributes. */
static bool enter_tag_gap(struct html_context *context)
{
	if (context->state == HTML_ATTRIBUTE_NAME || context->state == HTML_AFTER_NAME)
		end_name(context);
	else if (context->state != HTML_TAG_NAME && context->state != HTML_IN_TAG &&
		 context->state != HTML_TAG_GAP)
		return false;
	enter_in_tag(context);
	context->state = HTML_TAG_GAP;
	return true;
}

bool html_context_join(struct html_context *context, const struct html_context *other)
{
	struct html_context one = *context, two = *other;

	if (html_context_equals(context, other))
		return true;
	if (!enter_tag_gap(&one) || !enter_tag_gap(&two) || !html_context_equals(&one, &two))
		return false;
	*context = one;
	return true;
}
