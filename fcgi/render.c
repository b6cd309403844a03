/* SPDX-License-Identifier: MIT */
/* Escaping is a table lookup a byte; runs of harmless bytes are appended whole. */
#include "fcgi/render.h"

#include <inttypes.h>
#include <string.h>

#include "common/json.h"
#include "fcgi/translate.h"

static const char *const references[256] = {
	['&'] = "&amp;",
	['<'] = "&lt;",
	['>'] = "&gt;",
	['"'] = "&quot;",
	['\''] = "&#39;",
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

static bool is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void render_url_part(struct render *render, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (is_unreserved(c))
			buf_append_char(render->out, (char)c);
		else
			buf_append_format(render->out, "%%%02X", c);
	}
}

/* Nothing in the text may end the script or begin a comment: all three are only possible inside
 * JSON strings, where an escape means the same. U+2028 and U+2029 are line ends to older scripts.
 */
void render_json(struct render *render, struct str json)
{
	for (size_t i = 0; i < json.len; i++) {
		unsigned char c = (unsigned char)json.data[i];
		bool is_separator = c == 0xe2 && i + 2 < json.len &&
				    (unsigned char)json.data[i + 1] == 0x80 &&
				    ((unsigned char)json.data[i + 2] & 0xfe) == 0xa8;

		if (c == '<' || c == '>' || c == '&') {
			buf_append_format(render->out, "\\u%04x", c);
		} else if (is_separator) {
			buf_append_text(render->out,
				(unsigned char)json.data[i + 2] == 0xa8 ? "\\u2028" : "\\u2029");
			i += 2;
		} else {
			buf_append_char(render->out, (char)c);
		}
	}
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
