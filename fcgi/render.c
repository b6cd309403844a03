/* SPDX-License-Identifier: MIT */
/* Escaping is a table lookup a byte; runs of harmless bytes are appended whole. */
#include "fcgi/render.h"

#include <inttypes.h>
#include <string.h>

#include "common/json.h"
#include "common/percent.h"
#include "fcgi/links.h"
#include "fcgi/translate.h"

static const char *const references[256] = {
	['&'] = "&amp;",
	['<'] = "&lt;",
	['>'] = "&gt;",
	['"'] = "&quot;",
	['\''] = "&#39;",
};

static const char *const json_escapes[256] = {
	['&'] = "\\u0026",
	['<'] = "\\u003c",
	['>'] = "\\u003e",
};

static const char *const safe_schemes[] = { "http://", "https://", "mailto:" };

void render_raw(struct render *render, const char *html, size_t len)
{
	buf_append(render->out, html, len);
}

void render_text(struct render *render, struct str text)
{
	size_t begin = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char *reference = references[(unsigned char)text.data[i]];

		if (reference == NULL)
			continue;
		buf_append(render->out, text.data + begin, i - begin);
		buf_append_text(render->out, reference);
		begin = i + 1;
	}
	buf_append_str(render->out, str_skip(text, begin));
}

/* As web/static/js/message_text.js makes them. */
static void render_link(struct render *render, struct str link)
{
	buf_append_text(render->out, "<a class=\"text-link\" href=\"");
	render_url(render, link);
	buf_append_text(
		render->out, "\" target=\"_blank\" rel=\"noopener noreferrer nofollow ugc\">");
	render_text(render, link);
	buf_append_text(render->out, "</a>");
}

void render_linked(struct render *render, struct str text)
{
	struct links links = { text, 0 };
	size_t begin = 0;
	struct str link;

	while (links_next(&links, &link)) {
		size_t start = (size_t)(link.data - text.data);

		render_text(render, str_range(text.data + begin, start - begin));
		render_link(render, link);
		begin = start + link.len;
	}
	render_text(render, str_skip(text, begin));
}

void render_integer(struct render *render, int64_t number)
{
	buf_append_format(render->out, "%" PRId64, number);
}

static bool has_safe_scheme(struct str url)
{
	for (size_t i = 0; i < sizeof(safe_schemes) / sizeof(safe_schemes[0]); i++) {
		struct str scheme = str_from(safe_schemes[i]);

		if (url.len >= scheme.len &&
			str_equals_ignore_case(str_range(url.data, scheme.len), scheme))
			return true;
	}
	return false;
}

static bool url_is_safe(struct str url)
{
	/* Browsers drop tabs and line ends before they read the rest. */
	for (size_t i = 0; i < url.len; i++) {
		if ((unsigned char)url.data[i] < ' ')
			return false;
	}
	if (url.len == 0 || url.data[0] == '?' || url.data[0] == '#')
		return true;
	if (url.data[0] == '/')
		return url.len == 1 || (url.data[1] != '/' && url.data[1] != '\\');
	return has_safe_scheme(url);
}

void render_url(struct render *render, struct str url)
{
	render_text(render, url_is_safe(url) ? url : STR_OF("#"));
}

void render_url_part(struct render *render, struct str text)
{
	percent_encode(text, "", render->out);
}

/* What U+2028 and U+2029, line ends to older scripts, are written as; NULL for other texts. */
static const char *separator_escape(struct str json)
{
	if (str_starts_with(json, STR_OF("\xe2\x80\xa8")))
		return "\\u2028";
	return str_starts_with(json, STR_OF("\xe2\x80\xa9")) ? "\\u2029" : NULL;
}

/* Nothing in the text may end the script or begin a comment: all three are only possible inside
 * JSON strings, where an escape means the same. */
void render_json(struct render *render, struct str json)
{
	size_t begin = 0;

	for (size_t i = 0; i < json.len; i++) {
		unsigned char c = (unsigned char)json.data[i];
		const char *escape = c == 0xe2 ? separator_escape(str_skip(json, i))
					       : json_escapes[c];

		if (escape == NULL)
			continue;
		buf_append(render->out, json.data + begin, i - begin);
		buf_append_text(render->out, escape);
		begin = i + (c == 0xe2 ? strlen("\xe2\x80\xa8") : 1);
		i = begin - 1;
	}
	buf_append_str(render->out, str_skip(json, begin));
}

void render_json_string(struct render *render, struct str text)
{
	struct buf json = { 0 };

	json_write_string(&json, text);
	render_json(render, buf_str(&json));
	buf_finish(&json);
}

static const struct render_value *find_value(
	const struct render_value *values, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++) {
		if (str_is(name, values[i].name))
			return &values[i];
	}
	return NULL;
}

/* A '{name}' without a value stays as it is: a translator's slip shows and does no harm. */
static void render_pattern(
	struct render *render, struct str pattern, const struct render_value *values, size_t count)
{
	while (pattern.len > 0) {
		size_t open = str_find(pattern, '{');
		struct str rest = str_skip(pattern, open);
		size_t close = str_find(rest, '}');
		const struct render_value *value = NULL;

		render_text(render, str_range(pattern.data, open));
		if (open == pattern.len)
			return;
		if (close < rest.len)
			value = find_value(values, count, str_range(rest.data + 1, close - 1));
		if (value == NULL) {
			render_text(render, STR_OF("{"));
			pattern = str_skip(rest, 1);
			continue;
		}
		if (value->is_number)
			render_integer(render, value->number);
		else
			render_text(render, value->text);
		pattern = str_skip(rest, close + 1);
	}
}

void render_message(
	struct render *render, const char *message, const struct render_value *values, size_t count)
{
	render_pattern(render, str_from(translate(render->language, message)), values, count);
}

void render_plural(struct render *render, const char *one, const char *many, int64_t number,
	const struct render_value *values, size_t count)
{
	render_pattern(render, str_from(translate_plural(render->language, one, many, number)),
		values, count);
}
